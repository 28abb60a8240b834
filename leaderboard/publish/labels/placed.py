"""One line of text at its place, with the room it must keep to: what drawing and checking share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leaderboard.publish.labels.measure import text_width

Ink = Literal["ink", "muted", "accent", "alarm", "on-accent"]
Anchor = Literal["start", "middle", "end"]
LEAST_SIZE = 12
"""Nothing on a label is smaller, in pixels."""
_ASCENT, _DESCENT = 0.77, 0.22
"""How far capitals, digits and descenders of common sans-serif fonts reach from the baseline, em."""


@dataclass(frozen=True)
class Room:
    """A rectangle that texts must stay inside, pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A line of text. Where it is wider than its room its letters are drawn narrower."""

    text: str
    x: float
    baseline: float
    size: float
    room: Room
    bold: bool = False
    ink: Ink = "ink"
    anchor: Anchor = "start"
    struck: bool = False

    @property
    def natural_width(self) -> float:
        return text_width(self.text, self.size, bold=self.bold)

    @property
    def width(self) -> float:
        return min(self.natural_width, self.room.width)

    @property
    def squeezed(self) -> bool:
        return self.natural_width > self.room.width

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what is drawn."""
        left = self.x - {"start": 0.0, "middle": self.width / 2, "end": self.width}[self.anchor]
        top, bottom = self.baseline - _ASCENT * self.size, self.baseline + _DESCENT * self.size
        return left, top, left + self.width, bottom

    @property
    def inside(self) -> bool:
        """Whether it stays in its room; half a pixel is rounding."""
        left, top, right, bottom = self.box
        room = self.room
        return (
            left >= room.x - 0.5
            and right <= room.x + room.width + 0.5
            and top >= room.y - 0.5
            and bottom <= room.y + room.height + 0.5
        )


def stacked(
    lines: list[str],
    room: Room,
    size: float,
    leading: float,
    *,
    bold: bool = False,
    ink: Ink = "ink",
    top: float = 0.0,
) -> list[Line]:
    """Lines under each other from the top of a room, the first one's box `top` pixels below its edge."""
    first = room.y + top + leading / 2 + 0.36 * size
    return [
        Line(text, room.x, first + place * leading, size, room, bold=bold, ink=ink)
        for place, text in enumerate(lines)
    ]
