"""Pages: Jinja2 templates with the site's layout. Only templates make HTML, and they escape everything."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from leaderboard import catalogue
from leaderboard.board import columns, openness, texts
from leaderboard.board.inlined import STATIC, inlined
from leaderboard.board.page_cache import PageCache, for_one
from leaderboard.board.times import brief, clock, moment, soon, span
from leaderboard.board.view import params_text
from leaderboard.domain import Rating, StarwattError, three_significant
from leaderboard.record import Record

TEMPLATES = Path(__file__).parent / "templates"
HUB = "https://huggingface.co"
"""Where links to models lead a reader; nothing is fetched from there."""

NAVIGATION = (
    (("Board", ""), "/"),
    (("Right size", ""), "/right-size"),
    (("Compare", ""), "/compare"),
    (("Submit", "a model"), "/submit"),
    (("Queue", ""), "/queue"),
    (("Editions", ""), "/editions"),
    (("Method", ""), "/method"),
)
"""Title, what a narrow screen leaves out of it, address."""
AT_FOOT = ("/editions", "/method")
"""What a narrow screen has at the foot of the page alone."""
PRIVATE = "private, no-cache"
"""What keeps somebody's own page out of every cache but their browser's."""

AboutReader = Callable[[Request], Mapping[str, Any]]


class Pages:
    """Renders the site's templates, and answers 304 where a reader has the page already.

    Args:
        record: its `version` is what a page's ETag is made of.
        version: the site's version, for the foot of the page.
        single_user: whether whoever reaches the address may submit and operate; marked on every page.
        about: what a page needs to know of its reader: `person`; `csrf`, the hidden field of their forms;
            `sign_in`, where they could sign in; `own`, which tells their pages from everybody else's. What is
            left out is empty; without `own` a page is the same for all.
        news: what every page says above all else at this moment; empty: nothing.
    """

    def __init__(
        self,
        record: Record,
        *,
        version: str,
        single_user: bool,
        about: AboutReader | None = None,
        news: Callable[[], str] = str,
    ) -> None:
        self._record, self._news = record, news
        self._about = about
        # A new start means new templates, or a record that was restored: tags of before do not count.
        self._boot = secrets.token_hex(4)
        self._cache = PageCache()
        self._environment = _environment()
        self._environment.globals.update(
            site={"version": version, "single_user": single_user},
            navigation=NAVIGATION,
            at_foot=AT_FOOT,
            asset=asset,
            inlined=inlined,
            hub=HUB,
            title_of=catalogue.title_of,
            texts=texts.text,
            sections=texts.sections,
        )

    def render(
        self,
        template: str,
        request: Request,
        status_code: int = 200,
        *,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """A page.

        Every template may rely on `request`, `path`, `theme` (`theme_of`), `development` (False unless
        given), `person` (leaderboard.domain.Person or None), `csrf` (what each form begins with, or
        nothing), `sign_in` (where to sign in, or nothing) and `own` (empty where it is everybody's page).
        """
        about = self._reader(request)
        given: dict[str, Any] = {
            "development": False,
            "person": None,
            "csrf": "",
            "sign_in": "",
            "own": "",
            **(about or {}),
            **context,
            "request": request,
            "path": request.url.path,
            "theme": theme_of(request),
            "news": self._news(),
        }
        html = self._environment.get_template(template).render(given)
        private = {"Cache-Control": PRIVATE} if about is None or about.get("own") else {}
        return HTMLResponse(html, status_code, headers={**private, **(headers or {})})

    def fragment(self, template: str, **context: Any) -> Markup:
        """A part of a page that is the same for every reader."""
        return Markup(self._environment.get_template(template).render(context))

    def _tag(self, *of_reader: str) -> str:
        """What the record holds now, as a weak validator: it rises with every visible change.

        `of_reader`: what the page depends on beside the record; what is empty does not count.
        """
        more = "".join(f"-{one}" for one in of_reader if one)
        return f'W/"{self._boot}-{self._record.version}{self._said}{more}"'

    @property
    def _said(self) -> str:
        news = self._news()
        return "-" + hashlib.sha256(news.encode()).hexdigest()[:8] if news else ""

    def cached(self, request: Request, make: Callable[[], Response]) -> Response:
        """304 where the reader has this version, else the page, made at most once for each version.

        Nothing is asked of the record but its version before either is decided. What is made for somebody who
        is signed in is kept by their browser alone, under a tag that nobody else's page has.
        """
        about = self._reader(request)
        if about is None:
            # Whose page it is cannot be told now: it is good for this one answer.
            response = make()
            response.headers["Cache-Control"] = PRIVATE
            return response
        if about.get("own"):
            return self._own(request, str(about["own"]), make)
        theme = theme_of(request)
        etag = self._tag(theme)
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if _holds(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        # The host too: a page may tell addresses of its own, and another's must not get into them.
        key = f"{theme} {request.url.netloc} {request.url.path}?{request.url.query}"
        takes = request.headers.get("accept-encoding", "")
        kept = self._cache.find(key, etag, takes)
        if kept is not None:
            return kept
        response = make()
        if for_one(response):
            return response
        response.headers.update(headers)
        return self._cache.keep(key, etag, response, takes)

    def _own(self, request: Request, own: str, make: Callable[[], Response]) -> Response:
        etag = self._tag(theme_of(request), own[:16])
        headers = {"ETag": etag, "Cache-Control": PRIVATE}
        if _holds(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        response = make()
        response.headers.update(headers)
        return response

    def _reader(self, request: Request) -> Mapping[str, Any] | None:
        """What is known of the reader; None: it cannot be told. Asked once, so that a request has one answer.

        A page that was begun as everybody's and ended as somebody's would reach everybody.
        """
        if not hasattr(request.state, "page_reader"):
            try:
                request.state.page_reader = self._about(request) if self._about else {}
            except StarwattError:
                # The page that says what is wrong with the record must not need the record.
                request.state.page_reader = None
        found: Mapping[str, Any] | None = request.state.page_reader
        return found


def theme_of(request: Request) -> str:
    """The colours that a reader chose: "light", "dark", or nothing, which is their system's."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in ("light", "dark") else ""


def _holds(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip() for tag in if_none_match.split(",")]
    return "*" in tags or etag.removeprefix("W/") in [tag.removeprefix("W/") for tag in tags]


@cache
def asset(name: str) -> str:
    """The address of a static file, with a hash of its bytes, so that it can be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        three=three_significant,
        params=columns.params_short,
        typed_params=lambda params: params_text(params) if params else "",
        day=columns.day,
        moment=moment,
        soon=soon,
        clock=clock,
        brief=brief,
        span=span,
        limit_words=texts.limit_words,
        coded=texts.coded,
        inside=inside,
        whole=lambda number: f"{number:,}",
        times=lambda factor: f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}",
    )
    environment.globals.update(
        interval=columns.interval,
        openness_cells=openness.cells,
        openness_text=openness.text,
        stars_text=columns.stars_text,
        stars_span=columns.stars_span,
        stars_drawn=columns.stars_drawn,
        reasoning_text=reasoning_text,
    )
    return environment


def inside(title: str) -> str:
    """A title inside a sentence: "Text generation" → "text generation"; "GPQA" and "LM Arena" stay."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def reasoning_text(rating: Rating) -> str:
    """Empty for the default; else how the model was made to reason."""
    return "" if rating.reasoning == "off" else f"reasoning {rating.reasoning}"
