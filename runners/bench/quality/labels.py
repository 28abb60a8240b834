"""Accuracy of labels, and whether a model's labels are those of a data set at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from runners.bench.quality.figures import Score
from runners.bench.quality.told import label, text

_UNNAMED = re.compile(r"label[\s_-]*[0-9]+", re.IGNORECASE)
_SHOWN, _SHOWN_LENGTH = 4, 40
"""Labels listed in a reason, and characters of each."""


def accuracy(outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """Share of rows whose label is the right one.

    Args:
        outputs: one label a row, under the data set's name for it (by the mapping of `label_spaces`); case,
            spaces, underscores and hyphens do not matter.
        labels: (label's name,) a row.

    Raises:
        NotScorable: an output or a label is no text.
    """
    right = sum(
        plain(text(output, row)) == plain(text(label(cells, row), row, "label"))
        for row, (output, cells) in enumerate(zip(outputs, labels, strict=True))
    )
    share = right / len(outputs)
    return Score(value=share, correct=share, rows=len(outputs))


def label_spaces(model: Sequence[str], data: Sequence[str]) -> Mapping[str, str] | str:
    """Whether a model's labels are a data set's, and which is which (METHOD §2).

    Names match when they are equal but for case, spaces, underscores and hyphens; else when they share the
    first or any of the synonyms that commas set apart ("tench, Tinca tinca") and no other name has it.

    A model may know more labels than the data; it may lack none. The one exception are names that a model
    gives to several of its labels, as ImageNet's two cranes: of those it can only ever say one, the others
    count as wrong, and up to 1 % of the data's labels may be lost so.

    Args:
        model: the names a model gives its labels (the values of `id2label`).
        data: the names of the data set's `ClassLabel`.

    Returns:
        Model's name → data set's name for every label they share, or a sentence that says why the model
        cannot be scored on this data.
    """
    if not all(isinstance(name, str) for name in (*model, *data)) or not model or not data:
        return "The model or the data set names no labels."
    if all(_UNNAMED.fullmatch(name.strip()) for name in model):
        return f"The model does not name its labels ({_listed(model)})."
    found = _matches(list(dict.fromkeys(model)), list(dict.fromkeys(data)))
    known = set(found.values())
    lost = [name for name in dict.fromkeys(data) if name not in known]
    twice = len(model) - len({plain(name) for name in model})
    if len(lost) > min(twice, len(set(data)) // 100):
        both = f"The model's labels are {_listed(model)}; the data set's are {_listed(data)}."
        return both + (f" The model has none for {_listed(lost)}." if found else "")
    return found


def _matches(model: list[str], data: list[str]) -> dict[str, str]:
    """Whole names first, then first synonyms, then any: "maillot" is its own label although "maillot, tank
    suit" begins with it. What two names lay claim to goes to neither, unless they are the same name."""
    found: dict[str, str] = {}
    for keys in (_whole, _first, _synonyms):
        taken = set(found.values())
        owners: dict[str, list[str]] = {}
        for name in data:
            for key in keys(name) if name not in taken else ():
                owners.setdefault(key, []).append(name)
        met = {
            name: {owner for key in keys(name) for owner in owners.get(key, ())}
            for name in model
            if name not in found
        }
        claims = Counter(owner for names in met.values() for owner in names)
        for name, names in met.items():
            if len(names) == 1 and (keys is _whole or all(claims[owner] == 1 for owner in names)):
                found[name] = names.pop()
    return found


def _whole(name: str) -> set[str]:
    return {plain(name)}


def _first(name: str) -> set[str]:
    return {plain(name.split(",")[0])}


def _synonyms(name: str) -> set[str]:
    return {plain(part) for part in name.split(",")} - {""}


def plain(name: str) -> str:
    """A label's name as it is compared: without case, its words set apart by single spaces."""
    return " ".join(re.split(r"[\s_-]+", name.casefold())).strip()


def _listed(names: Sequence[str]) -> str:
    shown = [name[:_SHOWN_LENGTH] for name in names[:_SHOWN]]
    return ", ".join(shown) + (f" … ({len(names)} in all)" if len(names) > _SHOWN else "")
