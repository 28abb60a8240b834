"""A contact sheet of all cases, light and dark: `python -m tests.labels.sheet OUT.png`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

from leaderboard.publish.labels import Theme, draw_label, png_of
from leaderboard.publish.labels.png import FONT
from tests.labels.cases import cases

_COLUMNS, _GAP = 8, 12


def sheet(scale: float = 1.5) -> Image.Image:
    """Every case; each third one dark."""
    pictures = []
    for place, statement in enumerate(cases().values()):
        theme: Theme = "dark" if place % 3 == 2 else "light"
        drawn = png_of(draw_label(statement, theme, FONT), scale)
        pictures.append(Image.open(io.BytesIO(drawn)).convert("RGBA"))
    width, height = pictures[0].size
    rows = -(-len(pictures) // _COLUMNS)
    size = (_COLUMNS * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP)
    whole = Image.new("RGB", size, "#c9d2cd")
    for place, picture in enumerate(pictures):
        x, y = place % _COLUMNS, place // _COLUMNS
        whole.paste(picture, (_GAP + x * (width + _GAP), _GAP + y * (height + _GAP)), picture)
    return whole


if __name__ == "__main__":
    sheet().quantize(128).save(Path(sys.argv[1]), optimize=True)
