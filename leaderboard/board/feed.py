"""What is new, as Atom (RFC 4287): ratings, editions that were frozen or superseded, and notices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response
from feedgen.feed import FeedGenerator

from leaderboard import catalogue
from leaderboard.board.address import public_address
from leaderboard.board.columns import interval, stars_text
from leaderboard.board.render import Pages
from leaderboard.domain import Edition, EditionStatus, NotFound, Notice, Rating, three_significant
from leaderboard.record import RatingQuery, Record

MEDIA_TYPE = "application/atom+xml"
MOST_ENTRIES = 50
_NOTICES_LOOKED_AT = 200
# The year from which our tags count (RFC 4151): a tag names who held the address, and when.
_TAG_DATE = "2026"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
"""`updated` of a feed without entries."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    name: str
    """What its tag ends with; it never changes."""
    title: str
    summary: str
    path: str
    """Where on the board it stands."""
    at: datetime
    task: str = ""


def create_feed(record: Record, pages: Pages) -> APIRouter:
    """The route of `/feed.atom`; `?task=` leaves the other tasks out."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/feed.atom", methods=["GET", "HEAD"])
    def feed(request: Request, task: str = "") -> Response:
        return pages.cached(request, lambda: _feed(request, task))

    def _feed(request: Request, task: str) -> Response:
        entries = newest(record, task)
        if task and not entries:
            # Nothing happened yet in a task that is there; any other name is an error that lists the names.
            catalogue.task(task)
        return Response(atom(entries, public_address(request), task), media_type=MEDIA_TYPE)

    return router


def newest(record: Record, task: str = "") -> list[Entry]:
    """The newest entries of all kinds, newest first; development editions are never among them."""
    public = {edition.id: edition for edition in record.editions() if not edition.development}
    found = [
        *_ratings(record, task, public),
        *_editions(record, task, public),
        *_notices(record, task, public),
    ]
    return sorted(found, key=lambda entry: (entry.at, entry.name), reverse=True)[:MOST_ENTRIES]


def _ratings(record: Record, task: str, public: dict[str, Edition]) -> Iterator[Entry]:
    query = RatingQuery(task=task or None, sort="measured_at", order="desc", limit=MOST_ENTRIES)
    for row in record.ratings(query).items:
        # Published figures of others do not say when they were measured: their edition is the news.
        if row.measured_at is not None and row.edition in public:
            name = f"rating/{row.id}"
            title = f"{row.model}: {stars_text(row)}, {_place(row)}"
            yield Entry(name, title, _figures(row), f"/r/{row.id}", row.measured_at, row.task)


def _editions(record: Record, task: str, public: dict[str, Edition]) -> Iterator[Entry]:
    for edition in public.values():
        if edition.status is EditionStatus.OPEN:
            continue
        if task and not record.ratings(RatingQuery(task=task, edition=edition.id, limit=1)).items:
            continue
        yield Entry(
            f"edition/{edition.id}/{edition.status.value}",
            f"Edition {edition.title} is {edition.status.value}",
            edition.summary,
            f"/editions#{edition.id}",
            datetime.combine(edition.dated, time(), UTC),
            task,
        )


def _notices(record: Record, task: str, public: dict[str, Edition]) -> Iterator[Entry]:
    for notice in record.newest_notices(_NOTICES_LOOKED_AT):
        about, path, of_task = _subject(record, notice, public)
        if about and (not task or task == of_task):
            name = f"notice/{notice.subject}/{notice.kind}/{int(notice.at.timestamp() * 1_000_000)}"
            said = f"{notice.reason} ({notice.author})"
            yield Entry(name, f"{notice.kind.capitalize()}: {about}", said, path, notice.at, of_task)


def _subject(record: Record, notice: Notice, public: dict[str, Edition]) -> tuple[str, str, str]:
    """What a notice is about: in words, its page, its task. Empty words: nothing that is public."""
    if notice.subject in public:
        return f"edition {public[notice.subject].title}", f"/editions#{notice.subject}", ""
    try:
        row = record.rating(notice.subject)
    except NotFound:
        return "", "", ""
    if row.edition not in public:
        return "", "", ""
    return f"{row.model}, {_place(row)}", f"/r/{row.id}", row.task


def atom(entries: list[Entry], site: str, task: str = "") -> bytes:
    """The feed as XML.

    Args:
        entries: newest first.
        site: the board's address, without a slash at its end: links begin with it, ids are tags of its host.
        task: the task that the feed is about; empty: all of them.
    """
    query = f"?task={quote(task)}" if task else ""
    return atom_of(
        entries,
        site,
        name=f"feed/{quote(task)}",
        title=f"Starwatt: {catalogue.title_of('task', task)}" if task else "Starwatt: what is new",
        subtitle="Energy ratings of AI models: new ratings, editions and notices.",
        path=f"/feed.atom{query}",
        page=f"/{query}",
    )


def atom_of(
    entries: list[Entry], site: str, *, name: str, title: str, subtitle: str, path: str, page: str
) -> bytes:
    """Any feed of ours as XML.

    Args:
        entries: newest first.
        site: the board's address, without a slash at its end.
        name: what the feed's own tag ends with.
        path: where the feed lies.
        page: the page that it tells of.
    """
    authority = f"tag:{urlsplit(site).hostname},{_TAG_DATE}"
    feed = FeedGenerator()
    feed.id(f"{authority}:{name}")
    feed.title(_clean(title))
    feed.subtitle(subtitle)
    feed.author(name="Starwatt", uri=site + "/")
    feed.link(href=site + path, rel="self", type=MEDIA_TYPE)
    feed.link(href=site + page, rel="alternate", type="text/html")
    feed.updated(max((entry.at for entry in entries), default=_LONG_AGO))
    for entry in entries:
        written = feed.add_entry(order="append")
        written.id(f"{authority}:{entry.name}")
        written.title(_clean(entry.title))
        written.summary(_clean(entry.summary))
        written.link(href=site + entry.path, rel="alternate", type="text/html")
        written.updated(entry.at)
        written.published(entry.at)
        if entry.task:
            written.category(term=entry.task)
    made: bytes = feed.atom_str(pretty=True)
    return made


def _place(row: Rating) -> str:
    task = catalogue.title_of("task", row.task, row.edition)
    return f"{task} on {catalogue.title_of('hardware', row.hardware, row.edition)}"


def _figures(row: Rating) -> str:
    energy = f"{three_significant(row.energy_wh_per_1000)} Wh per 1,000 queries"
    between = f" (comparison interval {interval(row)})" if interval(row) else ""
    return f"{energy}{between}, {row.provenance.value}, edition {row.edition}."


def _clean(text: str) -> str:
    """Text without what XML 1.0 cannot hold; its brackets and ampersands are the writer's to escape."""
    return _NOT_XML.sub(" ", text)
