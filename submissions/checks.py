"""The checks of a repository before a submission is queued: one function each, a Finding with its remedy.

They judge facts from the Hub's API; no weights are opened (DESIGN §7). `fitting` has those of task and card,
`doubles` those that need the record.
"""

from __future__ import annotations

from leaderboard.domain import (
    Finding,
    HardwareClass,
    ModelFacts,
    Plan,
    Precision,
    Severity,
    Task,
    failed,
    passed,
    unverifiable,
)
from submissions import fitting

# Nobody measures more than this on one card of ours; refused before any download.
LARGEST_WEIGHTS_BYTES = 300_000_000_000
LARGEST_FETCH_BYTES = 320_000_000_000
"""Weights, vocabularies and configuration together."""
LARGEST_FILE_BYTES = 60_000_000_000
"""A shard as its makers cut it has 5 to 50 GB."""
MOST_FILES = 2000


def check_model(
    facts: ModelFacts, task: Task, hardware: HardwareClass, precision: Precision, account: str = ""
) -> list[Finding]:
    """All checks of one model for one task on one hardware class, in the order a person mends them.

    `account`: the Hub account that gated models are fetched with; empty: nobody's.
    """
    return [
        is_public(facts),
        not_gated(facts, account),
        has_safetensors(facts),
        weights_are_complete(facts),
        small_enough_to_fetch(facts),
        needs_no_remote_code(facts),
        fitting.known_architecture(facts),
        fitting.fits_the_task(facts, task),
        fitting.precision_as_stored(facts, precision),
        fitting.fits_the_card(facts, hardware, precision),
        states_a_licence(facts),
    ]


def is_at_commit(facts: ModelFacts, revision: str | None) -> Finding:
    """The commit that was found; that there is one was seen when the Hub was asked."""
    said = revision or "the main branch"
    return passed("revision", f"{said} is commit {facts.sha}: exactly this is measured.", sha=facts.sha)


def queries_pinned(plan: Plan) -> Finding:
    """Whether a runner would take the plan: an official run needs a commit of its queries (METHOD §2)."""
    if plan.dataset.revision is not None or plan.profile.id != "official":
        return passed("queries-pinned", "Every run gets the same queries.", Severity.FLAG)
    return failed(
        "queries-pinned",
        f"The queries of this task ({plan.dataset.repo_id}) are not pinned here yet, so that a runner would "
        "refuse the run.",
        "An operator pins them with `python -m leaderboard catalogue pin`. You may submit now: what a runner "
        "refuses for this can be run again.",
        severity=Severity.FLAG,
    )


def gated_model(repo_id: str, account: str = "") -> Finding:
    """A model behind a gate, with how to open it for the account that runners fetch with."""
    if account:
        return failed(
            "not-gated",
            f"{repo_id} is gated, and the account {account}, which runners fetch with, was not let in.",
            f"Grant access to {account} on the Hub, in the model's settings under Access requests; "
            "or switch gating off.",
        )
    return failed(
        "not-gated",
        f"{repo_id} is gated: runners of this Space fetch without an account and could not read it.",
        "Switch gating off in the model's settings on the Hub, submit an ungated copy of yours, or measure "
        "it yourself and hand the run in as attested.",
    )


def is_public(facts: ModelFacts) -> Finding:
    if facts.private:
        return failed(
            "public",
            f"{facts.repo_id} is private.",
            "Make it public in the model's settings on the Hub; or measure it yourself and hand the run in "
            "as attested.",
        )
    return passed("public", "The model is public.")


def not_gated(facts: ModelFacts, account: str = "") -> Finding:
    if not facts.gated:
        return passed("not-gated", "The model is not gated.")
    if facts.access and account:
        return passed(
            "not-gated", f"The model is gated, and {account}, which runners fetch with, may read it."
        )
    return gated_model(facts.repo_id, account)


def has_safetensors(facts: ModelFacts) -> Finding:
    if not facts.safetensors:
        return failed(
            "safetensors",
            f"{facts.repo_id} has no safetensors weights; other formats can run code when they are read.",
            "Upload the weights with `model.save_pretrained(...)`, which writes safetensors, "
            "or use the Hub's conversion tool.",
        )
    if facts.weights_bytes > LARGEST_WEIGHTS_BYTES:
        return failed(
            "safetensors",
            f"The weights take {_gb(facts.weights_bytes)}; at most {_gb(LARGEST_WEIGHTS_BYTES)} are fetched.",
            "Submit a smaller model.",
            bytes=facts.weights_bytes,
        )
    return passed("safetensors", "The weights are safetensors.", bytes=facts.weights_bytes)


def weights_are_complete(facts: ModelFacts) -> Finding:
    """Every shard that an index lists is there, and no file is empty."""
    if facts.missing_weights:
        return failed(
            "weights-complete",
            f"The index of the weights lists files that are not there: {_some(facts.missing_weights)}.",
            "Upload the missing files, or write index and weights anew with `model.save_pretrained(...)`.",
            missing=list(facts.missing_weights),
        )
    if facts.empty_weights:
        return failed(
            "weights-complete",
            f"Files of weights are empty: {_some(facts.empty_weights)}.",
            "Upload them again; an upload that was broken off leaves such files.",
            empty=list(facts.empty_weights),
        )
    if facts.index_unread:
        return unverifiable(
            "weights-complete",
            f"{facts.index_unread} could not be read; the runner sees whether all weights are there.",
        )
    return passed("weights-complete", "All files of the weights are there.")


def small_enough_to_fetch(facts: ModelFacts) -> Finding:
    """What a runner would fetch, against the caps on all of it and on each file."""
    if facts.fetched_files == 0:
        return unverifiable("download-size", "The Hub does not tell how large the model's files are.")
    said = f"A runner fetches {facts.fetched_files:,} files with {_gb(facts.fetched_bytes)}"
    for what, have, most, show in (
        ("files", facts.fetched_files, MOST_FILES, lambda count: f"{count:,}"),
        ("bytes in all", facts.fetched_bytes, LARGEST_FETCH_BYTES, _gb),
        ("bytes in one file", facts.largest_file_bytes, LARGEST_FILE_BYTES, _gb),
    ):
        if have > most:
            return failed(
                "download-size",
                f"{said}; that is {show(have)} where {show(most)} are allowed ({what}).",
                "Take files that are not needed out of the repository, or cut the weights into small shards.",
                files=facts.fetched_files,
                bytes=facts.fetched_bytes,
                largest_bytes=facts.largest_file_bytes,
            )
    return passed("download-size", f"{said}.", files=facts.fetched_files, bytes=facts.fetched_bytes)


def needs_no_remote_code(facts: ModelFacts) -> Finding:
    if facts.remote_code:
        return failed(
            "no-remote-code",
            f"{facts.repo_id} asks to run code of its own repository (`auto_map`), which we never do.",
            "Use an architecture that transformers carries, and take `auto_map` out of config.json.",
        )
    return passed("no-remote-code", "No code of the repository is needed.")


def states_a_licence(facts: ModelFacts) -> Finding:
    if facts.licence is None:
        return failed(
            "licence",
            "The model card states no licence, so readers cannot tell whether they may use the model.",
            "Add `license:` to the model card.",
            severity=Severity.NOTE,
        )
    return passed("licence", f"Licence: {facts.licence}.", severity=Severity.NOTE)


def _gb(size: int) -> str:
    return f"{size / 1e9:,.3g} GB" if size < 100e9 else f"{size / 1e9:,.0f} GB"


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
