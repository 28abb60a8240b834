"""Where somebody goes on after signing in: to a page of ours, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

HOME = "/"
_LONGEST = 2000
_NOT_AGAIN = ("/sign-in", "/sign-out")


def local_path(asked: str | None) -> str:
    """The path and query that were asked for, if they are ours; else `/`.

    Browsers read `//host`, `/\\host` and addresses with line breaks or tabs in them as another site's.
    """
    path = asked or HOME
    odd = any(ord(sign) <= 0x20 or ord(sign) == 0x7F or sign == "\\" for sign in path)
    if odd or len(path) > _LONGEST or not path.startswith("/") or path.startswith("//"):
        return HOME
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or parts.path.startswith(_NOT_AGAIN):
        return HOME
    return path
