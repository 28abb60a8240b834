"""Holding work back: a hardware class is paused, a runner's machine is drained. What runs already goes on."""

from __future__ import annotations

from leaderboard import catalogue
from leaderboard.domain import BadInput
from leaderboard.domain.machines import check_machine_name
from leaderboard.record import Record
from leaderboard.record.workers import machine_of

LEAVING = "It was told to end, and takes no more work."
LONGEST_REASON = 500


def paused(record: Record) -> dict[str, str]:
    """Hardware classes that are paused → why: nothing of them is handed to runners, all may be submitted."""
    return record.held_back("paused")


def draining(record: Record) -> dict[str, str]:
    """Machines that get no more work → why; what they run they may end."""
    return record.held_back("draining")


def set_aside(record: Record) -> dict[str, str]:
    """Machines that were found unfit to measure → why: no work until their doctor and a control pass."""
    return record.held_back("aside")


def found_fit(record: Record, machine: str) -> bool:
    """Give a machine work again that was set aside; returns whether it was."""
    return record.let_go("aside", machine_of(machine))


def nodes_without_work(record: Record) -> dict[str, dict[str, str]]:
    """Machines that hand work to nodes → those of their nodes that get none → why."""
    found: dict[str, dict[str, str]] = {}
    for name, why in {**set_aside(record), **draining(record)}.items():
        node, at, machine = name.rpartition("@")
        if at:
            found.setdefault(machine, {})[node] = why
    return found


def nodes_to_avoid(record: Record, worker: str) -> tuple[str, ...]:
    """The nodes behind a runner that get no work, in order."""
    return tuple(sorted(nodes_without_work(record).get(machine_of(worker), ())))


def no_work(record: Record) -> dict[str, str]:
    """Runners that get no more work → why: they or their machines are drained, or they said so."""
    drained, why = {**set_aside(record), **draining(record)}, {}
    for row in record.workers():
        for name in (row.worker, machine_of(row.worker)):
            if name in drained:
                why[row.worker] = drained[name]
                break
        else:
            if row.leaving:
                why[row.worker] = LEAVING
    return why


def pause(record: Record, hardware: str, reason: str) -> None:
    """Hand nothing of a hardware class to runners until `resume`.

    Raises:
        UnknownName: there is no such class.
        BadInput: no reason, or a very long one: everybody reads it on the queue's page.
    """
    record.hold_back("paused", catalogue.hardware(hardware).id, _said(reason))


def resume(record: Record, hardware: str) -> bool:
    """Hand it out again; returns whether it was paused."""
    return record.let_go("paused", hardware)


def drain(record: Record, machine: str, reason: str) -> None:
    """Hand no more work to a runner's machine until `undrain`; it need not have been heard from.

    Raises:
        BadInput: that is no machine's name, no reason, or a very long one.
    """
    record.hold_back("draining", check_machine_name(machine), _said(reason))


def undrain(record: Record, machine: str) -> bool:
    """Hand it work again, and with a runner its whole machine; returns whether it was draining."""
    # All of them: whichever it was, an operator says that it is over.
    held = [record.let_go("draining", name) for name in dict.fromkeys((machine, machine_of(machine)))]
    return any([*held, found_fit(record, machine)])


def _said(reason: str) -> str:
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        raise BadInput(
            f"A reason of {len(said)} characters cannot be shown.", f"Say why, in 1 to {LONGEST_REASON}."
        )
    return said
