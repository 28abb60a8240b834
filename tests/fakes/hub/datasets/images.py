"""Data sets of photos that packages ship, cropped and mirrored to make more of them."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Self

import pyarrow as pa
from PIL import Image, ImageOps

from ..data_carriers import folder
from .repository import DataSet, Written, imagenet_classes, typed

PHOTOS = Written("photos.yaml")
CLASSES = Written("coco_classes.yaml")
ENERGY_ROWS = 48
LEAST_SEEN = 0.25
"""The share of a box that a crop must leave for the thing in it to count as seen."""
Box = tuple[str, float, float, float, float]
"""COCO name, then x_min, y_min, x_max, y_max in pixels."""


@dataclass(frozen=True)
class Look:
    """A photo or a part of it, with what is known of it."""

    image: Image.Image
    boxes: tuple[Box, ...]
    captions: tuple[str, ...]
    imagenet: int | None

    def part(self, draw: random.Random, least: float) -> Self:
        """A part at least `least` as wide and as high, by chance mirrored; boxes go with it."""
        width, height = (round(side * draw.uniform(least, 1)) for side in self.image.size)
        x, y = draw.randint(0, self.image.width - width), draw.randint(0, self.image.height - height)
        mirrored = draw.random() < 0.5
        image = self.image.crop((x, y, x + width, y + height))
        boxes = [_moved(box, x, y, width, height, mirrored) for box in self.boxes]
        return type(self)(
            ImageOps.mirror(image) if mirrored else image,
            tuple(box for box in boxes if box is not None),
            self.captions,
            self.imagenet,
        )

    def jpeg(self, name: str) -> dict[str, bytes | str]:
        """The image as the `Image` feature holds it."""
        buffer = io.BytesIO()
        self.image.save(buffer, "JPEG", quality=90)
        return {"bytes": buffer.getvalue(), "path": f"{name}.jpg"}


def _moved(box: Box, x: int, y: int, width: int, height: int, mirrored: bool) -> Box | None:
    name, left, top, right, bottom = box
    x_min, x_max = max(left - x, 0), min(right - x, width)
    y_min, y_max = max(top - y, 0), min(bottom - y, height)
    seen = max(x_max - x_min, 0) * max(y_max - y_min, 0)
    if seen < LEAST_SEEN * (right - left) * (bottom - top):
        return None
    if mirrored:
        x_min, x_max = width - x_max, width - x_min
    return name, x_min, y_min, x_max, y_max


@cache
def photos() -> tuple[Look, ...]:
    """Every photo whole; `PackageGone` if one's package cannot be had."""
    every = []
    for photo in PHOTOS.content:
        with Image.open(folder(photo["package"]) / photo["path"]) as file:
            image = file.convert("RGB")
        boxes = tuple((name, *map(float, corners)) for name, *corners in photo.get("boxes", ()))
        every.append(Look(image, boxes, tuple(photo["captions"]), photo.get("imagenet")))
    return tuple(every)


def _looks(some: list[Look], rows: int, least: float, seed: str) -> Iterator[tuple[str, Look]]:
    """Named looks: each photo whole, then parts of each in turn. Seeds differ, so parts do."""
    draw = random.Random(seed)
    for row in range(rows):
        whole = some[row % len(some)]
        yield f"{row:012d}", whole if row < len(some) else whole.part(draw, least)


def images(least: float, seed: str) -> pa.Table:
    """Images only."""
    from datasets import Features
    from datasets import Image as ImageFeature

    looks = _looks(list(photos()), ENERGY_ROWS, least, seed)
    return typed([{"image": look.jpeg(name)} for name, look in looks], Features({"image": ImageFeature()}))


def captioned() -> pa.Table:
    """Images with five captions each. Only a little is cut off, so that the captions stay true."""
    from datasets import Features, List, Value
    from datasets import Image as ImageFeature

    looks = _looks(list(photos()), 2 * len(photos()), 0.9, "captions")
    rows = [
        {"image": look.jpeg(name), "caption": list(look.captions), "filename": f"{name}.jpg"}
        for name, look in looks
    ]
    text = Value("string")
    return typed(rows, Features({"image": ImageFeature(), "caption": List(text), "filename": text}))


def classified() -> pa.Table:
    """Images with one of the 1,000 ImageNet classes each."""
    from datasets import ClassLabel, Features
    from datasets import Image as ImageFeature

    looks = _looks([look for look in photos() if look.imagenet is not None], 28, 0.75, "classes")
    rows = [{"image": look.jpeg(name), "label": look.imagenet} for name, look in looks]
    return typed(rows, Features({"image": ImageFeature(), "label": ClassLabel(names=imagenet_classes())}))


def boxed() -> pa.Table:
    """Images with COCO boxes."""
    from datasets import ClassLabel, Features, List, Value
    from datasets import Image as ImageFeature

    rows = [_boxed(name, look) for name, look in _looks([p for p in photos() if p.boxes], 25, 0.7, "boxes")]
    whole = Value("int64")
    objects = {
        "bbox_id": List(whole),
        "category": List(ClassLabel(names=CLASSES.content)),
        "bbox": List(List(Value("float64"), length=4)),
        "area": List(Value("float64")),
    }
    sizes = {"image_id": whole, "image": ImageFeature(), "width": whole, "height": whole}
    return typed(rows, Features(sizes | {"objects": objects}))


def _boxed(name: str, look: Look) -> dict[str, Any]:
    ids = range(100 * int(name), 100 * int(name) + len(look.boxes))
    objects = {
        "bbox_id": list(ids),
        "category": [CLASSES.content.index(box[0]) for box in look.boxes],
        "bbox": [list(box[1:]) for box in look.boxes],
        "area": [(right - left) * (bottom - top) for _, left, top, right, bottom in look.boxes],
    }
    width, height = look.image.size
    return {
        "image_id": int(name),
        "image": look.jpeg(name),
        "width": width,
        "height": height,
        "objects": objects,
    }


DATA_SETS = (
    DataSet("AIEnergyScore/image_classification", partial(images, 0.6, "image_classification")),
    DataSet("AIEnergyScore/image_captioning", partial(images, 0.8, "image_captioning")),
    DataSet("AIEnergyScore/object_detection", partial(images, 0.6, "object_detection")),
    DataSet("nlphuji/flickr30k", captioned, split="test"),
    DataSet("ILSVRC/imagenet-1k", classified, split="validation"),
    DataSet("detection-datasets/coco", boxed, split="val"),
)
