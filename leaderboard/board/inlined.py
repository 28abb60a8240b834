"""What is written into pages instead of being fetched beside them: what the first drawing waits for.

A reader on the road would wait a round trip more for a sheet of its own. The security policy names each of
them by its hash, so that nothing else that stands in a page is run or obeyed.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup

STATIC: Final = Path(__file__).parent / "static"
SHEETS: Final = ("site.css", "board.css")
"""What every page looks like, and the front page."""
SCRIPTS: Final = ("first.js",)


@cache
def inlined(name: str) -> Markup:
    """The text of one of them, to stand in an element of its own with nothing beside it."""
    assert name in SHEETS + SCRIPTS, name
    text = (STATIC / name).read_text("utf-8")
    assert "</" not in text, f"{name} would end its element."
    return Markup(text)


def allowed(names: tuple[str, ...]) -> str:
    """How the security policy lets these in."""
    digests = [hashlib.sha256(inlined(name).encode()).digest() for name in names]
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
