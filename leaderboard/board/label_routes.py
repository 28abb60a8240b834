"""Labels, badges, sheets of evidence: addresses that stand in other people's READMEs for good (DESIGN §8)."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response

from leaderboard.board.address import public_address
from leaderboard.board.label_finding import Place, find_row, state
from leaderboard.domain import NotFound, Rating
from leaderboard.publish import badges
from leaderboard.publish.labels import FONT, Statement, Theme, draw_label, png_of
from leaderboard.publish.labels.png import FONT as PNG_FONT
from leaderboard.record import Record

_READ = ["GET", "HEAD"]
_SVG, _PNG, _JSON, _PDF = "image/svg+xml", "image/png", "application/json", "application/pdf"
_CACHE: Final = f"public, max-age={badges.CACHE_S}"
_KEPT = 256


@dataclass(frozen=True)
class Drawn:
    """The bytes of an answer, and what they are."""

    content: bytes
    media_type: str
    name: str
    status: int = 200


def create_labels(record: Record) -> APIRouter:
    """Routes of `/label`, `/badge` and `/evidence`. They run in threads: nothing is drawn on the event loop.

    What is not there answers 404 with a picture (or shields.io's JSON) that says so.
    """
    router = APIRouter(include_in_schema=False)
    kept = _Kept(record)

    @router.api_route("/label/{edition}/{task}/{hardware}/{file:path}", methods=_READ)
    def label(request: Request, edition: str, task: str, hardware: str, file: str) -> Response:
        model, suffix = _split(file, ("svg", "png"))
        place = Place(edition, task, hardware, model)
        return kept.answer(request, lambda site: _label(record, place, suffix, request.query_params, site))

    @router.api_route("/badge/{edition}/{task}/{hardware}/{file:path}", methods=_READ)
    def badge(request: Request, edition: str, task: str, hardware: str, file: str) -> Response:
        model, suffix = _split(file, ("json", "svg"))
        place = Place(edition, task, hardware, model)
        return kept.answer(request, lambda site: _badge(record, place, suffix, request.query_params, site))

    @router.api_route("/evidence/{id}.pdf", methods=_READ)
    def evidence(request: Request, id: str) -> Response:
        return kept.answer(request, lambda site: _evidence(record, record.rating(id), site))

    return router


def _split(file: str, suffixes: tuple[str, ...]) -> tuple[str, str]:
    """`org/name-1.5.svg` → (`org/name-1.5`, `svg`)."""
    model, _, suffix = file.rpartition(".")
    if not model or suffix not in suffixes:
        raise NotFound(
            f"There is no such picture: {file[:80]!r}.",
            f"Its address ends in {' or '.join(f'.{known}' for known in suffixes)}.",
        )
    return model, suffix


def _label(record: Record, place: Place, suffix: str, query: Mapping[str, str], site: str) -> Drawn:
    font = PNG_FONT if suffix == "png" else FONT
    theme: Theme = "dark" if query.get("theme") == "dark" else "light"
    try:
        statement = state(record, find_row(record, place, query), site)
    except NotFound as error:
        svg, name, status = badges.unknown_svg("no such rating", str(error)), "unknown", 404
    else:
        svg, name, status = draw_label(statement, theme, font), _slug(statement), 200
    if suffix == "svg":
        return Drawn(svg.encode(), _SVG, f"{name}.svg", status)
    scale = 1 if query.get("scale") == "1" else 2
    return Drawn(png_of(svg.replace(FONT, PNG_FONT), scale), _PNG, f"{name}.png", status)


def _badge(record: Record, place: Place, suffix: str, query: Mapping[str, str], site: str) -> Drawn:
    try:
        statement = state(record, find_row(record, place, query), site)
    except NotFound as error:
        document, svg, name, status = (
            badges.unknown_json("no such rating"),
            badges.unknown_svg("no such rating", str(error)),
            "unknown",
            404,
        )
    else:
        document, svg = badges.badge_json(statement), badges.badge_svg(statement)
        name, status = f"{_slug(statement)}-badge", 200
    if suffix == "svg":
        return Drawn(svg.encode(), _SVG, f"{name}.svg", status)
    return Drawn(json.dumps(document, ensure_ascii=False).encode(), _JSON, f"{name}.json", status)


def _evidence(record: Record, rating: Rating, site: str) -> Drawn:
    # What makes PDFs takes a moment to import, and few ask for one.
    from leaderboard.publish.evidence import evidence_pdf

    statement = state(record, rating, site)
    try:
        run = record.run(rating.run_id) if rating.run_id else None
    except NotFound:
        run = None
    return Drawn(evidence_pdf(statement, run), _PDF, f"{_slug(statement)}-evidence.pdf")


def _slug(statement: Statement) -> str:
    """A file's name that any system takes: starwatt-org-name-task-edition."""
    rating = statement.rating
    words = re.sub(r"[^A-Za-z0-9.]+", "-", f"{rating.model}-{rating.task}-{rating.edition}")
    return f"starwatt-{words.strip('-.')[:120]}"


class _Kept:
    """What was drawn at this version of the record, so that a picture in a busy README is drawn once."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._drawn: OrderedDict[str, tuple[int, Drawn]] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, request: Request, draw: Callable[[str], Drawn]) -> Response:
        """The picture, or 304 where the reader has these very bytes."""
        site = public_address(request)
        key, version = f"{site}{request.url.path}?{request.url.query}", self._record.version
        with self._lock:
            held = self._drawn.get(key)
        if held is None or held[0] != version:
            held = (version, draw(site))
            with self._lock:
                self._drawn[key] = held
                self._drawn.move_to_end(key)
                while len(self._drawn) > _KEPT:
                    self._drawn.popitem(last=False)
        return _response(request, held[1])


def _response(request: Request, drawn: Drawn) -> Response:
    # Of the bytes alone, so that it is the same after a restart and on another machine.
    etag = f'W/"{hashlib.sha256(drawn.content).hexdigest()[:20]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": _CACHE,
        "Content-Disposition": f'inline; filename="{drawn.name}"',
    }
    asked = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    if drawn.status == 200 and (etag in asked or "*" in asked):
        return Response(status_code=304, headers=headers)
    return Response(drawn.content, drawn.status, headers, drawn.media_type)
