"""Published figures as rows (METHOD §7)."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.catalogue import reference
from leaderboard.domain import BadFile, BadInput, Provenance, Rating, rating_id

FOLDER = Path(reference.__file__).parent / "reference"
EDITIONS = {"aies-2025-02": 166, "aies-2025-12": 40, "mlenergy-v3": 1858}


def by_line(edition: str) -> dict[int, Rating]:
    return {int(row.source.split(":")[1]): row for row in catalogue.reference_rows(edition)}


@pytest.mark.parametrize(("edition", "count"), EDITIONS.items())
def test_every_published_row_is_there_once_under_its_line(edition: str, count: int) -> None:
    rows = catalogue.reference_rows(edition)
    assert len(rows) == count
    assert [row.source for row in rows] == [f"{edition}.csv:{line}" for line in range(2, count + 2)]
    for row in rows:
        assert row.edition == edition
        assert row.provenance is Provenance.REFERENCE
        assert row.rule is catalogue.edition(edition).rule
        assert (row.stars, row.not_rated, row.development) == (None, "not rated yet", False)
        assert row.id == rating_id(*row.source.split(":"))


def test_ids_are_unique_over_all_editions() -> None:
    ids = [row.id for edition in EDITIONS for row in catalogue.reference_rows(edition)]
    assert len(set(ids)) == len(ids)


def test_the_caller_may_change_the_list() -> None:
    catalogue.reference_rows("aies-2025-12").clear()
    assert len(catalogue.reference_rows("aies-2025-12")) == 40


def test_ai_energy_score_rows_are_as_published() -> None:
    with (FOLDER / "aies-2025-02.csv").open(encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    for line, row in by_line("aies-2025-02").items():
        source = published[line - 2]
        assert row.model == source["model"]
        assert row.energy_wh_per_1000 == float(source["gpu_energy_wh_per_1000"])
        assert row.published_stars == int(source["stars"])
        assert row.model_class == source["model_class"]
        assert (row.reasoning, row.best, row.batch) == ("off", True, 1)
        assert (row.hardware, row.protocol) == ("aies-h100-80gb", "aies-b1")
    tasks = Counter(row.task for row in by_line("aies-2025-02").values())
    assert tasks["question-answering"] == 18
    assert set(tasks) <= set(catalogue.tasks())


def test_reasoning_of_december_is_what_column_and_note_say() -> None:
    rows = by_line("aies-2025-12").values()
    kinds = Counter((row.task, row.reasoning) for row in rows)
    assert kinds == {
        ("text-generation", "off"): 22,
        ("reasoning", "on"): 12,
        ("reasoning", "low"): 2,
        ("reasoning", "medium"): 2,
        ("reasoning", "high"): 2,
    }
    efforts = {row.reasoning: row.energy_wh_per_1000 for row in rows if row.model == "openai/gpt-oss-120b"}
    assert efforts == {"low": 5312.93, "medium": 6586.30, "high": 8503.62}
    assert all(row.published_stars is None and row.best for row in rows)
    assert sum("ambiguous" in row.note for row in rows) == 2


def test_a_language_model_row_of_ml_energy() -> None:
    row = by_line("mlenergy-v3")[2]
    assert (row.task, row.hardware, row.protocol) == ("gpqa", "mlenergy-b200", "mlenergy-steady")
    assert (row.model, row.model_class, row.reasoning) == ("Qwen/Qwen3-14B", "", "off")
    assert row.energy_wh_per_1000 == pytest.approx(9599.698100812033 / 3.6)
    assert (row.params, row.active_params, row.precision) == (14_000_000_000, 14_000_000_000, "bf16")
    assert (row.gpus, row.batch, row.configuration) == (1, 8, "1 GPU · batch 8 · bf16")
    assert row.mean_power_w == pytest.approx(319.788, abs=1e-3)
    # The source tells the time between tokens, which is no time per request.
    assert row.latency_s is None


def test_a_request_waits_for_its_whole_batch() -> None:
    with (FOLDER / "mlenergy-v3.csv").open(encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    rows = by_line("mlenergy-v3")
    for line, source in enumerate(published, start=2):
        if source["kind"] == "llm":
            assert rows[line].latency_s is None
        else:
            assert rows[line].latency_s == float(source["latency"])


def test_configurations_are_told_in_words() -> None:
    said = {row.configuration for row in catalogue.reference_rows("mlenergy-v3")}
    assert "8 GPUs · batch 64 · TP 8 · fp8" in said
    assert "8 GPUs · batch 128 · EP 8 · DP 8 · fp8" in said
    assert "2 GPUs · batch 16 · ring 2 · 1024×1024 · 20 steps · bf16" in said
    assert "4 GPUs · batch 4 · Ulysses 2 · ring 2 · 832×480 · 81 frames · 50 steps · bf16" in said
    precisions = Counter(row.precision for row in catalogue.reference_rows("mlenergy-v3"))
    assert precisions == {"bf16": 1618, "fp8": 175, "mxfp4": 65}


def test_the_most_frugal_configuration_of_a_model_is_its_rated_row() -> None:
    rows = catalogue.reference_rows("mlenergy-v3")
    groups: dict[tuple[str, ...], list[Rating]] = {}
    for row in rows:
        groups.setdefault((row.task, row.hardware, row.model), []).append(row)
    for group in groups.values():
        (best,) = [row for row in group if row.best]
        assert best.energy_wh_per_1000 == min(row.energy_wh_per_1000 for row in group)
    assert sum(row.best for row in rows) == len(groups) == 113


def test_parameters_have_no_rounding_dust() -> None:
    params = {row.params for row in catalogue.reference_rows("mlenergy-v3")}
    assert {600_000_000, 1_600_000_000, 4_800_000_000, 8_100_000_000, 671_000_000_000} <= params
    assert all(count is not None and count % 100_000_000 == 0 for count in params)


def test_our_own_editions_bring_no_published_figures() -> None:
    with pytest.raises(BadInput, match="2026-11 is an edition of ours"):
        catalogue.reference_rows("2026-11")


def test_every_edition_has_its_own_hash() -> None:
    hashes = {catalogue.content_hash_of_edition(id) for id in catalogue.editions()}
    assert len(hashes) == len(catalogue.editions())
    assert all(len(each) == 64 for each in hashes)


HEADER = "task,model,model_class,reasoning,gpu_energy_wh_per_1000,stars,note\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + "reasoning,a/b,,,0,,\n", "t.csv, line 2: energy_wh_per_1000: "),
        (HEADER + "reasoning,a/b,,,1,,\nreasoning,a/b,,,nan,,\n", "t.csv, line 3: energy_wh_per_1000: "),
        (HEADER + "reasoning,a/b,,,much,,\n", "t.csv, line 2: not a number"),
        (HEADER + "reasoning,a/b,,,1,six,\n", "t.csv, line 2: not a number"),
        (HEADER + "reasoning,a/b,,,1,6,\n", "t.csv, line 2: published_stars: "),
        (HEADER + "reasoning,a/b,,sometimes,1,,\n", "t.csv, line 2: reasoning: "),
        (
            HEADER.replace("note", "notes") + "reasoning,a/b,,,1,,\n",
            "t.csv, line 2: the column 'note' is missing",
        ),
        (HEADER + 'reasoning,"a/b,,,1,,\n', "t.csv, line 2: "),
    ],
)
def test_a_damaged_file_names_line_and_field(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        rows_of(tmp_path, text)
    assert caught.value.message.startswith(message)


def rows_of(folder: Path, text: str) -> list[Any]:
    path = folder / "t.csv"
    path.write_text(text)
    return list(reference.read_rows(path, catalogue.edition("aies-2025-12"), reference._aies))


def test_a_file_that_is_gone_or_not_text(tmp_path: Path) -> None:
    aies = catalogue.edition("aies-2025-12")
    with pytest.raises(BadFile, match=r"t\.csv cannot be read: No such file"):
        reference.read_rows(tmp_path / "t.csv", aies, reference._aies)
    (tmp_path / "t.csv").write_bytes(HEADER.encode() + b"\xff")
    with pytest.raises(BadFile, match=r"t\.csv, line 2: .*decode"):
        reference.read_rows(tmp_path / "t.csv", aies, reference._aies)


def test_a_cell_over_several_lines_counts_from_its_first(tmp_path: Path) -> None:
    text = HEADER + 'reasoning,a/b,,on,1,,"two\nlines"\nreasoning,c/d,,on,2,,\n'
    assert [row.source for row in rows_of(tmp_path, text)] == ["t.csv:2", "t.csv:4"]


def test_a_row_keeps_its_id_whatever_others_say(tmp_path: Path) -> None:
    before = rows_of(tmp_path, HEADER + "reasoning,a/b,,on,1,,\nreasoning,c/d,,on,2,,\n")
    after = rows_of(tmp_path, HEADER + "reasoning,x/y,,on,9,,\nreasoning,c/d,,on,3,,\n")
    assert [row.id for row in before] == [row.id for row in after]
