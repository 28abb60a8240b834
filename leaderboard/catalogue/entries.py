"""The catalogue's entries by name: tasks, hardware classes, protocols, profiles, editions, factors.

Read once for the life of the process; the dictionaries are in display order and not to be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal, TypeVar

from leaderboard.catalogue.loading import FOLDER, load
from leaderboard.catalogue.pins import check_used, pinned, read_pins
from leaderboard.domain import (
    Check,
    DiffusionFamily,
    Edition,
    Factor,
    HardwareClass,
    Plan,
    Profile,
    Protocol,
    ReasoningFamily,
    Task,
    UnknownName,
    content_hash,
)

Kind = Literal["task", "hardware", "protocol"]
PINS = FOLDER / "pins.yaml"
"""The commits that data sets are read at; absent until `leaderboard catalogue pin` has written it."""
_ORDER = FOLDER / "display.yaml"
_Entry = TypeVar("_Entry")


@cache
def written_tasks() -> dict[str, Task]:
    """The tasks as their own files have them, before the pins."""
    return load(Task, FOLDER / "tasks", _ORDER)


@cache
def tasks() -> dict[str, Task]:
    """The tasks of METHOD §2 by id, their data sets at the pinned commits."""
    pins = read_pins(PINS)
    check_used(pins, written_tasks().values(), PINS.name)
    return {id: pinned(task, pins) for id, task in written_tasks().items()}


@cache
def hardware_classes() -> dict[str, HardwareClass]:
    """Our hardware classes by id (METHOD §4)."""
    return load(HardwareClass, FOLDER / "hardware", _ORDER)


@cache
def protocols() -> dict[str, Protocol]:
    """Our protocols by id (METHOD §2)."""
    return load(Protocol, FOLDER / "protocols", _ORDER)


@cache
def profiles() -> dict[str, Profile]:
    """How long runs measure, by id (METHOD §3.4)."""
    return load(Profile, FOLDER / "profiles", _ORDER)


@cache
def checks() -> dict[str, Check]:
    """What is asked of a run, with its thresholds (METHOD §3), by id."""
    return load(Check, FOLDER / "checks", _ORDER)


@cache
def reasoning_families() -> dict[str, ReasoningFamily]:
    """How models of a kind are told to reason, by id; the first that takes a model is its own."""
    return load(ReasoningFamily, FOLDER / "reasoning", _ORDER)


def reasoning_family(model: str, told: str | None = None) -> ReasoningFamily | None:
    """The family of a model, for who wants to know how its reasoning is switched off (`snippet`).

    Args:
        model: organisation/name; found among those that a family names, and guessed from no part of it.
        told: id of the family that a run found in the model's own files; it goes before.

    Returns:
        None where no family is declared for it.
    """
    every = reasoning_families()
    if told is not None and told in every:
        return every[told]
    return next((family for family in every.values() if model in family.models), None)


@cache
def diffusion_families() -> dict[str, DiffusionFamily]:
    """Steps that makers of image models recommend, where they are not the pipeline's own, by id."""
    return load(DiffusionFamily, FOLDER / "diffusion", _ORDER)


@cache
def editions() -> dict[str, Edition]:
    """Our own editions and the reference ones (METHOD §7), by id."""
    return load(Edition, FOLDER / "editions", _ORDER)


@cache
def factors() -> dict[str, Factor]:
    """Factors of the calculator with their sources (METHOD §8), by id, in the order they are applied."""
    return load(Factor, FOLDER / "factors", _ORDER)


def task(id: str) -> Task:
    """The task of that id, or UnknownName with the known ones."""
    return _named("task", tasks(), id)


def hardware(id: str) -> HardwareClass:
    """The hardware class of that id, or UnknownName with the known ones."""
    return _named("hardware class", hardware_classes(), id)


def protocol(id: str) -> Protocol:
    """The protocol of that id, or UnknownName with the known ones."""
    return _named("protocol", protocols(), id)


def profile(id: str) -> Profile:
    """The profile of that id, or UnknownName with the known ones."""
    return _named("profile", profiles(), id)


def check(id: str) -> Check:
    """The check of that id, or UnknownName with the known ones."""
    return _named("check", checks(), id)


def edition(id: str) -> Edition:
    """The edition of that id, or UnknownName with the known ones."""
    return _named("edition", editions(), id)


def task_hash(id: str) -> str:
    """sha256 of a task's content, its pinned commits included: comments and spacing of its YAML do not count.

    Raises:
        UnknownName: no such task.
    """
    return content_hash(task(id))


def task_of(plan: Plan) -> Task:
    """The task of a plan as its protocol puts it on: which phases it has may differ.

    Raises:
        UnknownName: the catalogue has no such task, or no such protocol.
    """
    return task(plan.task).under(protocol(plan.protocol))


_OURS: Mapping[Kind, Callable[[], Mapping[str, Task | HardwareClass | Protocol]]] = {
    "task": tasks,
    "hardware": hardware_classes,
    "protocol": protocols,
}


def title_of(kind: Kind, id: str, edition: str | None = None) -> str:
    """A task, hardware class or protocol in words.

    An edition may bring its own ids (METHOD §7): the named edition's come first, then ours, then those
    of any edition. An id that nobody knows stands for itself.
    """
    every = editions()
    asked = _named_in(kind, every[edition]) if edition in every else {}
    if id in asked:
        return asked[id]
    ours = _OURS[kind]()
    if id in ours:
        return ours[id].title
    for other in every.values():
        foreign = _named_in(kind, other)
        if id in foreign:
            return foreign[id]
    return id


def generation_of(hardware: str) -> str:
    """The generation of a hardware class, ours or an edition's own; empty where nobody tells it."""
    ours = hardware_classes()
    if hardware in ours:
        return ours[hardware].generation
    named = (thing for edition in editions().values() for thing in edition.hardware if thing.id == hardware)
    return next((thing.generation for thing in named), "")


def _named_in(kind: Kind, edition: Edition) -> dict[str, str]:
    things = {"task": edition.tasks, "hardware": edition.hardware, "protocol": edition.protocols}[kind]
    return {thing.id: thing.title for thing in things}


def _named(kind: str, entries: Mapping[str, _Entry], id: str) -> _Entry:
    try:
        return entries[id]
    except KeyError:
        raise UnknownName(kind, id, list(entries)) from None
