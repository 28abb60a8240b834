"""What parent and child say to each other: typed messages, one JSON line each (DESIGN §6).

The parent asks, the child answers. The load is on before, in and after a window, so that its edges lie
in the middle of steady work:

    parent                          child
    Load                    →
                            ←       Ready
    Measure                 →                       works on the phase, uncounted
                            ←       Lead            the first query is done: the load is on
    (counter moves) Go      →                       ends its query, the device is quiet
                            ←       Begin           the first edge; from here it counts
                            ←       Tick …          about once a second: still alive; the last says `near`
                            ←       End             the device is quiet again: the second edge
                            ←       Done            what was counted inside; it works on, uncounted
    (counter moves) Measure …                       or
    Score                   →                       unmetered
                            ←       Output …        one a labelled row
                            ←       Scored
    Stop                    →
                            ←       Bye

At any time the child may say `Failure` instead, and then it ends.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from leaderboard.domain import ChildFailed, Conversation, Device, Precision, Word

LONGEST_LINE = 1 << 20
"""Bytes; a longer line is no message of ours."""


class Load(Word):
    """Load the model and read the queries."""

    kind: Literal["load"] = "load"
    folder: str
    """The model's files, local."""
    queries: str
    """The fixed block, as `blocks.write_block` wrote it."""
    device: Device
    precision: Precision
    max_input_tokens: int | None = None
    output_tokens: int | None = None
    batch: int = Field(default=1, ge=1)
    """Queries answered together."""
    scored_tokens: int | None = None
    """Tokens written for a labelled row: the task's own budget, also where the plan's is smaller."""
    answers_in: str = ""
    """The phase whose answers are kept, where the queries themselves are scored."""
    chat: Conversation | None = None
    """How the model is spoken to, where the task is a conversation."""
    chat_off: Conversation | None = None
    """The same with reasoning off: a switch that makes no difference is none."""
    steps: int | None = None
    """Denoising steps; None: the pipeline's own."""
    guidance: float | None = None
    """Guidance scale; None: the pipeline's own."""
    judge: str | None = None
    """Folder of a model that scores the outputs."""


class Measure(Word):
    """Run one phase between two edges."""

    kind: Literal["measure"] = "measure"
    phase: str
    at_least_s: float = Field(ge=0)
    at_least_queries: int = Field(ge=0)
    whole_passes: bool
    """Whether to end only after whole passes over the block (windows) or after any query (warm-up)."""
    seed: str
    """Orders the queries; the same text gives the same order."""


class Go(Word):
    kind: Literal["go"] = "go"


class Score(Word):
    """Tell what the model makes of labelled rows; nothing is metered."""

    kind: Literal["score"] = "score"
    queries: str | None = None
    """Their file; None: the answers to the block's own queries, as they were given in the windows."""


class Serve(Word):
    """Put one load on a server; `runners.bench.serving.client` answers with Begin, Tick, End, Done."""

    kind: Literal["serve"] = "serve"
    address: str
    """http://host:port, or the path of a Unix socket."""
    path: str
    """/v1/completions or /v1/chat/completions."""
    bodies: str
    """File with one JSON object a query of the block: what each request says."""
    requests: int = Field(ge=1)
    """N."""
    at_once: int = Field(ge=1)
    """B."""
    open_at_most: int = Field(ge=1)
    """Requests that are open at one time: B, where the server has another limit; else more, so that its
    queue never runs dry."""
    seed: str
    """Orders the queries of each pass."""
    stall_s: float = Field(gt=0)
    tokenizer: str | None = None
    """File of the model's own, for counts that differ; None: there is none."""
    answers: str
    """File that takes what came of each request."""


class Stop(Word):
    kind: Literal["stop"] = "stop"


class Ready(Word):
    """The model is loaded and every check of the loading has passed."""

    kind: Literal["ready"] = "ready"
    dtype: str
    """dtype of the parameters, as found on them."""
    architecture: str
    phases: tuple[str, ...]
    """The phases it can run."""
    queries: int = Field(ge=1)
    """Queries of the block."""
    longest_input: int = Field(ge=0)
    """Tokens of the longest input of the block, after truncation."""
    threads: int = Field(ge=1)
    gpu_uuids: tuple[str, ...] = ()
    """UUIDs of the GPUs that hold parameters, as CUDA says them."""
    unused_weights: tuple[str, ...] = ()
    """Tensors of a head that the task does not use (at most ten names)."""
    kept_fp32: tuple[str, ...] = ()
    """Modules that their library keeps in fp32."""
    params: int | None = Field(default=None, ge=1)
    """Parameters as the loaded model counts them, where its files pack several into one number."""
    steps: int | None = None
    resolution: str | None = None
    """Denoising steps, and width × height, of a model that makes images."""


class Lead(Word):
    """The load is on; nothing is counted yet."""

    kind: Literal["lead"] = "lead"


class Begin(Word):
    kind: Literal["begin"] = "begin"
    time_s: float | None = None
    """When, CLOCK_MONOTONIC; None: when it is heard, or, of a load, that it never was steady."""


NEAR_S = 0.5
"""How long before the second edge a child says so, as well as it can tell, seconds."""


class Tick(Word):
    kind: Literal["tick"] = "tick"
    queries: int
    near: bool = False
    """Whether the second edge comes within about `NEAR_S`."""


class End(Word):
    kind: Literal["end"] = "end"
    time_s: float | None = None
    """As of `Begin`."""


class Done(Word):
    """What was counted between the edges."""

    kind: Literal["done"] = "done"
    queries: int = Field(ge=0)
    answered: int = Field(ge=0)
    """Queries with a usable answer: finite vectors, text that was written."""
    passes: int = Field(ge=0)
    """Whole passes over the block."""
    tokens_in: int = Field(ge=0)
    tokens_out: int = Field(ge=0)
    audio_s: float = Field(default=0.0, ge=0)
    """Seconds of audio heard."""


class Output(Word):
    """What the model made of one labelled row."""

    kind: Literal["output"] = "output"
    row: int = Field(ge=0)
    value: Any
    """In the task's own form; `runners.bench.quality` says which."""


class Scored(Word):
    """All outputs are told."""

    kind: Literal["scored"] = "scored"
    rows: int = Field(ge=0)
    labels: tuple[str, ...] = ()
    """Names of the labels that the model knows, where it chooses among some."""


class Bye(Word):
    kind: Literal["bye"] = "bye"
    peak_memory_bytes: int = Field(ge=0)


class Failure(Word):
    """Why it cannot go on."""

    kind: Literal["failure"] = "failure"
    cause: Literal[
        "out-of-memory", "weights", "dtype", "context", "reasoning", "load", "data", "run", "message"
    ]
    message: str


ParentMessage = Load | Measure | Go | Score | Serve | Stop
ChildMessage = Ready | Lead | Begin | Tick | End | Done | Output | Scored | Bye | Failure
type_of_parent = Annotated[ParentMessage, Field(discriminator="kind")]
type_of_child = Annotated[ChildMessage, Field(discriminator="kind")]
_FROM_PARENT: TypeAdapter[ParentMessage] = TypeAdapter(type_of_parent)
_FROM_CHILD: TypeAdapter[ChildMessage] = TypeAdapter(type_of_child)


def encode(message: ParentMessage | ChildMessage) -> bytes:
    """A message as its line, newline included."""
    return message.model_dump_json().encode() + b"\n"


def from_parent(line: bytes) -> ParentMessage:
    """The parent's message in a line; ValueError if it is none."""
    return _FROM_PARENT.validate_json(line)


def from_child(line: bytes) -> ChildMessage:
    """The child's message in a line.

    Raises:
        ChildFailed: the line is not one of its messages; shown with at most eighty characters of it.
    """
    try:
        return _FROM_CHILD.validate_json(line)
    except ValidationError as error:
        shown = line[:80].decode(errors="replace").strip()
        raise ChildFailed(
            f"The process that holds the model wrote something that is no message: {shown!r}.",
            "Its log says more; a library that writes to the pipe must not.",
        ) from error
