"""The QR code of a rating's permanent address: black on white in every theme, about 87 px wide."""

from __future__ import annotations

from dataclasses import dataclass

import segno

from leaderboard.domain import BadInput

QR_PX = 87
"""What the modules should fill: 29 of them at 3 px hold an address of 53 bytes."""
MOST_BYTES = 134
"""What 41 modules at 2 px hold."""
QUIET_MODULES = 4
"""White around the modules that the standard asks for."""
_LEAST_MODULE_PX = 2


@dataclass(frozen=True)
class Qr:
    """Modules as one SVG path, in pixels from the upper left module."""

    path: str
    modules: int
    module_px: int

    @property
    def side_px(self) -> int:
        """Side of the modules, without the quiet zone."""
        return self.modules * self.module_px

    @property
    def quiet_px(self) -> int:
        return QUIET_MODULES * self.module_px


def qr_of(address: str) -> Qr:
    """The code of an address: the best error correction its size has room for, modules of whole pixels.

    `https://` + host + `/r/` + ten characters: a base of up to 40 bytes makes modules of 3 px; a longer one
    makes more and smaller ones, never under 2 px.

    Raises:
        BadInput: the address is so long that its code would not fit a label.
    """
    if len(address.encode()) > MOST_BYTES:
        raise BadInput(
            f"The address is {len(address.encode())} bytes long; a label has room for {MOST_BYTES}.",
            "Give the board a shorter host name.",
        )
    code = segno.make(address, micro=False, error="l", boost_error=True)
    rows = [[bool(module) for module in row] for row in code.matrix]
    size = max(_LEAST_MODULE_PX, QR_PX // len(rows))
    return Qr("".join(_runs(rows, size)), len(rows), size)


def _runs(rows: list[list[bool]], size: int) -> list[str]:
    """Dark modules beside each other as one rectangle, so that no renderer leaves seams between them."""
    found = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                found.append(f"M{x * size} {y * size}h{(end - x) * size}v{size}h{(x - end) * size}z")
            x = max(end, x + 1)
    return found
