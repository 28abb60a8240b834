"""The board's own address, for links that leave the page: in feeds and in what is told to other sites."""

from __future__ import annotations

import os
from collections.abc import Mapping

from fastapi import Request


def public_address(request: Request, environ: Mapping[str, str] | None = None) -> str:
    """Without a slash at its end. On a Space it is the Space's own address, whatever host a request names.

    The Hub tells a Space its host in `SPACE_HOST`; elsewhere the request's own is the best that is known.
    """
    host = (os.environ if environ is None else environ).get("SPACE_HOST")
    return f"https://{host}" if host else str(request.base_url).rstrip("/")
