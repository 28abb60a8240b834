"""Pins: the file, what is refused in it, and what it changes in tasks, plans and hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from leaderboard import catalogue
from leaderboard.catalogue import entries
from leaderboard.catalogue.pins import HEADER, data_sets, pinned, pins_text, read_pins
from leaderboard.domain import BadFile, DatasetRef, Pin, Refused, Task
from runners.bench.preflight import check_plan
from tests import builders

ENERGY, QUALITY = "AIEnergyScore/sentence_similarity", "mteb/stsbenchmark-sts"
# Digits only, and one that YAML would take for a float: both must come back as the text they were.
PINS = {
    QUALITY: Pin(revision="1" * 40, pinned_on=date(2026, 11, 2)),
    ENERGY: Pin(revision="1e" + "0" * 38, pinned_on=date(2026, 11, 1)),
}
GOOD = "{id}: {{revision: {revision}, pinned_on: 2026-11-01}}\n"

Catalogue = Callable[[str], None]


@pytest.fixture
def with_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    """Replaces the catalogue's pins."""

    def put(text: str) -> None:
        (tmp_path / "pins.yaml").write_text(text, "utf-8")
        entries.tasks.cache_clear()

    monkeypatch.setattr(entries, "PINS", tmp_path / "pins.yaml")
    entries.tasks.cache_clear()
    yield put
    entries.tasks.cache_clear()


def test_what_is_written_is_read_and_sorted(tmp_path: Path) -> None:
    path = tmp_path / "pins.yaml"
    text = pins_text(PINS)
    path.write_text(text, "utf-8")
    assert read_pins(path) == PINS
    assert text.startswith(HEADER)
    assert text.index(ENERGY) < text.index(QUALITY)


@pytest.mark.parametrize("text", [None, "", HEADER])
def test_no_file_or_an_empty_one_pins_nothing(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "pins.yaml"
    if text is not None:
        path.write_text(text, "utf-8")
    assert read_pins(path) == {}
    assert pins_text({}) == HEADER


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.format(id="org/x", revision="main"), "pins.yaml: org/x.revision: "),
        (GOOD.format(id="org/x", revision="a" * 39), "pins.yaml: org/x.revision: "),
        (GOOD.format(id="org/x", revision="A" * 40), "pins.yaml: org/x.revision: "),
        (f"org/x: {{revision: {'a' * 40}}}\n", "pins.yaml: org/x.pinned_on: "),
        (f"org/x: {{revision: {'a' * 40}, pinned_on: soon}}\n", "pins.yaml: org/x.pinned_on: "),
        (
            f"org/x: {{revision: {'a' * 40}, pinned_on: 2026-11-01, split: a}}\n",
            "pins.yaml: org/x.split: ",
        ),
        (GOOD.format(id="x", revision="a" * 40), "pins.yaml: x."),
        (GOOD.format(id="org/x", revision="a" * 40) * 2, "pins.yaml: line 2: 'org/x' stands twice"),
        ("org/x:\n", "pins.yaml: org/x: "),
        ("- org/x\n", "pins.yaml: the whole file: "),
        ("org/x: [\n", "pins.yaml: line 2: "),
    ],
)
def test_a_bad_pin_names_file_and_field(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "pins.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadFile) as caught:
        read_pins(path)
    assert caught.value.message.startswith(message)
    assert caught.value.remedy


def test_a_pin_that_no_task_uses_is_an_error(with_pins: Catalogue) -> None:
    with_pins(GOOD.format(id="org/nobody", revision="a" * 40))
    with pytest.raises(BadFile, match=r"pins\.yaml: org/nobody: no task is pinned by it"):
        catalogue.tasks()


def test_pins_reach_both_data_sets_of_a_task_and_its_hash(with_pins: Catalogue) -> None:
    bare, other = catalogue.task_hash("sentence-similarity"), catalogue.task_hash("text-generation")
    assert catalogue.task("sentence-similarity").dataset.revision is None
    with_pins(pins_text({ENERGY: PINS[ENERGY]}))
    energy_only = catalogue.task_hash("sentence-similarity")
    with_pins(pins_text(PINS))
    task = catalogue.task("sentence-similarity")
    assert task.dataset.revision == PINS[ENERGY].revision
    assert task.quality.dataset is not None
    assert task.quality.dataset.revision == PINS[QUALITY].revision
    assert len({bare, energy_only, catalogue.task_hash("sentence-similarity")}) == 3
    assert catalogue.task_hash("text-generation") == other
    assert list(catalogue.tasks()) == list(entries.written_tasks()), "display order"


def test_the_day_of_pinning_is_not_in_the_hash(with_pins: Catalogue) -> None:
    with_pins(pins_text(PINS))
    before = catalogue.task_hash("sentence-similarity")
    later = {id: pin.model_copy(update={"pinned_on": date(2027, 1, 1)}) for id, pin in PINS.items()}
    with_pins(pins_text(later))
    assert catalogue.task_hash("sentence-similarity") == before


def test_a_revision_that_the_task_states_wins(with_pins: Catalogue) -> None:
    task = entries.written_tasks()["sentence-similarity"]
    stated = task.model_copy(update={"dataset": task.dataset.model_copy(update={"revision": "f" * 40})})
    assert pinned(stated, PINS).dataset.revision == "f" * 40
    assert ENERGY not in data_sets([stated])
    assert QUALITY in data_sets([stated])


def test_parts_of_a_data_set_are_told_once_with_all_columns() -> None:
    def reading(config: str | None, split: str, *columns: str) -> Task:
        task = entries.written_tasks()["image-generation"]
        ref = DatasetRef(repo_id="org/x", config=config, split=split, columns=columns)
        return task.model_copy(update={"dataset": ref})

    tasks = [reading("b", "test", "q"), reading(None, "train", "a"), reading("b", "test", "a", "q")]
    parts = [(ref.config, ref.split, ref.columns) for ref in data_sets(tasks)["org/x"]]
    assert parts == [(None, "train", ("a",)), ("b", "test", ("q", "a"))]


def test_every_data_set_of_the_catalogue_can_be_pinned() -> None:
    tasks = entries.written_tasks().values()
    refs = [ref for task in tasks for ref in (task.dataset, task.quality.dataset) if ref is not None]
    assert list(data_sets(tasks)) == sorted({ref.repo_id for ref in refs if ref.revision is None})


def test_an_official_plan_passes_preflight_once_its_queries_are_pinned(with_pins: Catalogue) -> None:
    def check() -> None:
        model = builders.model_ref()
        official = {"task": "sentence-similarity", "hardware": "cpu", "profile": "official"}
        check_plan(catalogue.make_plan(model, **official))  # type: ignore[arg-type]

    with pytest.raises(Refused, match="leaderboard catalogue pin"):
        check()
    with_pins(pins_text({ENERGY: PINS[ENERGY]}))
    check()
