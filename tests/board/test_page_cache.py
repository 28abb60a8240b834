"""Pages kept: the same bytes for everybody, compressed once, and never more than fit."""

from __future__ import annotations

import gzip

import pytest
from fastapi import Response
from fastapi.responses import HTMLResponse

from leaderboard.board import page_cache
from leaderboard.board.page_cache import PageCache, takes_gzip

PAGE = "<p>row</p>" * 200


def test_a_kept_page_is_compressed_for_who_takes_it() -> None:
    cache = PageCache()
    made = HTMLResponse(PAGE, headers={"ETag": "a"})
    plain = cache.keep("/", "a", made)
    small = cache.find("/", "a", "br, gzip")
    assert plain.body == PAGE.encode() and "content-encoding" not in plain.headers
    assert small is not None
    assert gzip.decompress(small.body) == PAGE.encode()
    assert int(small.headers["content-length"]) == len(small.body) < len(PAGE)
    assert (small.headers["content-encoding"], small.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert small.headers["etag"] == "a"
    again = cache.find("/", "a")
    assert again is not None and again.body == PAGE.encode()
    assert cache.find("/", "b", "gzip") is None


def test_a_short_page_is_not_worth_compressing() -> None:
    cache = PageCache()
    assert cache.keep("/", "a", HTMLResponse("<p>"), "gzip").body == b"<p>"


def test_what_is_handed_out_may_be_written_into() -> None:
    cache = PageCache()
    cache.keep("/", "a", HTMLResponse(PAGE), "gzip").headers["X-Mine"] = "1"
    kept = cache.find("/", "a", "gzip")
    assert kept is not None and "x-mine" not in kept.headers


def test_what_is_somebodys_or_no_page_is_not_kept() -> None:
    cache = PageCache()
    cache.keep("/own", "a", HTMLResponse(PAGE, headers={"Cache-Control": "private, no-cache"}))
    cache.keep("/gone", "a", HTMLResponse(PAGE, 404))
    cache.keep("/json", "a", Response(PAGE))
    assert [cache.find(key, "a") for key in ("/own", "/gone", "/json")] == [None] * 3


def test_pages_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = PageCache()
    size = len(PAGE) + len(gzip.compress(PAGE.encode(), 6, mtime=0))
    monkeypatch.setattr(page_cache, "_KEPT_BYTES", 2 * size)
    for key in ("/1", "/2", "/3", "/3"):
        cache.keep(key, "a", HTMLResponse(PAGE))
    assert cache.find("/1", "a") is None
    assert cache.find("/2", "a") is not None and cache.find("/3", "a") is not None


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        ("", False),
        ("xgzip", False),
    ],
)
def test_who_takes_gzip(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes
