"""Words of the domain with defaults, for tests: name what matters, the rest is plausible and valid.

Every builder takes the fields of its word as keywords; `model` may be a plain `org/name`.
Nothing here is random: the same call gives the same word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from leaderboard.domain import (
    Act,
    Bands,
    Board,
    Cause,
    Control,
    DatasetRef,
    Decision,
    Device,
    Edition,
    EditionStatus,
    Environment,
    Event,
    ModelFacts,
    ModelRef,
    ModelReport,
    Notice,
    Outcome,
    Person,
    Plan,
    Profile,
    Progress,
    Proposal,
    Provenance,
    QualityResult,
    Rating,
    Reference,
    Rule,
    Run,
    Stage,
    Status,
    Submission,
    Window,
    board_of,
    rating_id,
    series_of,
)

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
"""The moment at which everything happens unless a test says otherwise."""


def sha(text: str = MODEL) -> str:
    """A commit sha (40 hex digits) that belongs to the text."""
    return hashlib.sha1(text.encode()).hexdigest()


def model_ref(repo_id: str = MODEL, **fields: Any) -> ModelRef:
    return ModelRef(**{"repo_id": repo_id, "sha": sha(repo_id), "precision": "fp32", **fields})


def facts(repo_id: str = MODEL, **fields: Any) -> ModelFacts:
    defaults = {
        "repo_id": repo_id,
        "sha": sha(repo_id),
        "params": 22_713_216,
        "licence": "apache-2.0",
        "architectures": ("BertModel",),
        "model_type": "bert",
        "library": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "safetensors": True,
        "weights_bytes": 90_868_376,
        "weights_hash": hashlib.sha256(repo_id.encode()).hexdigest(),
        "fetched_files": 7,
        "fetched_bytes": 91_600_000,
        "largest_file_bytes": 90_868_376,
    }
    return ModelFacts(**{**defaults, **fields})


def profile(**fields: Any) -> Profile:
    """`quick` of METHOD §3.4."""
    defaults = {
        "id": "quick",
        "starts": 1,
        "windows": 3,
        "window_s": 1.0,
        "idle_s": 2.0,
        "warmup_slice_s": 1.0,
        "warmup_queries": 10,
        "block": 16,
    }
    return Profile(**{**defaults, **fields})


def plan(model: ModelRef | str = MODEL, **fields: Any) -> Plan:
    """Sentence similarity on a CPU, quick; another model, seed or occasion is another run key."""
    defaults = {
        "model": model_ref(model) if isinstance(model, str) else model,
        "task": "sentence-similarity",
        "task_version": 1,
        "task_hash": "0" * 64,
        "hardware": "cpu",
        "device": Device.CPU,
        "protocol": "offline-b1",
        "dataset": DatasetRef(
            repo_id="AIEnergyScore/sentence_similarity", split="train", columns=("sentence1", "sentence2")
        ),
        "block": 16,
        "max_input_tokens": 128,
        "seed": 1,
        "profile": profile(),
        "harness": "0.1.0",
        "expected_duration_s": 20.0,
    }
    return Plan(**{**defaults, **fields})


def submission(plan_: Plan | None = None, **fields: Any) -> Submission:
    """A submission of a plan; its id follows from the plan's run key unless given."""
    chosen = plan_ or plan()
    defaults = {
        "id": chosen.run_key[-12:],
        "plan": chosen,
        "facts": facts(chosen.model.repo_id, sha=chosen.model.sha),
        "submitted_by": "local",
        "submitted_at": NOON,
    }
    return Submission(**{**defaults, **fields})


def event(status: Status, **fields: Any) -> Event:
    return Event(**{"status": status, "at": NOON, "actor": "space", "message": status.sentence, **fields})


def received_and_queued() -> list[Event]:
    """The first two events of every accepted submission."""
    return [event(Status.RECEIVED, actor="local"), event(Status.QUEUED)]


def progress(fraction: float = 0.5, **fields: Any) -> Progress:
    defaults = {"fraction": fraction, "message": "window 2 of 3", "remaining_s": 10.0, "heartbeat_at": NOON}
    return Progress(**{**defaults, **fields})


def board(index: int = 0, **fields: Any) -> Board:
    """A Tesla T4 as it left the factory; another index is another board."""
    defaults = {
        "index": index,
        "name": "Tesla T4",
        "uuid_hash": hashlib.sha256(f"GPU-{index}".encode()).hexdigest(),
        "memory_gb": 15.84,
        "compute_capability": "7.5",
        "power_limit_w": 70.0,
        "default_power_limit_w": 70.0,
        "mig": False,
        "sm_clock_mhz": 1590,
        "default_sm_clock_mhz": 1590,
    }
    return Board(**{**defaults, **fields})


def environment(**fields: Any) -> Environment:
    defaults = {
        "device": Device.CPU,
        "os": "Linux 6.1",
        "python": "3.11.9",
        "cpu_model": "a CPU",
        "cpu_cores": 2,
        "memory_gb": 8.0,
        "meter": "CPU time × watts per core",
        "sandbox": "none",
        "threads": 1,
        "packages": {"torch": "2.13.0"},
    }
    return Environment(**{**defaults, **fields})


def window(energy_j: float = 32.0, repeat: int = 0, **fields: Any) -> Window:
    defaults = {
        "phase": "forward",
        "start": 0,
        "repeat": repeat,
        "start_s": 100.0 + 2 * repeat,
        "end_s": 102.0 + 2 * repeat,
        "energy_j": energy_j,
        "queries": 64,
        "passes": 4,
    }
    return Window(**{**defaults, **fields})


def stage(kind: str = "warm-up", **fields: Any) -> Stage:
    """Ten seconds at 60 W in the first process start."""
    defaults = {"kind": kind, "start": 0, "start_s": 10.0, "end_s": 20.0, "energy_j": 600.0, "queries": 1000}
    return Stage(**{**defaults, **fields})


def run(plan_: Plan | None = None, **fields: Any) -> Run:
    """A finished run of a plan: three windows of 0.5 J a query, no findings."""
    chosen = plan_ or plan()
    defaults = {
        "run_key": chosen.run_key,
        "plan": chosen,
        "provenance": Provenance.ESTIMATED,
        "environment": environment(),
        "model": ModelReport(params=22_713_216, dtype="float32", architecture="BertModel"),
        "started_at": NOON,
        "finished_at": NOON.replace(minute=1),
        "windows": tuple(window(repeat=repeat) for repeat in range(3)),
        "energy_per_query_j": 0.5,
        "repeatability_j": 0.0,
        "latency_s": 2 / 64,
        "quality": QualityResult(metric="spearman", value=0.82),
    }
    return Run(**{**defaults, **fields})


def control(run_: Run | None = None, **fields: Any) -> Control:
    """A control that is among the first of its board."""
    of = run_ or run()
    defaults = {
        "id": of.id,
        "board": board_of(of),
        "driver": of.environment.driver,
        "hardware": of.plan.hardware,
        "series": series_of(of),
        "model": of.plan.model.repo_id,
        "task": of.plan.task,
        "energy_per_query_j": of.energy_per_query_j,
        "repeatability_j": of.repeatability_j,
        "idle_power_w": of.idle_power_w,
        "at": of.finished_at,
        "provenance": of.provenance,
        "outcome": Outcome.UNVERIFIABLE,
        "message": "0 of the 3 readings it needs.",
    }
    return Control(**{**defaults, **fields})


def rating(model: str = MODEL, **fields: Any) -> Rating:
    """A three-star row of a development edition; its id follows from what makes the row itself."""
    defaults: dict[str, Any] = {
        "edition": "dev-2026-11",
        "task": "sentence-similarity",
        "hardware": "cpu",
        "model_class": "",
        "protocol": "offline-b1",
        "reasoning": "off",
        "model": model,
        "revision": sha(model),
        "precision": "fp32",
        "energy_wh_per_1000": 0.139,
        "stars": 3,
        "quality": 0.82,
        "quality_metric": "spearman",
        "params": 22_713_216,
        "licence": "apache-2.0",
        "cell_size": 10,
        "provenance": Provenance.ESTIMATED,
        "development": True,
        "rule": Rule.QUINTILE,
        "measured_at": NOON,
    }
    words = {**defaults, **fields}
    if words["stars"] is None:
        words.setdefault("not_rated", "not rated yet")
    itself = ("edition", "task", "hardware", "protocol", "reasoning", "model", "precision", "configuration")
    words.setdefault("id", rating_id(*(str(words.get(name) or "") for name in itself)))
    return Rating(**words)


def notice(subject: str, **fields: Any) -> Notice:
    defaults = {
        "subject": subject,
        "kind": "disputed",
        "reason": "The run was throttled.",
        "author": "local",
        "at": NOON,
    }
    return Notice(**{**defaults, **fields})


def person(name: str = "local", **fields: Any) -> Person:
    return Person(**{"subject": name, "name": name, **fields})


def act(**fields: Any) -> Act:
    """An operator paused a hardware class."""
    defaults = {"at": NOON, "actor": "local", "actor_name": "local", "act": "pause", "subject": "t4-16gb"}
    return Act(**{**defaults, "reason": "The rack is being moved.", **fields})


def proposal(edition: str = "2026-11", **fields: Any) -> Proposal:
    """Half a year is over."""
    defaults: dict[str, Any] = {
        "edition": edition,
        "cause": Cause.HALF_YEAR,
        "cell": "",
        "extent": 1,
        "reason": "It was frozen on 2026-05-02: half a year ago.",
        "at": NOON,
    }
    words = {**defaults, **fields}
    words.setdefault("id", Proposal.id_of(edition, words["cause"], words["cell"], words["extent"]))
    return Proposal(**words)


def decision(proposal: str, **fields: Any) -> Decision:
    defaults = {
        "proposal": proposal,
        "verdict": "declined",
        "reason": "Not yet.",
        "author": "operator",
        "at": NOON,
    }
    return Decision(**{**defaults, **fields})


def edition(id: str = "dev-2026-11", **fields: Any) -> Edition:
    """An open edition of ours; a development one if its id says so (`dev-…`)."""
    defaults = {
        "id": id,
        "title": f"Edition {id}",
        "summary": "For tests.",
        "rule": Rule.QUINTILE,
        "status": EditionStatus.OPEN,
        "dated": date(2026, 11, 2),
        "development": id.startswith("dev-"),
    }
    return Edition(**{**defaults, **fields})


def bands(edges: Iterable[float] = (0.1, 0.2, 0.3, 0.4), **fields: Any) -> Bands:
    """Quintile bands: 5★ at or below the first edge … 1★ above the last."""
    risen = tuple(edges)
    references = tuple(
        Reference(model=f"org/model-{index}", energy=0.05 * (index + 1)) for index in range(10)
    )
    defaults = {
        "rule": Rule.QUINTILE,
        "edges": tuple((edge, 5 - place) for place, edge in enumerate(risen)),
        "references": references,
    }
    return Bands(**{**defaults, **fields})
