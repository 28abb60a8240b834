"""Which licences let anybody use, change and share a model's weights: data, with where it comes from."""

from __future__ import annotations

from functools import cache
from typing import Self

from pydantic import ValidationError, model_validator

from leaderboard.catalogue.loading import FOLDER, read_yaml
from leaderboard.domain import BadFile, Word
from leaderboard.domain.words import first_fault

FILE = FOLDER / "licences.yaml"


class Licences(Word):
    """Licence ids as the Hub spells them; each stands in one of the lists, or nothing is known of it."""

    source: str
    """By which rule a licence came into which list, and where that can be looked up."""
    open: frozenset[str]
    """Anybody may use, change and share what stands under these, for any purpose."""
    restricted: frozenset[str]
    """Their own text limits purposes, users or changed copies."""

    @model_validator(mode="after")
    def _each_stands_once(self) -> Self:
        both = sorted(self.open & self.restricted)
        if both:
            raise ValueError(f"{both[0]} is open and restricted")
        return self

    def is_open(self, licence: str | None) -> bool | None:
        """Whether a licence is open; None: it is not stated, or stands in neither list."""
        id = (licence or "").strip().lower()
        if id in self.open:
            return True
        return False if id in self.restricted else None


@cache
def licences() -> Licences:
    """The lists, read once.

    Raises:
        BadFile: the file is not such lists.
    """
    try:
        return Licences.model_validate(read_yaml(FILE))
    except ValidationError as error:
        raise BadFile(
            f"{FILE.name}: {first_fault(error, 'the whole file')}.",
            "Mend that field; it wants source, open and restricted.",
        ) from error
