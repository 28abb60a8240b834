"""A finished run outlives refused tokens, workers that die and ones that are told to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import (
    Forbidden,
)
from runners.__main__ import main
from runners.executors import Ending
from runners.executors.fake import FakeExecutor
from runners.kept import Finished, Kept, job_of, seal
from runners.space import Claimed
from runners.worker import Worker
from tests.runners.conftest import DONE, Surviving, finished, held_by, make_plan, note
from tests.runners.space_double import TOKEN, SpaceDouble, refusal


@pytest.mark.parametrize("word", ["heartbeat", "PUT", "finish"])
def test_a_run_outlives_a_token_that_is_refused(
    worker: Callable[..., Worker], lines: list[str], tmp_path: Path, word: str
) -> None:
    """Rotated or revoked while the run is handed in: it stays, is named, and the next start brings it."""
    kept = Kept(tmp_path / "kept")
    with SpaceDouble(make_plan()) as space:
        space.hook = lambda method, path, body: (
            (401, refusal("forbidden", "The token was revoked."))
            if word == method or path.endswith(f"/{word}")
            else None
        )
        executor = FakeExecutor(ending=Ending("done"), placing=finished)
        with pytest.raises(Forbidden):
            worker(space, executor, kept=kept, note=note(tmp_path)).run(once=True)
        (run,) = kept.all()
        assert any(f"kept in {run.folder}" in line and "token that is good" in line for line in lines)
        # Started again with the same token: it is named again, and stays.
        space.hook = lambda method, path, body: (401, refusal("forbidden", "The token was revoked."))
        with pytest.raises(Forbidden):
            worker(space, DONE, kept=kept, note=note(tmp_path)).run(once=True)
        assert [one.folder for one in kept.all()] == [run.folder]
        space.hook = lambda method, path, body: None
        worker(space, DONE, kept=kept, note=note(tmp_path)).run(once=True)
    assert set(space.files) == {"log.txt", "trace.parquet", "run.json"}
    assert [body["outcome"] for body in space.finished] == ["done"]
    assert kept.all() == []
    assert not run.folder.exists()


def test_a_kept_run_whose_lease_went_to_another_is_left_to_a_person(
    worker: Callable[..., Worker], lines: list[str], tmp_path: Path
) -> None:
    kept, plan = Kept(tmp_path / "kept"), make_plan()
    (tmp_path / "folder").mkdir()
    place = kept.keep(
        Finished(Claimed(plan.run_key[:12], 7, 1, 0.5, plan), Ending("done"), tmp_path / "folder")
    )
    finished(kept.all()[0].job)
    words = ["hand-in", str(place), "--space", "", "--token-file", str(tmp_path / "token")]
    (tmp_path / "token").write_text(TOKEN)
    with SpaceDouble() as space:
        words[3] = space.address
        space.hook = lambda method, path, body: (
            (409, refusal("fence_lost", "Another has it.")) if "/submissions/" in path else None
        )
        worker(space, DONE, kept=kept).run(once=True)
        assert any(
            "takes this run no more (Another has it.)" in line and str(place) in line for line in lines
        )
        assert main(words) == 1
        assert (place / "job" / "out" / "run.json").exists()
        # By hand, while the claim stands.
        space.hook = lambda method, path, body: None
        assert main(words) == 0
    assert space.finished[0]["outcome"] == "done"
    assert not place.exists()
    assert main(words) == 2


def test_a_worker_that_dies_while_it_hands_in_goes_on_with_it(
    worker: Callable[..., Worker], tmp_path: Path
) -> None:
    """The job went with it, the run did not."""
    plan, kept = make_plan(), Kept(tmp_path / "kept")
    held_by(note(tmp_path), tmp_path / "job", plan)
    claimed = Claimed(plan.run_key[:12], 7, 1, 0.5, plan)
    seal(Finished(claimed, Ending("done"), tmp_path / "job"))
    finished(job_of(claimed, tmp_path / "job"))
    with SpaceDouble() as space:
        worker(space, FakeExecutor(), kept=kept, note=note(tmp_path)).run(once=True)
    assert space.finished[0]["outcome"] == "done"
    assert "release" not in space.paths()
    assert note(tmp_path).read() is None
    assert kept.all() == []


def test_a_run_that_ended_without_its_worker_is_kept_from_a_token_that_is_refused(
    worker: Callable[..., Worker], tmp_path: Path
) -> None:
    kept, plan = Kept(tmp_path / "kept"), make_plan()
    held_by(note(tmp_path), tmp_path / "job", plan)
    with SpaceDouble() as space, pytest.raises(Forbidden):
        executor = Surviving((), Ending("done"), finished)
        worker(space, executor, token="another", kept=kept, note=note(tmp_path)).run()
    (run,) = kept.all()
    assert (run.job.out / "run.json").exists()


def test_told_to_end_while_it_hands_in_a_run_stays(
    worker: Callable[..., Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runners.patience.FIRST_PAUSE_S", 60.0)
    kept = Kept(tmp_path / "kept")
    with SpaceDouble(make_plan()) as space:
        busy = worker(space, FakeExecutor(ending=Ending("done"), placing=finished), kept=kept)

        def away(method: str, path: str, body: Any) -> Any:
            if method != "PUT":
                return None
            busy.stop.set()
            return 503, None

        space.hook = away
        busy.run()
    assert len(kept.all()) == 1
    assert "release" not in space.paths()
