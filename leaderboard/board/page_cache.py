"""Pages that were made for everybody, kept until the record changes. What is marked as somebody's is not."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import Response
from fastapi.responses import HTMLResponse

_KEPT_PAGES = 256
_KEPT_BYTES = 16 * 1024 * 1024
_COMPRESS_FROM_BYTES = 800
_LEVEL = 4
"""Half the work of the usual 6, for a twelfth more bytes: of a page made anew it is the greatest part."""
_NOT_FOR_ALL = ("private", "no-store")


@dataclass(frozen=True)
class _Kept:
    """A page as it is, and compressed where that pays."""

    etag: str
    response: Response
    small: bytes | None

    @property
    def size(self) -> int:
        return len(self.response.body) + len(self.small or b"")


class PageCache:
    """The pages asked for last, each under its address and with the tag that it was made for.

    A page is compressed once and handed out so to whoever takes it: compressing costs more than all the rest.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, key: str, etag: str, takes: str = "") -> Response | None:
        """A copy of what is kept there for this tag; None: nothing. `takes`: the reader's Accept-Encoding."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.etag != etag:
                return None
            self._kept.move_to_end(key)
        return _copy(kept, takes)

    def keep(self, key: str, etag: str, response: Response, takes: str = "") -> Response:
        """Keep a page that is everybody's; returns what may be handed out."""
        if not isinstance(response, HTMLResponse) or response.status_code != 200 or for_one(response):
            return response
        large = len(response.body) >= _COMPRESS_FROM_BYTES
        kept = _Kept(etag, response, gzip.compress(response.body, _LEVEL, mtime=0) if large else None)
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = kept
            self._bytes += kept.size - (before.size if before else 0)
            while len(self._kept) > _KEPT_PAGES or self._bytes > _KEPT_BYTES:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.size
        return _copy(kept, takes)


def for_one(response: Response) -> bool:
    """Whether it says of itself that it is for its reader alone."""
    control = response.headers.get("cache-control", "").lower()
    return any(word in control for word in _NOT_FOR_ALL)


def _copy(kept: _Kept, takes: str) -> Response:
    """The same bytes: middleware may write into the headers of what it was handed."""
    if kept.small is None or not takes_gzip(takes):
        copy = Response(kept.response.body, kept.response.status_code)
        copy.raw_headers = list(kept.response.raw_headers)
        return copy
    copy = Response(kept.small, kept.response.status_code)
    length = str(len(kept.small)).encode()
    copy.raw_headers = [
        (name, length if name == b"content-length" else value) for name, value in kept.response.raw_headers
    ]
    copy.headers["Content-Encoding"] = "gzip"
    copy.headers.add_vary_header("Accept-Encoding")
    return copy


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a reader takes gzip; `gzip;q=0` says that it does not."""
    for part in accept_encoding.lower().split(","):
        name, _, quality = part.strip().partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
