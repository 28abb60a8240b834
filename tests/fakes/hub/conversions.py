"""Which carried weights are rewritten for transformers before they are published, and by what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import convert_efficientnet, convert_whisper


@dataclass(frozen=True)
class Conversion:
    """How one repository is made from what is carried."""

    sources: tuple[str, ...]
    """Names among the carriers."""
    build: Callable[..., dict[str, bytes]]
    """Makes the repository's files from the folders of the sources, in their order."""
    modules: tuple[str, ...]
    """The files of code that the result depends on."""


CONVERSIONS = {
    "openai/whisper-tiny.en": Conversion(
        ("openai/whisper-tiny.en",), convert_whisper.build, ("convert_whisper.py", "ctranslate2_file.py")
    ),
    "starwatt-demo/efficientnet-lite0": Conversion(
        ("starwatt-demo/efficientnet-lite0",),
        convert_efficientnet.build,
        ("convert_efficientnet.py", "datasets/rows/imagenet_classes.txt"),
    ),
}
