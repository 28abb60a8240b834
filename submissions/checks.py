"""The checks before a submission is queued: one function each, each a Finding with its remedy.

They judge facts from the Hub's API; no file of the model is opened (DESIGN §7).
"""

from __future__ import annotations

from leaderboard.domain import (
    Device,
    Finding,
    HardwareClass,
    ModelFacts,
    Precision,
    Severity,
    Task,
    failed,
    passed,
    unverifiable,
    weights_gb,
)
from leaderboard.domain.hardware import BYTES_PER_PARAMETER

# Nobody measures a file of this size on one card of ours; refused before any download.
LARGEST_WEIGHTS_BYTES = 300_000_000_000


def check_model(
    facts: ModelFacts, task: Task, hardware: HardwareClass, precision: Precision
) -> list[Finding]:
    """All checks of one model for one task on one hardware class, in the order a person mends them."""
    return [
        is_public(facts),
        not_gated(facts),
        has_safetensors(facts),
        needs_no_remote_code(facts),
        fits_the_task(facts, task),
        fits_the_card(facts, hardware, precision),
        states_a_licence(facts),
    ]


def gated_model(repo_id: str) -> Finding:
    return failed(
        "not-gated",
        f"{repo_id} is gated: a runner holds no personal token and could not fetch it.",
        "Switch gating off in the model's settings on the Hub, or submit an ungated copy of yours.",
    )


def is_public(facts: ModelFacts) -> Finding:
    if facts.private:
        return failed(
            "public", f"{facts.repo_id} is private.", "Make it public in the model's settings on the Hub."
        )
    return passed("public", "The model is public.")


def not_gated(facts: ModelFacts) -> Finding:
    return gated_model(facts.repo_id) if facts.gated else passed("not-gated", "The model is not gated.")


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
            f"The weights take {facts.weights_bytes / 1e9:,.0f} GB; at most "
            f"{LARGEST_WEIGHTS_BYTES / 1e9:,.0f} GB are fetched.",
            "Submit a smaller model.",
            bytes=facts.weights_bytes,
        )
    return passed("safetensors", "The weights are safetensors.", bytes=facts.weights_bytes)


def needs_no_remote_code(facts: ModelFacts) -> Finding:
    if facts.remote_code:
        return failed(
            "no-remote-code",
            f"{facts.repo_id} asks to run code of its own repository (`auto_map`), which we never do.",
            "Use an architecture that transformers carries, and take `auto_map` out of config.json.",
        )
    return passed("no-remote-code", "No code of the repository is needed.")


def fits_the_task(facts: ModelFacts, task: Task) -> Finding:
    if not task.architectures:
        return passed("fits-the-task", f"Any architecture may do {task.title.lower()}.")
    if not facts.architectures:
        return unverifiable(
            "fits-the-task",
            "The Hub does not say which architecture the model has; it is checked when it is loaded.",
        )
    if any(name.endswith(task.architectures) for name in facts.architectures):
        return passed("fits-the-task", f"{facts.architectures[0]} fits {task.title.lower()}.")
    return failed(
        "fits-the-task",
        f"{facts.architectures[0]} does not do {task.title.lower()}: "
        f"it needs an architecture that ends in {' or '.join(task.architectures)}.",
        "Choose the task that the model was made for, or a model made for this task.",
        architectures=list(facts.architectures),
    )


def fits_the_card(facts: ModelFacts, hardware: HardwareClass, precision: Precision) -> Finding:
    """Parameters × bytes each against the memory of the class, an eighth of which stays free."""
    if facts.params is None:
        return unverifiable(
            "fits-the-card", "The Hub does not count this model's parameters; the runner will see."
        )
    need_gb, room_gb = weights_gb(facts.params, precision), hardware.room_gb
    formula = (
        f"{facts.params:,} parameters × {BYTES_PER_PARAMETER[precision]:g} bytes ({precision}) = "
        f"{need_gb:,.2f} GB of weights"
    )
    if room_gb is None or hardware.device is Device.CPU:
        return passed("fits-the-card", f"{formula}; the memory of {hardware.title} is not fixed.")
    if need_gb > room_gb:
        return failed(
            "fits-the-card",
            f"{formula}; {hardware.title} has room for {room_gb:,.4g} GB beside what they work on.",
            "Choose a hardware class with more memory, a smaller precision, or a smaller model.",
            need_gb=need_gb,
            room_gb=room_gb,
        )
    return passed("fits-the-card", f"{formula}, of {room_gb:,.4g} GB.", need_gb=need_gb, room_gb=room_gb)


def states_a_licence(facts: ModelFacts) -> Finding:
    if facts.licence is None:
        return failed(
            "licence",
            "The model card states no licence, so readers cannot tell whether they may use the model.",
            "Add `license:` to the model card.",
            severity=Severity.NOTE,
        )
    return passed("licence", f"Licence: {facts.licence}.", severity=Severity.NOTE)
