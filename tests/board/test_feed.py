"""The feed as a reader of feeds meets it: valid Atom, stable ids, absolute links, nothing of development."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from lxml import etree

from leaderboard.board import feed
from leaderboard.domain import EditionStatus
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import PUBLIC, client_of, fill, public_row
from tests.publish import records

ATOM = "{http://www.w3.org/2005/Atom}"


def parsed(client: TestClient, path: str = "/feed.atom") -> Any:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    return etree.fromstring(answer.content)


def texts(root: Any, name: str) -> list[str]:
    return [element.text for element in root.findall(f"{ATOM}entry/{ATOM}{name}")]


def check_rfc_4287(root: Any) -> None:
    """What RFC 4287 §4.1 demands of a feed and of each of its entries."""
    assert root.tag == f"{ATOM}feed"
    links = root.findall(f"{ATOM}link")
    assert [link.get("rel") for link in links].count("self") == 1
    assert root.find(f"{ATOM}author/{ATOM}name").text
    entries = root.findall(f"{ATOM}entry")
    for holder in (root, *entries):
        for name in ("id", "title", "updated"):
            (one,) = holder.findall(ATOM + name)
            assert one.text.strip()
        assert datetime.fromisoformat(holder.find(f"{ATOM}updated").text).tzinfo is not None
        assert urlsplit(holder.find(f"{ATOM}id").text).scheme == "tag"
        for link in holder.findall(f"{ATOM}link"):
            assert urlsplit(link.get("href")).scheme in ("http", "https")
        for element in holder.findall(f"{ATOM}title") + holder.findall(f"{ATOM}summary"):
            assert element.get("type") in (None, "text")
    ids = [entry.find(f"{ATOM}id").text for entry in entries]
    assert len(ids) == len(set(ids))
    for entry in entries:
        # A link that does not say what it is to its entry is an alternate (§4.2.7.2).
        assert [link for link in entry.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]


def test_ratings_editions_and_notices_newest_first(record: Record) -> None:
    row, later = public_row(), public_row("org/later", measured_at=builders.NOON + timedelta(days=9))
    fill(record, row, later, builders.rating("org/hidden"))
    records.put(record, builders.edition("2026-05", status=EditionStatus.FROZEN), [])
    notice = builders.notice(
        row.id, reason='<script>alert("&")</script>\x1b', at=builders.NOON + timedelta(days=5)
    )
    record.add_notice(notice)
    record.add_notice(builders.notice("2026-05", kind="superseded", at=builders.NOON + timedelta(days=20)))
    record.add_notice(builders.notice(builders.rating("org/hidden").id))
    record.add_notice(builders.notice("nothing000"))
    root = parsed(client_of(record))
    check_rfc_4287(root)
    assert [id.split(":", 2)[2].split("/")[0] for id in texts(root, "id")] == [
        "notice",
        "rating",
        "notice",
        "rating",
        "edition",
    ]
    assert texts(root, "title")[0] == "Superseded: edition Edition 2026-05"
    assert texts(root, "title")[1].startswith("org/later: 3 of 5 stars, ")
    assert '<script>alert("&")</script>  (local)' in texts(root, "summary")[2]
    assert "hidden" not in etree.tostring(root).decode()
    assert root.find(f"{ATOM}updated").text == texts(root, "updated")[0]


def test_of_one_task(record: Record) -> None:
    fill(record, public_row(), public_row("org/writer", task="text-generation", model_class="A"))
    client = client_of(record)
    root = parsed(client, "/feed.atom?task=text-generation")
    check_rfc_4287(root)
    assert [title.split(":")[0] for title in texts(root, "title")] == ["org/writer"]
    assert root.find(f"{ATOM}link[@rel='self']").get("href").endswith("/feed.atom?task=text-generation")
    assert texts(parsed(client, "/feed.atom?task=summarization"), "id") == []
    assert client.get("/feed.atom?task=nonsense").status_code == 404


def test_a_board_of_published_figures_and_an_empty_one(board: TestClient, record: Record) -> None:
    root = parsed(board)
    check_rfc_4287(root)
    assert texts(root, "id")
    assert not any("rating/" in id for id in texts(root, "id"))
    check_rfc_4287(parsed(client_of(record)))


def test_ids_stay_when_a_rating_changes_and_the_etag_does_not(record: Record) -> None:
    fill(record, public_row())
    client = client_of(record)
    before, etag = texts(parsed(client), "id"), client.get("/feed.atom").headers["etag"]
    assert client.get("/feed.atom", headers={"If-None-Match": etag}).status_code == 304
    assert client.head("/feed.atom").status_code == 200
    records.put(record, builders.edition(PUBLIC), [public_row(stars=5)])
    assert client.get("/feed.atom", headers={"If-None-Match": etag}).status_code == 200
    assert texts(parsed(client), "id") == before


def test_no_more_than_a_reader_takes(record: Record) -> None:
    fill(record, *(public_row(f"org/m-{place}") for place in range(feed.MOST_ENTRIES + 5)))
    assert len(texts(parsed(client_of(record)), "id")) == feed.MOST_ENTRIES


def test_on_a_space_links_lead_to_its_own_address(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(record, public_row())
    monkeypatch.setenv("SPACE_HOST", "org-board.hf.space")
    answer = client_of(record).get("/feed.atom", headers={"Host": "evil.example"})
    assert b"evil.example" not in answer.content
    root = etree.fromstring(answer.content)
    (id,) = texts(root, "id")
    assert id == f"tag:org-board.hf.space,2026:rating/{public_row().id}"
    assert (
        root.find(f"{ATOM}entry/{ATOM}link").get("href") == f"https://org-board.hf.space/r/{public_row().id}"
    )


def test_every_page_names_the_feed(record: Record) -> None:
    fill(record, public_row(edition=PUBLIC))
    page = client_of(record).get("/editions").text
    assert '<link rel="alternate" type="application/atom+xml"' in page and 'href="/feed.atom"' in page
