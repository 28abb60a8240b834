"""An SVG of ours as PNG, drawn with our own fonts, so that it looks the same on any machine."""

from __future__ import annotations

from functools import cache

import vl_convert

from leaderboard.publish.labels.measure import FONTS

FONT = "DejaVu Sans"
"""The family of our fonts: what is to become a PNG names it, since the renderer leaves out unknown ones."""


def png_of(svg: str, scale: float = 2) -> bytes:
    """The picture at `scale` pixels for each pixel of the SVG."""
    _register()
    return vl_convert.svg_to_png(svg, scale=scale)


@cache
def _register() -> None:
    vl_convert.register_font_directory(str(FONTS))
