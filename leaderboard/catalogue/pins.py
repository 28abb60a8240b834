"""Pins: the commit of each data set that tasks read, in one file that a command writes (METHOD §2).

The tasks' own files are written by hand and name no commit; a commit stated there wins over the pin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from leaderboard.catalogue.loading import read_yaml
from leaderboard.domain import BadFile, DataSetId, DatasetRef, Pin, Task
from leaderboard.domain.words import first_fault

HEADER = """\
# The commits that the tasks' data sets are read at (METHOD §2). Written by
# `python -m leaderboard catalogue pin`; another revision of a data set is another hash of its tasks.
"""
_PINS = TypeAdapter(dict[DataSetId, Pin])


def read_pins(path: Path) -> dict[str, Pin]:
    """Pins by data set; none where the file is absent or empty.

    Raises:
        BadFile: it is not such a file; the message names the data set and the field.
    """
    if not path.exists():
        return {}
    document = read_yaml(path)
    if document is None:
        return {}
    try:
        return dict(_PINS.validate_python(document))
    except ValidationError as error:
        raise BadFile(
            f"{path.name}: {first_fault(error, 'the whole file')}.",
            "Mend that field, or take the pin out and pin the data set anew.",
        ) from error


def pins_text(pins: Mapping[str, Pin]) -> str:
    """The file that `read_pins` reads, sorted by data set."""
    if not pins:
        return HEADER
    return HEADER + yaml.safe_dump({name: pins[name].model_dump() for name in sorted(pins)}, sort_keys=False)


def data_sets(tasks: Iterable[Task]) -> dict[str, list[DatasetRef]]:
    """What tasks read and a pin decides: each data set's parts, sorted.

    A part is a configuration and a split, with every column that any task reads of it, labels too. Where a
    task states the commit itself, no pin decides, and its data set is left out.
    """
    columns: dict[tuple[str, str | None, str], dict[str, None]] = {}
    for task in tasks:
        for ref in (task.dataset, task.quality.dataset):
            if ref is not None and ref.revision is None:
                part = (ref.repo_id, ref.config, ref.split)
                columns.setdefault(part, {}).update(dict.fromkeys(ref.columns))
        labelled = task.quality.dataset or task.dataset
        if labelled.revision is None:
            part = (labelled.repo_id, labelled.config, labelled.split)
            columns[part].update(dict.fromkeys(task.quality.labels))
    found: dict[str, list[DatasetRef]] = {}
    for repo_id, config, split in sorted(columns, key=lambda part: (part[0], part[1] or "", part[2])):
        read = tuple(columns[repo_id, config, split])
        ref = DatasetRef(repo_id=repo_id, config=config, split=split, columns=read)
        found.setdefault(repo_id, []).append(ref)
    return found


def check_used(pins: Mapping[str, Pin], tasks: Iterable[Task], name: str) -> None:
    """Refuse a pin that decides nothing: a slip of the pen would leave a data set unpinned unseen.

    Args:
        name: of the pins' file, for the message.

    Raises:
        BadFile: no task reads the data set, or those that do state its commit themselves.
    """
    idle = sorted(pins.keys() - data_sets(tasks).keys())
    if idle:
        raise BadFile(f"{name}: {idle[0]}: no task is pinned by it.", "Mend the name, or take the pin out.")


def pinned(task: Task, pins: Mapping[str, Pin]) -> Task:
    """The task with its energy and quality sets at their pinned commits."""
    quality = task.quality
    if quality.dataset is not None:
        quality = quality.model_copy(update={"dataset": _at(quality.dataset, pins)})
    return task.model_copy(update={"dataset": _at(task.dataset, pins), "quality": quality})


def _at(ref: DatasetRef, pins: Mapping[str, Pin]) -> DatasetRef:
    pin = pins.get(ref.repo_id)
    if pin is None or ref.revision is not None:
        return ref
    return ref.model_copy(update={"revision": pin.revision})
