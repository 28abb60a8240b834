from __future__ import annotations

from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import Device, ModelReport, Outcome, Run, Severity
from runners.bench import observed
from runners.bench.gpu import Gpu, GpuFacts, is_drivers_own, nvml_origin
from runners.bench.judge import judge, verdict
from runners.bench.trace import Sample, integrated_j
from tests import builders
from tests.runners.conftest import make_plan

T4 = catalogue.hardware("t4-16gb")


def made(energies: tuple[float, ...] = (10.0, 10.0, 10.0), **fields: Any) -> Run:
    """A run of `make_plan()` with windows of one pass over four queries."""
    plan = fields.pop("plan", make_plan())
    changed = {"queries": 4, "passes": 1, **fields.pop("window", {})}
    windows = [
        builders.window(energy, repeat, phase=phase, **changed)
        for phase in catalogue.task(plan.task).phases
        for repeat, energy in enumerate(energies)
    ]
    defaults = {"windows": tuple(windows), "environment": builders.environment(sandbox="bubblewrap")}
    return builders.run(plan, **{**defaults, **fields})


def outcomes(run: Run) -> dict[str, tuple[Outcome, Severity]]:
    task, hardware = catalogue.task(run.plan.task), catalogue.hardware(run.plan.hardware)
    found = judge(run, task, hardware, catalogue.profile(run.plan.profile.id))
    assert all(finding.message for finding in found)
    assert all(finding.remedy for finding in found if finding.outcome is Outcome.FAILED)
    return {finding.name: (finding.outcome, finding.severity) for finding in found}


def on_a_t4(**fields: Any) -> Run:
    plan = make_plan(
        hardware="t4-16gb",
        device=Device.CUDA,
        profile=catalogue.profile("official"),
        model=builders.model_ref(precision="fp16"),
        dataset=make_plan().dataset.model_copy(update={"revision": "b" * 40}),
        block=4,
    )
    machine = {"device": Device.CUDA, "gpu_name": "Tesla T4", "gpus": 1, "sandbox": "bubblewrap"}
    environment = builders.environment(**{**machine, **fields.pop("environment", {})})
    defaults: dict[str, Any] = {
        "plan": plan,
        "environment": environment,
        "model": ModelReport(params=1, dtype="float16", architecture="BertModel"),
        "idle_power_w": 10.0,
        "window": {"end_s": 1000.0, "start_s": 900.0},
        "energies": (5000.0, 5010.0, 5005.0),
    }
    return made(**{**defaults, **fields})


def test_a_good_official_run_passes_everything() -> None:
    assert {outcome for outcome, _ in outcomes(on_a_t4()).values()} == {Outcome.PASSED}


@pytest.mark.parametrize(
    ("energies", "expected"),
    [
        ((10.0, 10.1, 10.0), (Outcome.PASSED, Severity.REJECT)),
        ((10.0, 10.6, 10.0), (Outcome.FAILED, Severity.FLAG)),
        ((10.0, 14.0, 10.0), (Outcome.FAILED, Severity.FLAG)),
    ],
)
def test_a_quick_run_on_a_cpu_is_at_most_flagged_for_its_spread(
    energies: tuple[float, ...], expected: tuple[Outcome, Severity]
) -> None:
    assert outcomes(made(energies))["windows-agree"] == expected


@pytest.mark.parametrize(
    ("energies", "expected"),
    [
        ((5000.0, 5050.0, 5000.0), (Outcome.PASSED, Severity.REJECT)),
        ((5000.0, 5300.0, 5000.0), (Outcome.FAILED, Severity.FLAG)),
        ((5000.0, 6000.0, 5000.0), (Outcome.FAILED, Severity.REJECT)),
    ],
)
def test_an_official_run_is_rejected_for_its_spread(
    energies: tuple[float, ...], expected: tuple[Outcome, Severity]
) -> None:
    assert outcomes(on_a_t4(energies=energies))["windows-agree"] == expected


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"window": {"end_s": 910.0, "start_s": 900.0}, "energies": (500.0,) * 3}, "windows-whole"),
        ({"window": {"end_s": 1000.0, "start_s": 900.0, "passes": 2}}, "windows-whole"),
        ({"window": {"end_s": 1000.0, "start_s": 900.0, "tokens_in": 4 * 128 * 2 + 1}}, "tokens-as-budgeted"),
        ({"environment": {"gpu_name": "Tesla P4"}}, "hardware-matches"),
        ({"environment": {"gpus": 2}}, "hardware-matches"),
        ({"environment": {"device": Device.CPU}}, "hardware-matches"),
        ({"energies": (700.0,) * 3}, "power-plausible"),
        ({"energies": (7400.0,) * 3}, "power-plausible"),
        ({"model": ModelReport(params=1, dtype="float32", architecture="B")}, "precision-as-planned"),
    ],
)
def test_one_fault_rejects_an_official_run(fields: dict[str, Any], name: str) -> None:
    found = outcomes(on_a_t4(**fields))
    assert found[name] == (Outcome.FAILED, Severity.REJECT)
    assert [other for other, (outcome, _) in found.items() if outcome is not Outcome.PASSED] == [name]


def test_what_a_quick_run_is_only_flagged_for() -> None:
    found = outcomes(made(environment=builders.environment(sandbox="none")))
    flagged = {name for name, verdict in found.items() if verdict == (Outcome.FAILED, Severity.FLAG)}
    assert flagged == {"dataset-pinned", "profile-as-catalogued", "sandboxed"}
    assert found["power-plausible"] == (Outcome.UNVERIFIABLE, Severity.NOTE)


def test_an_official_profile_of_ones_own_is_rejected() -> None:
    plan = on_a_t4().plan
    changed = plan.model_copy(update={"profile": plan.profile.model_copy(update={"window_s": 1.0})})
    assert outcomes(on_a_t4(plan=changed))["profile-as-catalogued"] == (Outcome.FAILED, Severity.REJECT)


@pytest.mark.parametrize(("written", "passes"), [(512, True), (511, False), (513, False)])
def test_text_is_exactly_as_long_as_the_task_says(written: int, passes: bool) -> None:
    run = made(plan=make_plan("text-generation"))
    windows = [
        window.model_copy(update={"tokens_out": written if window.phase == "generate" else 0})
        for window in run.windows
    ]
    found = outcomes(run.model_copy(update={"windows": tuple(windows)}))["tokens-as-budgeted"]
    assert (found[0] is Outcome.PASSED) is passes


def test_the_verdict_counts() -> None:
    run = made()
    found = judge(run, catalogue.task(run.plan.task), catalogue.hardware("cpu"), catalogue.profile("quick"))
    assert verdict(found) == "7 checks passed, 2 flagged, 0 reject, 1 not verifiable"


def gpu(**fields: Any) -> Gpu:
    defaults: dict[str, Any] = {
        "name": "Tesla T4",
        "uuid": "GPU-1",
        "memory_bytes": 15_843_721_216,
        "power_limit_w": 70.0,
        "default_power_limit_w": 70.0,
        "compute_capability": "7.5",
    }
    return Gpu(**{**defaults, **fields})


def facts(*gpus: Gpu, origin: str = "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1") -> GpuFacts:
    return GpuFacts(driver="580", origin=origin, gpus=gpus or (gpu(),))


def test_the_classes_own_board_matches() -> None:
    assert observed.board(facts(), T4).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"power_limit_w": 60.0}, "power limit of 60 W"),
        ({"default_power_limit_w": 75.0}, "default being 75 W"),
        ({"compute_capability": "8.0"}, "compute capability 8.0"),
        ({"memory_bytes": 32 * 10**9}, "32 GB instead of 16 GB"),
    ],
)
def test_a_changed_board_is_rejected(fields: dict[str, Any], words: str) -> None:
    found = observed.board(facts(gpu(**fields)), T4)
    assert found.rejects
    assert words in found.message


@pytest.mark.parametrize(
    ("used", "measured", "agrees"),
    [(("GPU-1",), (0,), True), (("GPU-2",), (0,), False), ((), (0,), False), (("GPU-1",), (1,), False)],
)
def test_what_is_used_is_what_is_measured(
    used: tuple[str, ...], measured: tuple[int, ...], agrees: bool
) -> None:
    assert observed.gpus_measured(facts(), used, measured).rejects is not agrees


def test_a_board_is_recognised_without_its_uuid() -> None:
    assert gpu().uuid_hash == gpu().uuid_hash != gpu(uuid="GPU-2").uuid_hash
    assert "GPU-1" not in gpu().uuid_hash


@pytest.mark.parametrize(
    ("origin", "outcome"),
    [
        ("/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1", Outcome.PASSED),
        ("/home/me/double/libnvidia-ml.so.1", Outcome.FAILED),
        ("/usr/libx/libnvidia-ml.so.1", Outcome.FAILED),
        ("", Outcome.UNVERIFIABLE),
    ],
)
def test_an_nvml_from_elsewhere_is_told_apart(origin: str, outcome: Outcome) -> None:
    assert observed.nvml(facts(origin=origin)).outcome is outcome
    assert is_drivers_own(origin) is (outcome is Outcome.PASSED)


def test_the_origin_is_read_from_the_process(tmp_path: Any) -> None:
    maps = tmp_path / "maps"
    maps.write_text("7f00-7f01 r-xp 00000000 08:01 1  /opt/double/libnvidia-ml.so.1\n")
    assert nvml_origin(maps) == "/opt/double/libnvidia-ml.so.1"
    assert nvml_origin(tmp_path / "none") == ""


class FakeTrace:
    """What `counter_agrees` reads of a trace."""

    def __init__(self, power_w: float, lost: str = "") -> None:
        self.samples = [Sample(100.0 + n / 10, power_w, "forward") for n in range(-5, 100)]
        self.lost = lost


@pytest.mark.parametrize(
    ("power_w", "lost", "outcome"),
    [
        (10.0, "", Outcome.PASSED),
        (10.2, "", Outcome.PASSED),
        (10.5, "", Outcome.FAILED),
        (10.0, "The GPU was lost.", Outcome.UNVERIFIABLE),
    ],
)
def test_the_counter_is_held_against_the_power(power_w: float, lost: str, outcome: Outcome) -> None:
    window = builders.window(50.0, start_s=100.0, end_s=105.0)
    trace: Any = FakeTrace(power_w, lost)
    assert observed.counter_agrees([window], trace).outcome is outcome


def test_a_window_too_short_for_the_trace_is_not_judged_by_it() -> None:
    trace: Any = FakeTrace(10.0)
    window = builders.window(10.0, start_s=100.0, end_s=101.0)
    assert integrated_j(trace.samples, window) is None
    assert observed.counter_agrees([window], trace).outcome is Outcome.UNVERIFIABLE


def test_the_trace_is_integrated_to_the_windows_edges() -> None:
    trace: Any = FakeTrace(10.0)
    window = builders.window(50.0, start_s=100.03, end_s=105.07)
    assert integrated_j(trace.samples, window) == pytest.approx(50.4)
