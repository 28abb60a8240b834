"""A simulated GPU: a C library in the place of the driver's own, and a card whose true energy is known.

`Card` writes what the library reads: a power curve over CLOCK_MONOTONIC, the counter's habits, and faults.
Unmodified NVML bindings, Zeus and CodeCarbon see an H100 or a T4. A run on it is stamped `simulated`,
because the library does not lie where a driver puts its own.
"""

from tests.fakes.card.boards import BOARDS, H100_NVL, H100_PCIE, H100_SXM, T4, Board
from tests.fakes.card.card import Card
from tests.fakes.card.compile import NoCompiler, library

__all__ = [
    "BOARDS",
    "H100_NVL",
    "H100_PCIE",
    "H100_SXM",
    "T4",
    "Board",
    "Card",
    "NoCompiler",
    "library",
]
