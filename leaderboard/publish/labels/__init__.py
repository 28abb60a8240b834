"""Labels: one rating as a picture that travels, with its permanent address as QR code (DESIGN §8)."""

from leaderboard.publish.labels.label import FONT, PALETTES, Palette, Theme, draw_label
from leaderboard.publish.labels.png import png_of
from leaderboard.publish.labels.statement import Statement
from leaderboard.rating.scale import Scale

__all__ = [
    "FONT",
    "PALETTES",
    "Palette",
    "Scale",
    "Statement",
    "Theme",
    "draw_label",
    "png_of",
]
