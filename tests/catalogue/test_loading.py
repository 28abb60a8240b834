"""The catalogue's files: what is refused, and that the message names file and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.catalogue.loading import load, read_entry
from leaderboard.domain import BadFile, Protocol

GOOD = "id: {id}\ntitle: A protocol\nsummary: For tests.\nrated: true\n"


def folder(tmp_path: Path, *ids: str) -> Path:
    entries = tmp_path / "protocols"
    entries.mkdir()
    for name in ids:
        (entries / f"{name}.yaml").write_text(GOOD.format(id=name))
    return entries


def display(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "display.yaml"
    path.write_text(text)
    return path


def test_listed_entries_come_first_and_the_rest_by_id(tmp_path: Path) -> None:
    entries = folder(tmp_path, "b", "d", "a", "c")
    assert list(load(Protocol, entries, display(tmp_path, "protocols: [d, b]\n"))) == ["d", "b", "a", "c"]
    assert list(load(Protocol, entries, display(tmp_path, "tasks: [x]\n"))) == ["a", "b", "c", "d"]


def test_a_listed_entry_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"display\.yaml: protocols: there is no x\.yaml"):
        load(Protocol, folder(tmp_path, "a"), display(tmp_path, "protocols: [a, x]\n"))


def test_an_empty_folder_is_a_broken_installation(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="holds no entries"):
        load(Protocol, folder(tmp_path), display(tmp_path, "protocols: []\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("{id}", "other"), "p.yaml: id: it is 'other'"),
        (GOOD.replace("{id}", "Not Kebab"), "p.yaml: id: "),
        (GOOD.format(id="p") + "colour: red\n", "p.yaml: colour: "),
        (GOOD.format(id="p") + "batch: 0\n", "p.yaml: batch: "),
        (GOOD.format(id="p") + "batch: many\n", "p.yaml: batch: "),
        (GOOD.format(id="p") + "rated: false\n", "p.yaml: line 5: 'rated' stands twice"),
        ("id: p\n", "p.yaml: title: "),
        ("id: [p\n", "p.yaml: line 2: "),
        ("\x07", "p.yaml: it is not YAML"),
        ("", "p.yaml holds no fields"),
        ("- id\n", "p.yaml holds no fields"),
    ],
)
def test_a_bad_entry_names_file_and_field(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(BadFile) as caught:
        read_entry(Protocol, path)
    assert caught.value.message.startswith(message)
    assert caught.value.remedy


def test_an_entry_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"p\.yaml cannot be read: No such file"):
        read_entry(Protocol, tmp_path / "p.yaml")
    (tmp_path / "p.yaml").write_bytes(b"id: \xff\n")
    with pytest.raises(BadFile, match=r"p\.yaml is not UTF-8"):
        read_entry(Protocol, tmp_path / "p.yaml")


def test_yaml_cannot_make_objects(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("id: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(BadFile, match="could not determine a constructor"):
        read_entry(Protocol, path)
