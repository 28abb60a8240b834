"""Whether a model's architecture is known, does a task, and fits a card."""

from __future__ import annotations

from leaderboard import catalogue
from leaderboard.catalogue.architectures import architectures
from leaderboard.domain import (
    Device,
    Finding,
    HardwareClass,
    ModelFacts,
    Precision,
    Task,
    failed,
    passed,
    unverifiable,
    weights_gb,
)
from leaderboard.domain.hardware import BYTES_PER_PARAMETER, FREE_SHARE


def known_architecture(facts: ModelFacts) -> Finding:
    """Whether the pinned libraries load it without code of its repository."""
    known = architectures()
    name = facts.architectures[0] if facts.architectures else None
    versions = f"transformers {known.transformers} and diffusers {known.diffusers}"
    if facts.model_type is not None and facts.model_type not in known.model_types:
        return failed(
            "known-architecture",
            f"Its config names the model type {facts.model_type!r}, which {versions} do not carry.",
            "Submit it once transformers carries it and the runners have that version; we run no other code.",
            model_type=facts.model_type,
        )
    if name is not None and facts.model_type is None and not known.has(name):
        return failed(
            "known-architecture",
            f"{name} is an architecture that {versions} do not carry.",
            "Name an architecture of theirs in config.json, or submit it once they carry it.",
            architecture=name,
        )
    if name is None and facts.model_type is None:
        return unverifiable(
            "known-architecture",
            "The Hub does not say which architecture the model has; it is checked when it is loaded.",
        )
    if name is not None and not known.has(name):
        # The type decides which code is loaded; a class that is only spelt otherwise still loads.
        return unverifiable(
            "known-architecture",
            f"{versions} carry the model type {facts.model_type}, and no class {name}; "
            "whether it loads is seen when it is loaded.",
        )
    return passed("known-architecture", f"{name or facts.model_type} is carried by {versions}.")


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
    able = [other.title for other in fitting_tasks(facts)]
    return failed(
        "fits-the-task",
        f"{facts.architectures[0]} does not do {task.title.lower()}: "
        f"it needs an architecture that ends in {' or '.join(task.architectures)}.",
        f"Choose the task that the model was made for{f' ({_or(able)})' if able else ''}, "
        "or a model made for this task.",
        architectures=list(facts.architectures),
    )


def fitting_tasks(facts: ModelFacts) -> list[Task]:
    """The tasks that the model's architecture does: first the one that its card names, then those of its
    library, then the rest; none where the architecture is not known."""
    able = [
        task
        for task in catalogue.tasks().values()
        if facts.architectures and fits_the_task_at_all(facts, task)
    ]
    return sorted(
        able,
        key=lambda task: (task.id != facts.pipeline_tag, _library_rank(facts.library, task), task.reasoning),
    )


def fits_the_task_at_all(facts: ModelFacts, task: Task) -> bool:
    """Whether one of its architectures ends as the task wants it."""
    return bool(task.architectures) and any(name.endswith(task.architectures) for name in facts.architectures)


def _library_rank(library: str | None, task: Task) -> int:
    return task.libraries.index(library) if library in task.libraries else len(task.libraries)


def precision_as_stored(facts: ModelFacts, precision: Precision) -> Finding:
    """A quantised checkpoint is its own precision, and no other model becomes one here (METHOD §2)."""
    name = "precision-as-stored"
    if facts.quantised_oddly:
        return failed(name, facts.quantised_oddly, "Submit one in int8, int4 or fp8, or the model itself.")
    if facts.quantised is not None and facts.quantised != precision:
        return failed(
            name,
            f"The checkpoint is quantised to {facts.quantised}; {precision} was asked for.",
            f"Choose {facts.quantised}, or leave the precision to us.",
        )
    if facts.quantised is None and precision in ("int8", "int4", "fp8"):
        return failed(
            name,
            f"{precision} was asked for, and the checkpoint is not quantised; we do not quantise it.",
            "Choose another precision, or a checkpoint that is quantised.",
        )
    return passed(name, f"It is measured in {precision}{', as it is stored' if facts.quantised else ''}.")


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
    if facts.quantised is not None:
        # Packed weights are counted by their containers; the files know better.
        need_gb = facts.weights_bytes / 1e9
        formula = f"The quantised weights ({precision}) have {need_gb:,.2f} GB as they are stored"
    if room_gb is None or hardware.memory_gb is None or hardware.device is Device.CPU:
        return passed("fits-the-card", f"{formula}; the memory of {hardware.title} is not fixed.")
    cards = f"{hardware.gpus} × " if hardware.gpus > 1 else ""
    room = f"{cards}{hardware.memory_gb:g} GB × {1 - FREE_SHARE:g}"
    if need_gb > room_gb:
        return failed(
            "fits-the-card",
            f"{formula}; {hardware.title} has room for {room_gb:,.4g} GB ({room}) beside what they work on.",
            "Choose a hardware class with more memory, a smaller precision, or a smaller model.",
            need_gb=need_gb,
            room_gb=room_gb,
        )
    return passed(
        "fits-the-card", f"{formula}, of {room_gb:,.4g} GB ({room}).", need_gb=need_gb, room_gb=room_gb
    )


def _or(names: list[str]) -> str:
    return " or ".join(name.lower() for name in names[:3])
