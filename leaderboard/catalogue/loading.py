"""Reads the catalogue's YAML; its schema is the domain's types themselves.

One file is one entry, named after its id. Nothing is guessed: an unknown field, a field said twice, an
id unlike its file's name are errors that name the file and the field.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from leaderboard.domain import BadFile, Word
from leaderboard.domain.words import first_fault

FOLDER = Path(__file__).parent
"""Where the package keeps its data."""

Entry = TypeVar("Entry", bound=Word)


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML in which a key may stand once: PyYAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def load(kind: type[Entry], folder: Path, order: Path) -> dict[str, Entry]:
    """Every entry of a folder by id, in display order: first as `order` lists them, then by id.

    Args:
        kind: the domain type an entry is.
        folder: holds one `<id>.yaml` for each entry; its name is the list's name in `order`.
        order: YAML of folder name → list of ids.

    Raises:
        BadFile: a file is not YAML or not such an entry; the message names file and field.
    """
    entries: dict[str, Entry] = {path.stem: read_entry(kind, path) for path in sorted(folder.glob("*.yaml"))}
    if not entries:
        raise BadFile(f"{folder} holds no entries.", "Install the package with its data files.")
    listed: list[str] = _read(order).get(folder.name) or []
    unknown = [name for name in listed if name not in entries]
    if unknown:
        raise BadFile(
            f"{order.name}: {folder.name}: there is no {unknown[0]}.yaml.",
            "Take the name out, or add the file.",
        )
    rest = [name for name in entries if name not in listed]
    return {name: entries[name] for name in [*listed, *rest]}


def read_entry(kind: type[Entry], path: Path) -> Entry:
    """One entry out of its file.

    Raises:
        BadFile: it cannot be read, or is not such an entry; the message names file and field.
    """
    document = _read(path)
    try:
        entry = kind.model_validate(document)
    except ValidationError as error:
        raise BadFile(
            f"{path.name}: {first_fault(error, 'the whole file')}.",
            f"Mend that field; the fields are those of {kind.__name__}.",
        ) from error
    if document["id"] != path.stem:
        raise BadFile(f"{path.name}: id: it is {document['id']!r}.", "Name the file after the id.")
    return entry


def _read(path: Path) -> dict[str, Any]:
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise BadFile(f"{path.name} holds no fields.", "Write one `field: value` a line.")
    return document


def read_yaml(path: Path) -> Any:
    """What a YAML file holds; None where it holds nothing but comments.

    Raises:
        BadFile: it cannot be read, is not YAML, or says a key twice.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.", "Restore the file.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} is not UTF-8.", "Save it as UTF-8.") from error
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "it is not YAML"
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise BadFile(f"{path.name}: {where}{problem}.", "Mend the YAML.") from error
