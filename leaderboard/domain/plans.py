"""Plans: what is to be measured, and everything that decides the number. METHOD §1, §3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from leaderboard.domain.errors import WrongSchema
from leaderboard.domain.hardware import Device
from leaderboard.domain.ladders import Ladder
from leaderboard.domain.models import ModelRef
from leaderboard.domain.tasks import DatasetRef, Profile, ReasoningMode
from leaderboard.domain.units import Count, Positive, Seconds
from leaderboard.domain.words import KebabId, Word, content_hash, first_fault

if TYPE_CHECKING:
    pass

NONCE = r"^[0-9]{8}-[0-9a-z]{24}$"
"""The last day on which it is taken, a dash, and 120 random bits."""
PLAN_SCHEMA: Literal[1] = 1


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
            f"This is not a plan: {first_fault(error)}.", "Make it with `python -m runners plan`."
        ) from error
