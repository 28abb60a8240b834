"""Plans (what is to be measured), windows, and runs (what was measured). METHOD §1, §3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, ValidationError, model_serializer, model_validator

from leaderboard.domain.errors import WrongSchema
from leaderboard.domain.findings import Finding, rejections
from leaderboard.domain.hardware import Device, Environment
from leaderboard.domain.ladders import Ladder
from leaderboard.domain.models import ModelRef
from leaderboard.domain.provenance import Provenance
from leaderboard.domain.serving import Serving
from leaderboard.domain.tasks import DatasetRef, Profile, ReasoningMode
from leaderboard.domain.units import Count, EnergyJ, MonotonicS, Positive, PowerW, Seconds, Spread
from leaderboard.domain.words import Instant, KebabId, Word, content_hash

if TYPE_CHECKING:
    from leaderboard.domain.sweeps import Sweep

NONCE = r"^[0-9]{8}-[0-9a-z]{24}$"
"""The last day on which it is taken, a dash, and 120 random bits."""
PLAN_SCHEMA: Literal[1] = 1
RUN_SCHEMA: Literal[1] = 1


class Plan(Word):
    """Everything that decides the number, before it is measured. The same plan has the same run key."""

    schema_version: Literal[1] = PLAN_SCHEMA
    """Version of this format."""
    model: ModelRef
    """Exactly which weights, in which precision."""
    task: KebabId
    """What one query asks of the model."""
    task_version: Positive
    """Version of the task; a new one is another task for every comparison."""
    task_hash: str
    """Content hash of the task's YAML, so that a changed task is another plan."""
    hardware: KebabId
    """Hardware class it is to be measured on."""
    device: Device
    """Where the model computes. `cpu` under a GPU class is a dry run and never more than simulated."""
    protocol: KebabId
    """How the load is put on (METHOD §2)."""
    reasoning: ReasoningMode = "off"
    """Whether, or how hard, the model reasons before it answers."""
    dataset: DatasetRef
    """Where the queries come from."""
    block: Positive
    """Queries in the fixed block."""
    max_input_tokens: Positive | None = None
    """Longer inputs are cut to this many tokens; None where tokens are not the measure."""
    output_tokens: Positive | None = None
    """Tokens written per query, exactly or at most as the task says."""
    steps: Positive | None = None
    """Denoising steps that the protocol fixes; None: what the model's makers recommend."""
    ladder: Ladder | None = None
    """The rungs of a sweep; None: one measurement, at batch 1."""
    seed: Count
    """Orders the queries of each pass."""
    profile: Profile
    """How long it measures (METHOD §3.4)."""
    harness: str
    """Version of the measuring code."""
    occasion: Count = 0
    """0 for the first measurement; a re-test counts up, so that each has its own run key."""
    nonce: Annotated[str, Field(pattern=NONCE)] | None = None
    """The number that a Space gave out once, for a run on the submitter's own machine; None: no such run.
    It is part of the run key, from which the order of the queries is drawn."""
    expected_duration_s: Seconds
    """How long the run should take, stated before it starts."""

    @property
    def run_key(self) -> str:
        """sha256 of the plan: one result per key (DESIGN §3)."""
        return content_hash(self)

    @model_serializer(mode="wrap")
    def _older_plans_keep_their_key(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What came later and is asked for by few is left out of all other plans."""
        document: dict[str, Any] = handler(self)
        for later in ("steps", "nonce", "ladder"):
            if document[later] is None:
                del document[later]
        return document


def read_plan(document: object) -> Plan:
    """A plan out of parsed JSON.

    Raises:
        WrongSchema: it is not a plan, or one of a schema version this harness does not know.
    """
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != PLAN_SCHEMA:
        raise WrongSchema(
            f"This is a plan of schema version {version!r}; this harness reads version {PLAN_SCHEMA}.",
            "Make it anew with `python -m runners plan`.",
        )
    try:
        return Plan.model_validate(document)
    except ValidationError as error:
        raise WrongSchema(
            f"This is not a plan: {_first_fault(error)}.", "Make it with `python -m runners plan`."
        ) from error


def _first_fault(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


class Window(Word):
    """Whole passes over the fixed block between two edges; the smallest thing that has an energy."""

    phase: str
    """generate, forward, preprocess, call …"""
    start: Count
    """Which process start it belongs to, from 0."""
    repeat: Count
    """Which window of that phase in that start, from 0."""
    start_s: MonotonicS
    end_s: MonotonicS
    energy_j: EnergyJ
    queries: Positive
    """Queries answered inside, all of them."""
    passes: Positive
    """Whole passes over the block."""
    tokens_in: Count = 0
    """Tokens read inside, after truncation."""
    tokens_out: Count = 0
    """Tokens written inside."""
    audio_s: float = Field(default=0.0, ge=0)
    """Seconds of audio heard inside; 0 where the task has none."""
    answered: Count | None = None
    """Queries with a usable answer; None: a record from before they were counted."""
    worth_queries: float | None = Field(default=None, gt=0)
    """Where a window cuts queries in two (serving): tokens written inside ÷ mean tokens of a query, over all
    of them; None: it holds whole queries."""

    @model_validator(mode="after")
    def _time_runs_forward(self) -> Self:
        if not self.end_s > self.start_s:
            raise ValueError(f"a window must end after it starts: {self.start_s} s to {self.end_s} s")
        return self

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def work_queries(self) -> float:
        """The queries that its energy was spent on: whole ones, or their worth."""
        return self.queries if self.worth_queries is None else self.worth_queries

    @property
    def energy_per_query_j(self) -> float:
        return self.energy_j / self.work_queries

    @property
    def mean_power_w(self) -> float:
        return self.energy_j / self.seconds


class Stage(Word):
    """What a run spends energy on besides its windows: recorded and never rated (METHOD §1)."""

    kind: Literal["idle", "load", "warm-up"]
    start: Count | None = None
    """Which process start it belongs to; None: before the first."""
    start_s: MonotonicS
    end_s: MonotonicS
    energy_j: EnergyJ | None = None
    """None: not metered."""
    queries: Count = 0

    @model_validator(mode="after")
    def _time_runs_forward(self) -> Self:
        if not self.end_s > self.start_s:
            raise ValueError(f"a stage must end after it starts: {self.start_s} s to {self.end_s} s")
        return self

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def mean_power_w(self) -> float | None:
        return None if self.energy_j is None else self.energy_j / self.seconds


class Figures(Word):
    """What else follows from the windows of the rated phases; shown beside the rated figure, never rated."""

    cv: Spread
    """Coefficient of variation over the windows (METHOD §3.6)."""
    mean_power_w: PowerW
    """Mean power over the rated windows, W."""
    net_energy_per_query_j: float | None = None
    """Idle-corrected: gross − idle power × time, J; None where idle cannot be seen. It may be below zero."""
    energy_per_output_token_j: EnergyJ | None = None
    energy_per_image_j: EnergyJ | None = None
    energy_per_audio_second_j: EnergyJ | None = None
    energy_per_correct_answer_j: EnergyJ | None = None
    """Energy ÷ the share of correct answers, where an answer can be correct and some were."""
    prefill_energy_j: EnergyJ | None = None
    """Energy of a pass of one new token, J per query: it explains the figure and is never added to it."""
    decode_energy_j: float | None = None
    """What is left of the generating phase, J per query; near or below zero where a query writes little."""
    queries_per_s: float = Field(gt=0)


class QualityResult(Word):
    """How well the model did the task, or why that is not known."""

    metric: str
    """Name of the quality metric."""
    value: float | None = None
    """In the metric's own unit; None: not known, and `reason` says why."""
    reason: str = ""
    """Why there is no value; empty when there is one."""
    rows: Count = 0
    """Labelled rows that were scored."""
    correct: float | None = Field(default=None, ge=0, le=1)
    """Share of them answered correctly; None where an answer cannot be correct or wrong."""
    beside: dict[str, float] = Field(default_factory=dict)
    """Further figures by name, with the same rows ("BLEU-4")."""

    @model_validator(mode="after")
    def _a_gap_has_a_reason(self) -> Self:
        if self.value is None and not self.reason:
            raise ValueError("quality without a value needs a reason")
        return self


class ModelReport(Word):
    """What was really loaded."""

    params: Positive
    """Total parameters."""
    active_params: Positive | None = None
    """Parameters that work on one token, where fewer than all do."""
    dtype: str
    """dtype of the loaded parameters, as found on them."""
    architecture: str
    """Class name of the model."""
    weights_hash: str | None = None
    """sha256 over the safetensors files' own hashes and the config (METHOD §5)."""
    peak_memory_bytes: Count = 0
    """Most memory held on the device, bytes; 0: not seen."""
    unused_weights: tuple[str, ...] = ()
    """Tensors of a head the task does not use (at most ten names)."""
    kept_fp32: tuple[str, ...] = ()
    """Modules that their library keeps in fp32 whatever is asked for."""
    reasoning_family: str | None = None
    """The catalogue's family whose way of reasoning was used; None: none was."""
    steps: Positive | None = None
    """Denoising steps per image, where the model makes images so."""
    resolution: str | None = None
    """Pixels of an image it makes, width × height."""
    gpu_uuid_hashes: tuple[str, ...] = ()
    """The GPUs that held the model as CUDA tells them, as `Board.uuid_hash`."""


class Run(Word):
    """A finished run: `run.json`. It exists only if every figure in it was really read."""

    schema_version: Literal[1] = RUN_SCHEMA
    """Version of this format."""
    run_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    """sha256 of the canonical JSON of the plan."""
    plan: Plan
    """What was to be measured."""
    provenance: Provenance
    """How far the figure can be trusted: measured, attested, reference, estimated or simulated."""
    environment: Environment
    """What it really ran on, as the runner found it."""
    model: ModelReport
    """What was really loaded."""
    started_at: Instant
    """Wall clock when the run began."""
    finished_at: Instant
    """Wall clock when the run ended."""
    idle_power_w: PowerW | None = None
    """Mean power while nothing ran; None where the meter cannot see it (the CPU-time estimate)."""
    windows: tuple[Window, ...] = Field(min_length=1)
    """Every window of every phase, in the order they were measured."""
    energy_per_query_j: EnergyJ
    """Rated energy per query, J: phases added, means of the starts' means (METHOD §3.7)."""
    repeatability_j: Spread
    """Half-width of the 95 % repeatability interval, J per query (METHOD §5)."""
    comparison_j: Spread | None = None
    """Half-width of the comparison interval, J; None: between-start spread not yet known."""
    latency_s: Seconds | None = None
    """Machine time per query over the rated windows, s: their time ÷ their queries. Where queries are
    answered together, each waits longer: that is a row's `latency_s`."""
    figures: Figures | None = None
    """Spread, power and what else follows; None: a record from before they were kept."""
    stages: tuple[Stage, ...] = ()
    """Idle, load and warm-up, in their order."""
    serving: Serving | None = None
    """The loads of a serving run at every concurrency; None: it was measured otherwise."""
    sweep: Sweep | None = None
    """Every rung of a sweep, of which the figures above are one; None: no sweep."""
    quality: QualityResult
    """How well the model did the task, or why that is not known."""
    findings: tuple[Finding, ...] = ()
    """Every check of the run, passed ones included (METHOD §3.6)."""
    harness_hash: str | None = None
    """sha256 of the files of the code that measures and judges."""

    @model_validator(mode="after")
    def _belongs_to_its_plan(self) -> Self:
        if self.run_key != self.plan.run_key:
            raise ValueError("run_key is not the hash of the plan")
        return self

    @property
    def id(self) -> str:
        """Short id of the run, for addresses: the first twelve hex digits of its key."""
        return self.run_key[:12]

    @property
    def valid(self) -> bool:
        return not rejections(self.findings)


def windows_of(windows: Sequence[Window], phase: str) -> list[list[Window]]:
    """The windows of one phase, grouped by process start, both in order."""
    starts = sorted({window.start for window in windows if window.phase == phase})
    return [
        sorted(
            (window for window in windows if window.phase == phase and window.start == start),
            key=lambda window: window.repeat,
        )
        for start in starts
    ]


def read_run(document: Any) -> Run:
    """A run out of parsed JSON.

    Raises:
        WrongSchema: it is not a run record, or one of another schema version.
    """
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != RUN_SCHEMA:
        raise WrongSchema(
            f"This is a run record of schema version {version!r}; version {RUN_SCHEMA} is read here.",
            "Measure again with the current harness.",
        )
    try:
        return Run.model_validate(document)
    except ValidationError as error:
        raise WrongSchema(f"This is not a run record: {_first_fault(error)}.", "Measure again.") from error
