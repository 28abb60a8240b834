"""Texts into lines that fit a width: broken where names have joints, inside a word only where they must."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from leaderboard.publish.labels.measure import text_width

_JOINTS = re.compile(r"[^/\-_.:\s]*[/\-_.:\s]+|[^/\-_.:\s]+")
_SPACES = re.compile(r"\S*\s+|\S+")
_UNSEEN = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b\ufffe\uffff"
)
"""Marks that turn the direction of what follows (a name could pass for another), and what XML cannot hold."""


def printable(text: str) -> str:
    """A text without control signs and without marks that turn its direction; white space becomes a space."""
    kept = (" " if sign.isspace() else sign for sign in text if sign not in _UNSEEN)
    signs = (sign for sign in kept if unicodedata.category(sign) not in ("Cc", "Cs"))
    return re.sub(r" +", " ", "".join(signs)).strip()


def wrap(
    text: str, size: float, width: float, *, bold: bool = False, only_at_spaces: bool = False
) -> list[str]:
    """Lines of at most `width` pixels, in order; together they hold every sign but spaces at breaks.

    Args:
        only_at_spaces: for sentences and dates; a word is still broken where it is wider than a line.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(_SPACES if only_at_spaces else _JOINTS, text, size, width, bold):
        if line and text_width((line + piece).rstrip(), size, bold=bold) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    if line.strip():
        lines.append(line.rstrip())
    return lines


def _pieces(joints: re.Pattern[str], text: str, size: float, width: float, bold: bool) -> Iterator[str]:
    """What stays together: a word with its joint, one wide sign, or as much of a long word as fits."""
    for word in joints.findall(text):
        part = ""
        for sign in word:
            alone = unicodedata.east_asian_width(sign) in "WF"
            if part and (alone or text_width(part + sign, size, bold=bold) > width):
                yield part
                part = ""
            part += sign
            if alone:
                yield part
                part = ""
        if part:
            yield part
