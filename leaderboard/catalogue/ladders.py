"""The ladder that a sweep climbs: the protocol's batches in the hardware class's precisions (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from leaderboard.domain import BadInput, HardwareClass, Ladder, ModelRef, Precision, Profile, Protocol, Task

OF_CHECKPOINTS: Final[tuple[Precision, ...]] = ("fp8", "int8", "int4")
"""Precisions that a checkpoint brings or has not: it cannot be loaded in another one."""


def ladder_of(
    protocol: Protocol,
    hardware: HardwareClass,
    model: ModelRef,
    profile: Profile,
    batches: Sequence[int] | None = None,
    precisions: Sequence[Precision] | None = None,
) -> Ladder | None:
    """The rungs of a plan; None where its protocol is no sweep.

    Args:
        batches: None takes the protocol's; others are for quick runs.
        precisions: None takes the card's, and of a quantised checkpoint its own.

    Raises:
        BadInput: the protocol is no sweep, the batches are none that it may have, or the card lacks a
            precision; the remedy lists what there is.
    """
    if not protocol.batches:
        if batches is not None or precisions is not None:
            raise BadInput(
                f"The protocol {protocol.id} has no ladder.", "Leave the batches out, or plan offline-sweep."
            )
        return None
    if batches is not None:
        _check_batches(batches, protocol, profile)
    for precision in precisions or ():
        if precision not in hardware.precisions:
            raise BadInput(
                f"{hardware.title} is not measured in {precision}.",
                f"Choose among {', '.join(hardware.precisions)}.",
            )
    own = (model.precision,) if model.precision in OF_CHECKPOINTS else hardware.precisions
    return Ladder(batches=tuple(batches or protocol.batches), precisions=tuple(precisions or own))


def block_of(task: Task, profile: Profile, protocol: Protocol) -> int:
    """Queries of the block: the task's or the profile's, and enough for a sweep's largest batch."""
    return max(profile.block or task.block, *protocol.batches, 1)


def _check_batches(batches: Sequence[int], protocol: Protocol, profile: Profile) -> None:
    given, due = ", ".join(map(str, batches)), ", ".join(map(str, protocol.batches))
    if not batches or batches[0] != 1 or list(batches) != sorted(set(batches)):
        raise BadInput(f"The batches {given or 'none'} are no ladder.", "Begin with 1, and let them rise.")
    if not set(batches) <= set(protocol.batches):
        raise BadInput(f"The batches {given} are not all of {protocol.id}.", f"It has {due}.")
    if profile.id == "official" and tuple(batches) != protocol.batches:
        raise BadInput(
            f"An official sweep has every batch, not only {given}.",
            f"Leave the batches out ({due}), or use the quick profile.",
        )
