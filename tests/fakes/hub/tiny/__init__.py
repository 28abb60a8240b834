"""Tiny models with random weights, one or more for every task, and some that are not what they say."""

from .chat import CHAT
from .dishonest import DISHONEST
from .heard import HEARD
from .painted import PAINTED
from .parts import Tiny
from .quantised import INTEGERS, QUANTISED, bitsandbytes_here
from .seen import SEEN
from .written import WRITTEN

__all__ = ["DISHONEST", "HONEST", "PACKAGES", "Tiny"]

HONEST: tuple[Tiny, ...] = (
    *WRITTEN,
    *SEEN,
    *HEARD,
    *PAINTED,
    *CHAT,
    *QUANTISED,
    *(INTEGERS if bitsandbytes_here() else ()),
)
"""Those that this machine can make: integer checkpoints need bitsandbytes."""
PACKAGES = ("diffusers", "bitsandbytes")
"""Packages besides transformers and torch that have a say in the bytes, where they are installed."""
