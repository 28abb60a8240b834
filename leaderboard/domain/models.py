"""Models as the Hub names them, and what is known about them without loading anything."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from leaderboard.domain.errors import BadInput
from leaderboard.domain.hardware import Precision
from leaderboard.domain.tasks import ModelClass
from leaderboard.domain.units import Count, Positive
from leaderboard.domain.words import Word

REVISION = re.compile(r"^\w[\w./+@-]{0,199}$")
REPO_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95}$")
SHA = re.compile(r"^[0-9a-f]{40}$")

# Total parameters, in the safetensors headers (METHOD §5): A fits a T4 in fp16, B one H100 in bf16.
CLASS_A_PARAMS = 7_500_000_000
CLASS_B_PARAMS = 35_000_000_000


def check_repo_id(text: str) -> str:
    """`org/name` as the Hub allows it, or BadInput: no markup, no path tricks, no surrounding space.

    Raises:
        BadInput: the text is not a model id.
    """
    if not REPO_ID.fullmatch(text) or ".." in text or "--" in text:
        raise BadInput(
            f"{_shown(text)} is not a model id.",
            "Write it as the Hub does: organisation/name, as in sentence-transformers/all-MiniLM-L6-v2.",
        )
    return text


def check_revision(text: str) -> str:
    """A branch, a tag or a commit as git allows it, or BadInput.

    Raises:
        BadInput: no reference can be called so.
    """
    if not REVISION.fullmatch(text) or ".." in text or "//" in text or text.endswith(("/", ".lock")):
        raise BadInput(
            f"{_shown(text)} is not a revision.",
            "Give a branch, a tag or a commit sha, as in main; leave it out for the newest commit.",
        )
    return text


def _shown(text: str) -> str:
    """At most forty characters of what was typed, quoted and without control characters."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def model_class(params: int) -> ModelClass:
    """A, B or C by total parameters (METHOD §5)."""
    if params <= CLASS_A_PARAMS:
        return "A"
    return "B" if params <= CLASS_B_PARAMS else "C"


class ModelRef(Word):
    """Exactly which weights, in which precision."""

    repo_id: str
    sha: str = Field(pattern=SHA.pattern)
    """The commit, never a branch."""
    precision: Precision

    @field_validator("repo_id")
    @classmethod
    def _is_an_id(cls, value: str) -> str:
        try:
            return check_repo_id(value)
        except BadInput as error:
            raise ValueError(str(error)) from error

    @property
    def org(self) -> str:
        return self.repo_id.split("/")[0]


class ModelFacts(Word):
    """What the Hub's API says about a model at one commit."""

    repo_id: str
    sha: str = Field(pattern=SHA.pattern)
    params: Positive | None = None
    """Total parameters in the safetensors headers."""
    active_params: Positive | None = None
    licence: str | None = None
    architectures: tuple[str, ...] = ()
    model_type: str | None = None
    gated: bool = False
    private: bool = False
    library: str | None = None
    pipeline_tag: str | None = None
    tags: tuple[str, ...] = ()
    remote_code: bool = False
    """Whether its config asks to run code from the repository (`auto_map`)."""
    safetensors: bool = False
    weights_bytes: Count = 0
    """Size of its safetensors files."""
    weights_hash: str | None = None
    """sha256 over the safetensors files' own hashes and the config: the model's identity (METHOD §5)."""
    missing_weights: tuple[str, ...] = ()
    """Shards that its index lists and that are not there; ten at most."""
    empty_weights: tuple[str, ...] = ()
    """Safetensors files without content; ten at most."""
    index_unread: str = ""
    """An index of shards that could not be read: its name; empty: there is none, or it was read."""
    fetched_files: Count = 0
    """How many of its files a runner would fetch; 0: not known."""
    fetched_bytes: Count = 0
    """Their size together."""
    largest_file_bytes: Count = 0
    """Size of the largest of them."""
    quantised: Precision | None = None
    """The precision that a quantised checkpoint declares; None: it is not quantised, or not as we measure."""
    quantised_oddly: str = ""
    """Why a quantised checkpoint has no precision of ours; empty: it has, or it is not quantised."""
    access: bool = False
    """Whether the account that runners fetch with may read it although it is gated."""
