"""Which architectures the pinned libraries carry: the Space knows them by name and imports neither library.

`architectures.json` is written by `python -m runners.architectures` where the libraries are installed; a test
holds it to them.
"""

from __future__ import annotations

from functools import cache

from pydantic import ValidationError

from leaderboard.catalogue.loading import FOLDER
from leaderboard.domain import BadFile, Word

FILE = FOLDER / "architectures.json"


class Architectures(Word):
    """What can be loaded without code from a model's own repository."""

    transformers: str
    """Version of transformers whose names these are."""
    diffusers: str
    model_types: frozenset[str]
    """`model_type` of config.json, by which transformers chooses its code."""
    classes: frozenset[str]
    """Names of model classes, as `architectures` of config.json has them."""
    pipelines: frozenset[str]
    """Names of diffusers' pipelines."""

    def has(self, name: str) -> bool:
        """Whether a model class or a pipeline is among them."""
        return name in self.classes or name in self.pipelines


@cache
def architectures() -> Architectures:
    """The names, read once.

    Raises:
        BadFile: the file is not such a list.
    """
    try:
        return Architectures.model_validate_json(FILE.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadFile(
            f"{FILE.name} cannot be read.", "Write it anew: `python -m runners.architectures`."
        ) from error
