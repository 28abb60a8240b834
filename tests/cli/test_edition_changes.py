"""`edition freeze` and `edition compare`, and the proposals that `edition status` tells."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from leaderboard import freezing, proposing, succession
from leaderboard.__main__ import main
from leaderboard.domain import Provenance
from leaderboard.proposing import Said
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from tests import builders

A, B = "2026-11", "2027-05"
MODELS = [f"o/m-{number:02}" for number in range(10)]
KEY = "sentence-similarity/t4-16gb//offline-b1/off"
LISTS = [{"task": "sentence-similarity", "hardware": ["t4-16gb"], "models": MODELS}]


def record_of(folder: Path, clock: HandClock) -> Record:
    """Our first edition, measured and open."""
    record = Record.open(folder, clock=clock)
    rows = [
        builders.rating(
            model,
            edition=A,
            hardware="t4-16gb",
            development=False,
            stars=None,
            energy_wh_per_1000=1.5**place,
            provenance=Provenance.MEASURED,
        )
        for place, model in enumerate([*MODELS, "o/stranger"])
    ]
    record.put_edition(builders.edition(A, reference_models=LISTS), {}, rows, "hash")
    return record


def test_freeze_in_a_folder_that_nobody_owns(
    tmp_path: Path, clock: HandClock, capfd: pytest.CaptureFixture[str]
) -> None:
    freeze = ["edition", "freeze", A, "--data", str(tmp_path)]
    assert main(freeze) == 2
    assert "There is no record" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []
    with record_of(tmp_path, clock):
        assert main(freeze) == 2
        assert f"python -m submissions desk freeze {A}" in capfd.readouterr().err
    assert main(freeze) == 0
    assert capfd.readouterr().out == f"{KEY}: 10 reference models\n"
    assert main(freeze) == 0
    assert capfd.readouterr().out == "No cell was newly frozen.\n"
    with Record.read(tmp_path) as record:
        (bands,) = record.bands_of(A).values()
    assert bands.beside == ("o/stranger",)


def test_proposals_are_told_and_two_editions_compared(
    tmp_path: Path, clock: HandClock, capfd: pytest.CaptureFixture[str]
) -> None:
    with record_of(tmp_path, clock) as record:
        record.put_edition(builders.edition("dev-2026-11"), {}, [], "hash")
        freezing.freeze(record, A)
        clock.advance(timedelta(days=400).total_seconds())
        (proposal,) = proposing.propose(record)
        assert proposing.propose(record) == []
        assert main(["edition", "status", A, "--data", str(tmp_path)]) == 0
        assert f"{proposal.id}  It was frozen on 2026-11-02: 2 half years ago." in capfd.readouterr().out
        assert main(["edition", "status", A, "--json", "--data", str(tmp_path)]) == 0
        assert json.loads(capfd.readouterr().out)["proposals"][0]["id"] == proposal.id
        proposing.decline(record, proposal.id, Said("me", "Not yet."))
        assert proposing.propose(record) == []
        clock.advance(timedelta(days=183).total_seconds())
        assert [grown.extent for grown in proposing.propose(record)] == [3]
        listed = [{**LISTS[0], "models": [*MODELS, "o/stranger"]}]
        succession.open_edition(record, succession.follower(record.edition(A), B, reference_models=listed))
    compare = ["edition", "compare", A, B, "--data", str(tmp_path)]
    assert main(compare) == 0
    assert f"{B} is open: it has no bands yet." in capfd.readouterr().out
    with Record.open(tmp_path, clock=clock) as record:
        succession.supersede(record, A, B, Said("me", "Its time is over."))
    assert main(compare) == 0
    out = capfd.readouterr().out
    # One line for all cells, ahead of them.
    assert re.fullmatch(r"In all: .*\b\d+ moved\b.*\.", out.splitlines()[1])
    assert "nothing to compare" not in out
    assert f"{KEY}: " in out
    assert "since one model was added to its reference models" in out
    assert main([*compare, "--task", "sentence-similarity", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert sum(told["counts"].values()) == 11
    assert told["counts"]["moved"] > 0
    assert main([*compare, "--task", "poetry"]) == 2
    assert main(["edition", "compare", A, "2030-01", "--data", str(tmp_path)]) == 2


def test_editions_without_a_model_in_common_are_said_to_have_none(
    tmp_path: Path, clock: HandClock, capfd: pytest.CaptureFixture[str]
) -> None:
    with record_of(tmp_path, clock) as record:
        other = builders.rating("o/newcomer", edition=B, hardware="t4-16gb", development=False, stars=None)
        record.put_edition(
            builders.edition(B), {}, [other.model_copy(update={"provenance": Provenance.MEASURED})], "hash"
        )
    assert main(["edition", "compare", A, B, "--data", str(tmp_path)]) == 0
    out = capfd.readouterr().out
    assert "In all: 1 new, 11 gone; nothing to compare, since no cell has a model in both." in out


def test_a_run_that_ended_late_is_carried_on_and_moves_no_band(tmp_path: Path, clock: HandClock) -> None:
    with record_of(tmp_path, clock) as record:
        freezing.freeze(record, A)
        succession.open_edition(record, succession.follower(record.edition(A), B))
        succession.supersede(record, A, B, Said("me", "Its time is over."))
        bands = record.bands_of(B)
        assert succession.carry_on(record) == {}
        late = record.edition_rows(A)[0].model_copy(
            update={"id": "0123456789", "model": "o/late", "run_id": "0123456789ab"}
        )
        record.carry_rows(A, [late])
        assert succession.carry_on(record) == {B: 1}
        (row,) = (row for row in record.edition_rows(B) if row.model == "o/late")
        assert row.stars == late.stars
        assert record.bands_of(B) == bands
        assert succession.carry_on(record) == {}
