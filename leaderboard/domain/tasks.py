"""Tasks and protocols: the same work for every model (METHOD §2)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)

from leaderboard.domain.units import Positive
from leaderboard.domain.words import KebabId, Word

ReasoningMode = Literal["off", "on", "low", "medium", "high"]
ModelClass = Literal["A", "B", "C", ""]
SERVE = "serve"
"""The one phase of a served request: its server reads and writes in one go, many requests together."""
REPO = r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$"
Engine = Literal[
    "automatic-speech-recognition",
    "image-captioning",
    "image-classification",
    "image-generation",
    "object-detection",
    "question-answering",
    "reasoning",
    "sentence-similarity",
    "summarization",
    "text-classification",
    "text-generation",
]
"""The pipelines of `runners/bench/tasks`."""
DataSetId = Annotated[str, StringConstraints(pattern=REPO)]
"""A data set's repository on the Hub, `owner/name`."""
CommitSha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]


class DatasetRef(Word):
    """A data set on the Hub; `revision` is None until it is pinned, and then a commit sha."""

    repo_id: DataSetId
    config: str | None = None
    split: str
    columns: tuple[str, ...] = Field(min_length=1)
    revision: CommitSha | None = None


class Pin(Word):
    """The commit that every task reads a data set at: one row of `catalogue/pins.yaml` (METHOD §2)."""

    revision: CommitSha
    pinned_on: date
    """The day, UTC, on which the commit was the newest and had what the tasks read."""


class Budget(Word):
    """How much one query may read or write."""

    text: str
    """In words, as the table of METHOD §2 says it."""
    tokens: Positive | None = None
    """The cap in tokens, where tokens are the measure."""
    exact: bool = False
    """Whether exactly that many tokens are produced (the first end-of-sequence does not stop it)."""


class Quality(Word):
    """The metric shown beside the energy."""

    metric: str
    direction: Literal["higher", "lower"]
    dataset: DatasetRef | None = None
    """None: scored on the energy queries themselves."""
    labels: tuple[str, ...] = ()
    """Columns that hold what is right, and that the model never sees: of `dataset` where there is one, else
    further columns of the energy queries' data set."""
    block: Positive = 1000
    """Labelled rows that are scored, a fixed block like that of the energy queries; fewer where the data set
    has fewer."""
    judge: str | None = Field(default=None, pattern=REPO)
    """A model that the metric needs (CLIP); it runs beside the model, outside every window."""
    floor: float | None = None
    """At this side of it a model fails ("not better than chance"); None: no floor."""
    floor_text: str = "–"


class Task(Word):
    """One row of `catalogue/tasks/`."""

    id: KebabId
    version: Positive
    title: str
    summary: str
    """One sentence: what one query asks of a model."""
    dataset: DatasetRef
    block: Positive
    """Queries in the fixed block that every window repeats whole (METHOD §3.4)."""
    input: Budget
    output: Budget
    phases: tuple[str, ...] = Field(min_length=1)
    """Phases whose energies add up to the rated energy per query."""
    explains: tuple[str, ...] = ()
    """Phases that are shown and never summed (prefill, decode)."""
    unit: str = "query"
    quality: Quality
    classes: bool = False
    """Whether cells are split by model class (A, B, C by total parameters)."""
    reasoning: bool = False
    """Whether reasoning may be anything but off."""
    engine: Engine
    """The pipeline in `runners/bench/tasks` that runs it."""
    architectures: tuple[str, ...] = ()
    """Endings of `config.architectures` that fit; empty: not checked."""
    libraries: tuple[str, ...] = ()
    """Hub libraries whose models fit the task, most typical first."""

    @property
    def metered(self) -> tuple[str, ...]:
        """Explaining phases that have windows of their own; the others follow from them."""
        return tuple(phase for phase in self.explains if phase != "decode")

    def under(self, protocol: Protocol) -> Task:
        """The task as a protocol puts it on: a served request is one phase, and nothing explains it."""
        if not protocol.serving:
            return self
        return self.model_copy(update={"phases": (SERVE,), "explains": ()})

    @model_validator(mode="after")
    def _measured_phases_are_not_summed_twice(self) -> Task:
        both = set(self.phases) & set(self.explains)
        if both:
            raise ValueError(f"phases both rated and only explaining: {', '.join(sorted(both))}")
        return self


class Protocol(Word):
    """One row of `catalogue/protocols/`; a star compares only inside one protocol."""

    id: KebabId
    title: str
    summary: str
    batch: Positive | None = None
    steps: Positive | None = None
    """Denoising steps of a diffusion model; None: what its makers recommend."""
    tasks: tuple[KebabId, ...] = ()
    """The only tasks it is made for; empty: any."""
    serving: bool = False
    """Whether the queries are requests to an OpenAI-compatible server that runs `batch` of them together."""
    batches: tuple[Positive, ...] = ()
    """The batch sizes of a sweep, rising; empty: it is none."""
    rated: bool
    available: bool = False
    """Whether our runner runs it today."""


class Profile(Word):
    """How long a run measures (METHOD §3.4)."""

    id: Literal["official", "quick"]
    starts: Positive
    """Process starts m."""
    windows: int = Field(ge=2)
    """Windows k of each rated phase in each start."""
    window_s: float = Field(gt=0)
    """Each window lasts at least this long."""
    idle_s: float = Field(gt=0)
    warmup_slice_s: float = Field(gt=0)
    """Length of a warm-up slice; two consecutive ones must agree."""
    warmup_tolerance: float | None = None
    """Largest relative difference of mean power between two slices; None: one pass is enough."""
    warmup_queries: Positive
    block: Positive | None = None
    """Overrides the task's block, and is the most labelled rows that are scored; None: the task's own."""
    output_tokens: Positive | None = None
    """The most tokens written per query, where a task would allow more; None: the task's own."""

    @model_serializer(mode="wrap")
    def _older_plans_keep_their_key(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What came later and few profiles have is left out of the others: a plan hashes its profile too."""
        document: dict[str, Any] = handler(self)
        if document["output_tokens"] is None:
            del document["output_tokens"]
        return document
