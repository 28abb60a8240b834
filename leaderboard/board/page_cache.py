"""Pages that were made for everybody, kept until the record changes. What is marked as somebody's is not."""

from __future__ import annotations

import threading
from collections import OrderedDict

from fastapi import Response
from fastapi.responses import HTMLResponse

_KEPT_PAGES = 256
_NOT_FOR_ALL = ("private", "no-store")


class PageCache:
    """The pages asked for last, each under its address and with the tag that it was made for."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[str, HTMLResponse]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str, etag: str) -> Response | None:
        """A copy of what is kept there for this tag; None: nothing."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != etag:
                return None
            self._kept.move_to_end(key)
            return _copy(kept[1])

    def keep(self, key: str, etag: str, response: Response) -> Response:
        """Keep a page that is everybody's; returns what may be handed out."""
        if not isinstance(response, HTMLResponse) or response.status_code != 200 or for_one(response):
            return response
        with self._lock:
            self._kept[key] = (etag, response)
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT_PAGES:
                self._kept.popitem(last=False)
        return _copy(response)


def for_one(response: Response) -> bool:
    """Whether it says of itself that it is for its reader alone."""
    control = response.headers.get("cache-control", "").lower()
    return any(word in control for word in _NOT_FOR_ALL)


def _copy(response: HTMLResponse) -> Response:
    """The same bytes: middleware may write into the headers of what it was handed."""
    copy = Response(response.body, response.status_code)
    copy.raw_headers = list(response.raw_headers)
    return copy
