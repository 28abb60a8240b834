"""Runs on a simulated card with one fault each: exactly that check fails, and a person understands why."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from leaderboard.domain import Device, Outcome, Provenance
from leaderboard.judging.samples import STEP, read_trace
from runners.bench.record import TRACE, write_run
from runners.verify import verify
from tests.fakes.card import H100_NVL, H100_PCIE, H100_SXM, T4, Board, Card, NoCompiler, library
from tests.fakes.card.card import NOT_SUPPORTED, TIMEOUT, UNINITIALIZED
from tests.runners.on_card import Bench

Make = Callable[..., Bench]
DRY = {"hardware-matches", "nvml-origin", "dataset-pinned", "profile-as-catalogued", "sandboxed"}
"""What every short run of an impostor on a simulated card is flagged for."""
BUSY = {"windows-agree"}
"""What a short run may be flagged for besides, where other work takes the cores in the middle of a window."""
FIRST = "preprocess, window 1:"


@pytest.fixture(autouse=True, scope="module")
def compiler() -> None:
    try:
        library()
    except NoCompiler as error:
        pytest.skip(str(error))


@pytest.fixture
def make(tmp_path: Path, encoder: Path) -> Iterator[Make]:
    """A run on a card of its own; more than one board when given."""
    cards: list[Card] = []

    def bench(*boards: Board, **fields: object) -> Bench:
        card = Card(tmp_path / f"card-{len(cards)}", boards or (H100_SXM,))
        cards.append(card)
        card.__enter__()
        return Bench(card=card, folder=tmp_path / f"run-{len(cards)}", model=encoder, **fields)  # type: ignore[arg-type]

    yield bench
    for card in cards:
        card.__exit__(None, None, None)


def failed(bench: Bench) -> set[str]:
    return {finding.name for finding in bench.run.findings if finding.outcome is Outcome.FAILED}


def rejected(bench: Bench) -> set[str]:
    """What somebody who gets the folder finds against it."""
    return {finding.name for finding in verify(bench.out)[1] if finding.rejects}


def no_figure(bench: Bench, *words: str) -> str:
    """It ended with exit code 1, a named cause, and nothing that looks finished."""
    code, said = bench.measure()
    assert code == 1, said
    assert {path.name for path in bench.out.iterdir()} <= {"log.txt"}
    for word in words:
        assert word in said
        assert word in bench.log
    return said


def test_a_run_without_a_fault(make: Make) -> None:
    bench = make(window_s=2.1)
    code, said = bench.measure()
    assert code == 0, said
    run = bench.run
    assert run.provenance is Provenance.SIMULATED
    assert failed(bench) - BUSY == DRY
    for name in ("not-throttled", "temperature-steady", "trace-complete", "counter-agrees-with-power"):
        assert bench.finding(name).outcome is Outcome.PASSED
    for window in run.windows:
        truth_j = bench.card.true_energy_j(window.start_s, window.end_s)
        assert window.energy_j == pytest.approx(truth_j, rel=0.004)
    board = run.environment.boards[0]
    assert (board.name, board.power_limit_w, board.ecc) == ("NVIDIA H100 80GB HBM3", 700, True)
    assert run.environment.driver == "570.124.06"
    assert "GPU-" not in (bench.out / "run.json").read_text()
    assert run.environment.counter_step_s == pytest.approx(0.1, rel=0.2)
    assert run.idle_power_w == pytest.approx(70, rel=0.01)
    assert [stage.kind for stage in run.stages] == ["idle", "load", "warm-up", "warm-up"]
    assert rejected(bench) == set()


def test_what_is_left_out_of_a_record_or_its_trace_is_noticed(make: Make) -> None:
    bench = make()
    assert bench.measure()[0] == 0
    run, samples = bench.run, read_trace(bench.out / TRACE)
    silent = tuple(finding for finding in run.findings if finding.name != "boards-unchanged")
    write_run(bench.out, run.model_copy(update={"findings": silent}), samples)
    assert rejected(bench) == {"findings-as-told"}
    write_run(bench.out, run, [sample for sample in samples if sample.phase != STEP])
    assert rejected(bench) == {"energy-follows-from-counter"}
    write_run(bench.out, run.model_copy(update={"idle_power_w": 100.0}), samples)
    assert rejected(bench) == {"figures-follow-from-windows"}
    write_run(bench.out, run.model_copy(update={"provenance": Provenance.MEASURED}), samples)
    assert rejected(bench) == {"provenance-as-found"}


@pytest.mark.parametrize(
    ("board", "facts", "check", "words"),
    [
        (T4, {}, "gpu-identity", "Tesla T4"),
        # Its name is the SXM board's; its power limit gives it away.
        (dataclasses.replace(H100_PCIE, name=H100_SXM.name), {}, "gpu-identity", "350 W instead of 700 W"),
        (H100_SXM, {"limit_mw": 500_000}, "power-limit-default", "500 W"),
        (H100_SXM, {"mig": 1}, "mig-off", "MIG"),
        (H100_SXM, {"application_sm_mhz": 1200}, "clocks-unlocked", "1200 MHz"),
    ],
)
def test_another_board_or_a_changed_one_is_refused_before_anything_runs(
    make: Make, board: Board, facts: Mapping[str, int], check: str, words: str
) -> None:
    bench = make(board)
    bench.card.describe(**facts)
    said = no_figure(bench, f"({check})", words)
    assert said.count("(") - said.count("(cpu)") >= 1
    assert bench.log.count(" failed: ") == 2  # this one, and where NVML came from


def test_a_second_gpu_in_sight_is_refused(make: Make) -> None:
    bench = make(H100_SXM, H100_SXM)
    no_figure(bench, "(gpu-count)", "2 GPUs are in sight")
    # Hidden from the process, it is not there.
    hidden = make(H100_SXM, H100_SXM, environment={"CUDA_VISIBLE_DEVICES": "1"})
    code, said = hidden.measure()
    assert code in (0, 1), said
    assert "(gpu-count)" not in said


def test_somebody_elses_process_before_the_run(make: Make) -> None:
    bench = make()
    bench.card.process(4_000_001)
    no_figure(bench, "(no-foreign-process)", "1 other process is on the GPUs before the run")


def test_a_container_hides_processes_and_nobody_vouches(make: Make) -> None:
    bench = make(told={"exclusive": True})
    bench.card.hide(["processes"])
    assert bench.measure()[0] == 0
    assert bench.run.environment.exclusive == "vouched"
    assert bench.finding("no-foreign-process").outcome is Outcome.PASSED
    assert "vouches" in bench.finding("no-foreign-process").message
    unseen = make()
    unseen.card.hide(["processes", "temperature", "reasons"])
    assert unseen.measure()[0] == 0
    for name in ("exclusive", "no-foreign-process", "temperature-steady", "not-throttled"):
        assert unseen.finding(name).outcome is Outcome.UNVERIFIABLE


def two(card: Card) -> None:
    card.process(4_000_001)
    card.process(4_000_002)


@pytest.mark.parametrize(
    ("check", "fault", "words"),
    [
        ("no-foreign-process", two, "other process"),
        ("not-throttled", lambda card: card.throttle(0x08), "a hardware slowdown"),
        ("not-throttled", lambda card: card.throttle(0x20), "a thermal slowdown by software"),
        ("not-throttled", lambda card: card.throttle(0x40), "a thermal slowdown by hardware"),
        ("not-throttled", lambda card: card.throttle(0x80), "a power brake"),
        ("temperature-steady", lambda card: card.temperature(41, slope=9.0), "The GPU went from"),
        ("trace-complete", lambda card: card.fail("power", TIMEOUT, every=3), "readings were dropped"),
        ("boards-unchanged", lambda card: card.describe(limit_mw=500_000), "700 W before the run and 500 W"),
        ("boards-unchanged", lambda card: card.describe(mig=1), "MIG of GPU 0 was off before"),
    ],
)
def test_a_fault_while_it_runs(make: Make, check: str, fault: Callable[[Card], object], words: str) -> None:
    bench = make(window_s=1.1)
    bench.happens = {FIRST: lambda: fault(bench.card)}
    code, said = bench.measure()
    assert code == 3, said
    # On a machine whose cores are busy a window of a second may also be cut.
    assert failed(bench) - {"windows-whole"} == {*DRY, check}
    finding = bench.finding(check)
    assert finding.rejects
    assert words in finding.message
    assert finding.remedy
    assert not bench.run.valid
    # Whoever gets the folder finds the same in it.
    assert rejected(bench) == {check}


def test_windows_that_differ_by_six_per_cent(make: Make) -> None:
    # A quick run of a model on shared cores is only flagged for that; this one says it is on the card.
    bench = make(device=Device.CUDA, told={"gpus": [f"{H100_SXM.uuid}0"]})
    watts = H100_SXM.load_w
    bench.happens = {
        FIRST: lambda: bench.card.power(watts * 1.092),
        "preprocess, window 2:": lambda: bench.card.power(watts),
        "forward, window 1:": lambda: bench.card.power(watts * 1.092),
    }
    assert bench.measure()[0] == 3
    assert failed(bench) == {*DRY, "windows-agree"} - {"hardware-matches"}
    assert "6." in bench.finding("windows-agree").message.split("%")[0]


def test_a_wall_clock_that_steps_an_hour(make: Make) -> None:
    bench = make(window_s=1.1, told={"wall_steps_s": 3600.0})
    assert bench.measure()[0] == 3
    assert failed(bench) == {*DRY, "clock-steady"}
    assert "3,600 s" in bench.finding("clock-steady").message
    # The windows are on the monotonic clock and know nothing of it.
    assert all(window.seconds < 3 for window in bench.run.windows)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda card: card.reset_counter(), "back to"),
        (lambda card: card.freeze(), "no new reading for 2 s"),
        (lambda card: card.fail("energy", TIMEOUT), "no new reading for 2 s"),
        (lambda card: card.lose(), "lost"),
        (lambda card: card.fail("all", UNINITIALIZED), "ninitialized"),
    ],
    ids=["counter reset", "counter frozen", "no reading", "gpu lost", "nvml gone"],
)
def test_hardware_that_goes_away_gives_no_figure(
    make: Make, fault: Callable[[Card], object], words: str
) -> None:
    bench = make(window_s=1.1)
    bench.happens = {FIRST: lambda: fault(bench.card)}
    no_figure(bench, words)


def test_a_counter_that_does_not_rise_is_seen_before(make: Make) -> None:
    bench = make()
    bench.card.freeze(1.0)
    no_figure(bench, "(counter-rises)", "did not move")
    slow = make()
    slow.card.counter(0.24)
    no_figure(slow, "(counter-rises)", "240 ms")
    without = make()
    without.card.fail("energy", NOT_SUPPORTED)
    no_figure(without, "counter")


def test_a_daemon_that_zeus_was_told_to_ask_and_is_not_there(make: Make, tmp_path: Path) -> None:
    bench = make(environment={"ZEUSD_SOCK_PATH": str(tmp_path / "nobody.sock")})
    no_figure(bench, "Start the Zeus daemon")


def test_boards_of_two_classes_are_not_one_board() -> None:
    uuids = {board.uuid for board in (H100_SXM, H100_PCIE, H100_NVL, T4)}
    assert len(uuids) == 4


def test_an_idle_board_that_draws_more_than_it_ever_did(make: Make) -> None:
    bench = make(window_s=0.2)
    for number in range(3):
        again = dataclasses.replace(bench, told={"number": number})
        assert again.measure()[0] == 0
        for path in sorted(again.out.iterdir()):
            path.unlink()
        bench.card.power(H100_SXM.idle_w)
    bench.card.power(H100_SXM.idle_w * 1.2)
    said = no_figure(bench, "(idle-as-usual)", "boards/")
    # A fifth more, as near as a second of idling on a shared machine tells.
    assert re.search(r"\+(1[89]|2[012])\b", said), said
