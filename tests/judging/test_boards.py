"""Whether the boards are the class's, as their makers left them, and the run's alone (METHOD §3.1, §4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import Board, Exclusivity, Finding, HardwareClass, Outcome, Severity
from leaderboard.judging.boards import examine, exclusive, of_environment, origin, unchanged
from leaderboard.judging.origin import is_drivers_own
from runners.bench.gpu import uuid_hash
from runners.bench.nvml import nvml_origin
from tests import builders
from tests.judging.judged import DRIVERS_OWN, T4, judged, make_run, only, rejects_alone, report

SXM, PCIE = catalogue.hardware("h100-sxm-80gb"), catalogue.hardware("h100-pcie-80gb")
DOUBLE = "/home/me/double/libnvidia-ml.so.1"


def of(hardware: HardwareClass, index: int = 0, **fields: Any) -> Board:
    """A board as the class's data describes it."""
    limit_w = hardware.power_limit_w
    known = {
        "name": hardware.gpu_name,
        "memory_gb": hardware.memory_gb,
        "compute_capability": hardware.compute_capability,
        "power_limit_w": limit_w,
        "default_power_limit_w": limit_w,
    }
    return builders.board(index, **{**known, **fields})


def examined(hardware: HardwareClass, *boards: Board) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(boards, hardware)}


def not_passed(found: dict[str, Finding]) -> dict[str, Outcome]:
    return {name: each.outcome for name, each in found.items() if each.outcome is not Outcome.PASSED}


@pytest.mark.parametrize("id", ["t4-16gb", "h100-sxm-80gb", "h100-pcie-80gb", "h100-nvl-94gb"])
def test_a_classes_own_board_passes_everything(id: str) -> None:
    hardware = catalogue.hardware(id)
    found = examined(hardware, of(hardware))
    assert list(found) == [
        "gpu-count",
        "gpu-identity",
        "power-limit-default",
        "mig-off",
        "clocks-unlocked",
    ]
    assert not not_passed(found)
    assert all(each.severity is Severity.REJECT for each in found.values())


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"name": "Tesla P4"}, "gpu-identity", "the name Tesla P4 instead of Tesla T4"),
        ({"memory_gb": 32.0}, "gpu-identity", "32 GB instead of 16 GB"),
        ({"compute_capability": "8.0"}, "gpu-identity", "compute capability 8.0 instead of 7.5"),
        (
            {"default_power_limit_w": 75.0, "power_limit_w": 75.0},
            "gpu-identity",
            "a default power limit of 75 W instead of 70 W",
        ),
        ({"power_limit_w": 60.0}, "power-limit-default", "limit of GPU 0 is 60 W; its default is 70 W"),
        ({"power_limit_w": 80.0}, "power-limit-default", "80 W"),
        ({"mig": True}, "mig-off", "GPU 0 is cut into MIG instances"),
        ({"sm_clock_mhz": 585}, "clocks-unlocked", "set to 585 MHz; its default is 1590 MHz"),
    ],
)
def test_one_fault_of_a_board_rejects_the_run_and_nothing_else_does(
    fields: dict[str, Any], name: str, words: str
) -> None:
    found = rejects_alone(name, make_run(environment={"boards": (builders.board(**fields),)}))
    assert words in found.message
    assert not_passed(examined(T4, builders.board(**fields))) == {name: Outcome.FAILED}


def test_a_pcie_board_is_no_sxm_one_whatever_it_is_called() -> None:
    assert not_passed(examined(SXM, of(PCIE))) == {"gpu-identity": Outcome.FAILED}
    posing = of(PCIE, name=SXM.gpu_name)
    found = examined(SXM, posing)
    assert not_passed(found) == {"gpu-identity": Outcome.FAILED}
    assert "a default power limit of 350 W instead of 700 W" in found["gpu-identity"].message


@pytest.mark.parametrize(
    ("fields", "name", "passes"),
    [
        ({"memory_gb": 14.41}, "gpu-identity", True),
        ({"memory_gb": 14.39}, "gpu-identity", False),
        ({"memory_gb": 17.59}, "gpu-identity", True),
        ({"memory_gb": 17.61}, "gpu-identity", False),
        ({"default_power_limit_w": 71.0}, "gpu-identity", True),
        ({"default_power_limit_w": 71.1, "power_limit_w": 71.1}, "gpu-identity", False),
        ({"default_power_limit_w": 68.9, "power_limit_w": 68.9}, "gpu-identity", False),
        ({"power_limit_w": 69.0}, "power-limit-default", True),
        ({"power_limit_w": 68.9}, "power-limit-default", False),
        ({"sm_clock_mhz": 1589}, "clocks-unlocked", False),
    ],
)
def test_the_tolerances_to_the_edge(fields: dict[str, Any], name: str, passes: bool) -> None:
    expected = {} if passes else {name: Outcome.FAILED}
    assert not_passed(examined(T4, builders.board(**fields))) == expected


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"memory_gb": None}, "gpu-identity", "does not tell the memory."),
        ({"compute_capability": None}, "gpu-identity", "does not tell the compute capability."),
        ({"power_limit_w": None}, "power-limit-default", "does not tell the power limit of GPU 0"),
        ({"sm_clock_mhz": None}, "clocks-unlocked", "does not tell the application clocks of GPU 0"),
        ({"default_sm_clock_mhz": None}, "clocks-unlocked", "does not tell the application clocks"),
    ],
)
def test_what_the_driver_does_not_tell_is_not_verifiable(
    fields: dict[str, Any], name: str, words: str
) -> None:
    found = only(make_run(environment={"boards": (builders.board(**fields),)}))
    assert (found.name, found.outcome) == (name, Outcome.UNVERIFIABLE)
    assert not found.rejects
    assert words in found.message


def test_without_a_default_limit_neither_identity_nor_limit_can_be_told() -> None:
    found = examined(T4, builders.board(default_power_limit_w=None))
    assert not_passed(found) == {
        "gpu-identity": Outcome.UNVERIFIABLE,
        "power-limit-default": Outcome.UNVERIFIABLE,
    }
    assert found["gpu-identity"].message.endswith("does not tell the default power limit.")


def test_a_card_that_knows_no_mig_has_none() -> None:
    assert not not_passed(examined(T4, builders.board(mig=None)))


PAIR = T4.model_copy(update={"gpus": 2})


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": "Tesla P4"}, "gpu-identity"),
        ({"power_limit_w": 60.0}, "power-limit-default"),
        ({"mig": True}, "mig-off"),
        ({"sm_clock_mhz": 585}, "clocks-unlocked"),
    ],
)
def test_a_fault_of_the_second_board_is_found_behind_a_first_that_hides(
    fields: dict[str, Any], name: str
) -> None:
    silent: dict[str, Any] = {
        "memory_gb": None,
        "compute_capability": None,
        "power_limit_w": None,
        "sm_clock_mhz": None,
    }
    found = examined(PAIR, builders.board(**silent), builders.board(1, **fields))
    assert found[name].outcome is Outcome.FAILED
    assert "GPU 1" in found[name].message


def test_a_second_gpu_in_sight_rejects_the_run() -> None:
    """Even where the model was on both and the machine is called by one."""
    pair = (builders.board(), builders.board(1))
    run = make_run(
        environment={"boards": pair}, model=report(gpu_uuid_hashes=tuple(board.uuid_hash for board in pair))
    )
    found = rejects_alone("gpu-count", run)
    assert "2 GPUs are in sight (Tesla T4, Tesla T4)" in found.message
    assert not not_passed(examined(PAIR, *pair))
    assert not_passed(examined(PAIR, pair[0])) == {"gpu-count": Outcome.FAILED}


def test_without_a_gpu_nothing_is_claimed_of_one() -> None:
    found = examined(T4)
    assert found["gpu-count"].rejects
    assert "none" in found["gpu-count"].message
    assert {each.outcome for name, each in found.items() if name != "gpu-count"} == {Outcome.UNVERIFIABLE}


@pytest.mark.parametrize(
    ("library", "outcome"),
    [
        (DRIVERS_OWN, Outcome.PASSED),
        ("/usr/lib64/libnvidia-ml.so.580.65", Outcome.PASSED),
        ("/usr/local/nvidia/lib64/libnvidia-ml.so.1", Outcome.PASSED),
        (DOUBLE, Outcome.FAILED),
        ("/usr/libx/libnvidia-ml.so.1", Outcome.FAILED),
        ("", Outcome.UNVERIFIABLE),
    ],
)
def test_an_nvml_from_elsewhere_is_told_apart_and_flagged(library: str, outcome: Outcome) -> None:
    found = origin(library)
    assert (found.name, found.outcome, found.severity) == ("nvml-origin", outcome, Severity.FLAG)
    assert is_drivers_own(library) is (outcome is Outcome.PASSED)
    if outcome is not Outcome.PASSED:
        assert only(make_run(environment={"nvml_origin": library or None})) == found


def test_the_origin_is_read_from_the_process(tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    maps.write_text("7f00-7f01 r-xp 00000000 08:01 1  /opt/double/libnvidia-ml.so.1\n")
    assert nvml_origin(maps) == "/opt/double/libnvidia-ml.so.1"
    maps.write_text("7f00-7f01 r-xp 00000000 08:01 1  /usr/lib/libc.so.6\n")
    assert nvml_origin(maps) == ""
    assert nvml_origin(tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("known", "library", "outcome"),
    [
        ("seen", DRIVERS_OWN, Outcome.PASSED),
        ("vouched", DRIVERS_OWN, Outcome.PASSED),
        ("vouched", DOUBLE, Outcome.PASSED),
        ("unknown", DRIVERS_OWN, Outcome.FAILED),
        (None, DRIVERS_OWN, Outcome.FAILED),
        ("unknown", "", Outcome.FAILED),
        ("unknown", DOUBLE, Outcome.UNVERIFIABLE),
    ],
)
def test_it_is_known_that_the_gpu_is_the_runs_alone(
    known: Exclusivity | None, library: str, outcome: Outcome
) -> None:
    found = exclusive(known, library)
    assert (found.name, found.outcome) == ("exclusive", outcome)


def test_a_gpu_that_nobody_vouches_for_rejects_the_run() -> None:
    rejects_alone("exclusive", make_run(environment={"exclusive": "unknown"}))


def test_a_cpu_and_a_replay_have_no_boards_to_look_at() -> None:
    environment = make_run().environment
    assert of_environment(environment, catalogue.hardware("cpu")) == []
    assert of_environment(environment.model_copy(update={"boards": ()}), T4) == []
    names = set(judged(make_run(environment={"boards": ()})))
    assert not names & {"gpu-count", "mig-off", "exclusive", "not-throttled", "counter-agrees-with-power"}


def test_a_board_is_recognised_without_its_uuid() -> None:
    assert uuid_hash("GPU-1") == uuid_hash("GPU-1") != uuid_hash("GPU-2")
    assert "GPU-1" not in uuid_hash("GPU-1")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {"power_limit_w": 500.0}, "power limit of GPU 0 was 700 W before the run and 500 W after it"),
        ({"mig": False}, {"mig": True}, "MIG of GPU 0 was off before the run and on after it"),
        ({"ecc": True}, {"ecc": False}, "ECC of GPU 0 was on before the run and off after it"),
        ({"sm_clock_mhz": 1980}, {"sm_clock_mhz": 1200}, "SM clock of GPU 0 was 1980 MHz before"),
        ({}, {"uuid_hash": "f" * 64}, "not those from before"),
    ],
)
def test_a_board_that_is_set_otherwise_after_the_run(
    before: dict[str, Any], after: dict[str, Any], words: str
) -> None:
    was = of(SXM, **before)
    finding = unchanged([was], [was.model_copy(update=after)])
    assert (finding.name, finding.outcome) == ("boards-unchanged", Outcome.FAILED)
    assert finding.rejects
    assert words in finding.message


def test_what_one_look_did_not_tell_has_not_changed() -> None:
    was = of(SXM, mig=None, sm_clock_mhz=1980)
    now = was.model_copy(update={"mig": False, "sm_clock_mhz": None, "power_limit_w": None})
    for finding in (unchanged([was], [was]), unchanged([was], [now]), unchanged([now], [was])):
        assert finding.outcome is Outcome.PASSED
    assert unchanged([was], []).outcome is Outcome.FAILED
