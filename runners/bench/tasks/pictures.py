"""Images as data sets publish them, decoded by everybody in the same way."""

from __future__ import annotations

import io

from PIL import Image

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.tasks.pipeline import bytes_of

MOST_PIXELS = 100_000_000
"""A larger one is a bomb, not a query."""


def picture_of(row: Row) -> Image.Image:
    """The image in a row, RGB.

    Raises:
        LoadingFailed: it does not decode, or is far too large.
    """
    try:
        with Image.open(io.BytesIO(bytes_of(row))) as image:
            if image.width * image.height > MOST_PIXELS:
                raise LoadingFailed("data", f"An image has {image.width} × {image.height} pixels.")
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise LoadingFailed("data", f"An image of the data set does not decode ({error}).") from error
