"""Runs: what was measured. METHOD §3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from leaderboard.domain.errors import WrongSchema
from leaderboard.domain.findings import Finding, rejections
from leaderboard.domain.hardware import Environment
from leaderboard.domain.plans import Plan
from leaderboard.domain.provenance import Provenance
from leaderboard.domain.serving import Serving
from leaderboard.domain.units import Count, EnergyJ, Positive, PowerW, Seconds, Spread
from leaderboard.domain.windows import Stage, Window
from leaderboard.domain.words import Instant, Word, first_fault

if TYPE_CHECKING:
    from leaderboard.domain.sweeps import Sweep

RUN_SCHEMA: Literal[1] = 1


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
        raise WrongSchema(f"This is not a run record: {first_fault(error)}.", "Measure again.") from error
