"""The machine of a run where there is no GPU to look at; with one it is tested on the simulated card."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import Board, Conflict, Device, NoReading, Outcome
from runners.bench.gpu import GpuFacts
from runners.bench.machine import TRIES, Machine
from runners.bench.meter import Skipped
from tests.runners.conftest import make_plan


def machine(cache: Path, hardware: str = "cpu", *, replayed: bool = False, **plan: Any) -> Machine:
    return Machine(
        make_plan(hardware=hardware, **plan),
        catalogue.hardware(hardware),
        cache,
        replayed=replayed,
        vouched=False,
        say=lambda text: None,
    )


def seen(here: Machine) -> Machine:
    """As if it had two boards."""
    boards = tuple(Board(index=n, name="Tesla T4", uuid_hash=str(n) * 64) for n in (0, 1))
    here.gpus = GpuFacts("570", "", boards, ("GPU-a", "GPU-b"), (0, 1), frozenset())
    return here


def there(here: Machine) -> GpuFacts:
    assert here.gpus is not None
    return here.gpus


def test_without_gpus_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    for here in (machine(tmp_path), machine(tmp_path, "t4-16gb", replayed=True)):
        assert (here.gpus, here.exclusive, here.state, here.pinned()) == (None, None, None, {})
        here.idle(3.0)
        here.look_again()
        with here.reserved():
            assert here.foreign(frozenset({1})) is None
        assert here.findings == []
    assert list(tmp_path.iterdir()) == []


def test_a_gpu_class_without_a_gpu_is_an_error(tmp_path: Path) -> None:
    if Path("/dev/nvidiactl").exists():
        pytest.skip("this machine has an NVIDIA GPU")
    with pytest.raises(NoReading, match="NVML"):
        machine(tmp_path, "t4-16gb")


def test_a_model_computes_on_the_measured_boards_or_on_none(tmp_path: Path) -> None:
    dry = seen(machine(tmp_path, "t4-16gb", replayed=True, device=Device.CPU))
    assert dry.pinned() == {"CUDA_VISIBLE_DEVICES": ""}
    real = seen(machine(tmp_path, "t4-16gb", replayed=True, device=Device.CUDA))
    assert real.pinned() == {"CUDA_VISIBLE_DEVICES": "GPU-a,GPU-b"}


def test_boards_that_are_gone_when_the_last_window_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = seen(machine(tmp_path, "t4-16gb", replayed=True))
    passing = Skipped("no answer", "again")
    answers: list[GpuFacts | NoReading] = [passing, passing, there(here)]

    def look() -> GpuFacts:
        answer = answers.pop(0)
        if isinstance(answer, NoReading):
            raise answer
        return answer

    monkeypatch.setattr("runners.bench.machine.read_gpus", look)
    here.look_again()
    assert [finding.outcome for finding in here.findings] == [Outcome.PASSED]
    answers += [NoReading("A GPU is lost.", "See the driver's log.")]
    with pytest.raises(NoReading, match="is lost"):
        here.look_again()
    answers += [passing] * TRIES
    with pytest.raises(NoReading, match="no answer"):
        here.look_again()
    assert answers == []


def test_two_runs_on_one_board_would_measure_each_other(tmp_path: Path) -> None:
    first, second = (seen(machine(tmp_path, "t4-16gb", replayed=True)) for _ in range(2))
    with first.reserved(), pytest.raises(Conflict, match="Another run"), second.reserved():
        pytest.fail("it was let in")
    with second.reserved():
        pass


def test_our_own_process_is_the_one_that_works(tmp_path: Path) -> None:
    here = seen(machine(tmp_path, "t4-16gb", replayed=True))
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import sys; sys.stdin.read()'])"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as outer:
        import psutil

        from runners.bench.machine import _working_for_us

        inner: list[psutil.Process] = []
        while not inner:
            inner = psutil.Process(outer.pid).children()
        working = _working_for_us()
        assert inner[0].pid in working
        assert not {outer.pid, os.getpid()} & working
        assert outer.stdin is not None
        outer.stdin.close()
    assert here.foreign(None) is None
