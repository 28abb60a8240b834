"""How wide a text is, in pixels: shaped by HarfBuzz with the widest font a reader is likely to have.

DejaVu Sans is as wide as Verdana and wider than Arial, Helvetica, Segoe UI and Roboto. What fits its room
in DejaVu fits in all of them, so one measurement serves every viewer; `png` draws with the same files.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

import uharfbuzz as hb

FONTS = Path(__file__).parents[1] / "fonts"
"""DejaVu Sans, regular and bold: Latin, Greek, Cyrillic, Hebrew and Arabic (see its LICENSE.txt)."""
REGULAR, BOLD = FONTS / "DejaVuSans.ttf", FONTS / "DejaVuSans-Bold.ttf"

_WIDE_EM = 1.0
_PICTURE_EM = 1.4
"""What no letter of ours covers: a Chinese sign is one em wide in every font, a picture at most 1.4."""


@lru_cache(maxsize=8192)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line of text in pixels at a font size in pixels, without line breaks."""
    face = _face(bold)
    total = 0.0
    for known, signs in groupby(text, key=lambda sign: ord(sign) in face.unicodes):
        run = "".join(signs)
        total += _shaped_em(run, bold) if known else sum(map(_unknown_em, run))
    return total * size


def _shaped_em(text: str, bold: bool) -> float:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    face = _face(bold)
    hb.shape(hb.Font(face), buffer)
    advance: int = sum(position.x_advance for position in buffer.glyph_positions)
    return advance / int(face.upem)


def _unknown_em(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    return _PICTURE_EM if unicodedata.category(sign) == "So" else _WIDE_EM


@cache
def _face(bold: bool) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(BOLD if bold else REGULAR)))
