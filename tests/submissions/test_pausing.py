"""Paused classes and drained machines: nothing more is handed out, what runs goes on, and it says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.domain import BadInput, UnknownName
from leaderboard.record import Record
from submissions import pausing
from tests import builders
from tests.record import scenes

LEASE_S = scenes.LEASE_S


def test_a_paused_class_waits_and_the_others_go_on(record: Record) -> None:
    held = scenes.queued(record, builders.plan(seed=1, hardware="t4-16gb"))
    free = scenes.queued(record, builders.plan(seed=2, hardware="cpu"))
    pausing.pause(record, "t4-16gb", "  The rack\n is being moved. ")
    assert pausing.paused(record) == {"t4-16gb": "The rack is being moved."}
    taken = record.claim(["t4-16gb", "cpu"], "m", LEASE_S)
    assert taken is not None and taken.submission.id == free.id
    assert record.claim(["t4-16gb"], "m", LEASE_S) is None
    assert pausing.resume(record, "t4-16gb")
    assert not pausing.resume(record, "t4-16gb")
    taken = record.claim(["t4-16gb"], "m", LEASE_S)
    assert taken is not None and taken.submission.id == held.id


def test_a_drained_machine_ends_what_it_has_and_gets_no_more(record: Record) -> None:
    first = scenes.running(record, builders.plan(seed=1), worker="old")
    scenes.queued(record, builders.plan(seed=2))
    pausing.drain(record, "old", "Its fan is loud.")
    assert pausing.draining(record) == {"old": "Its fan is loud."}
    record.heartbeat(first.submission.id, first.fence, builders.progress(), LEASE_S)
    assert record.claim(["cpu"], "old", LEASE_S) is None
    assert record.claim(["cpu"], "new", LEASE_S) is not None
    assert pausing.undrain(record, "old")


def test_what_runs_when_its_class_is_paused_goes_on(record: Record) -> None:
    claim = scenes.running(record)
    pausing.pause(record, "cpu", "Too warm.")
    record.finish(claim.submission.id, claim.fence, scenes.ending(), builders.run(claim.submission.plan), [])
    assert record.has_run(claim.submission.plan.run_key)


def test_a_pause_is_shown_and_outlives_a_restart(tmp_path: Path) -> None:
    with Record.open(tmp_path / "other") as record:
        before = record.version
        pausing.pause(record, "cpu", "First.")
        pausing.pause(record, "cpu", "Second.")
        pausing.drain(record, "a.b:1", "Why not.")
        assert record.version > before
    with Record.open(tmp_path / "other") as record:
        assert pausing.paused(record) == {"cpu": "Second."}
        assert pausing.draining(record) == {"a.b:1": "Why not."}


def test_a_node_can_be_drained_alone(record: Record) -> None:
    pausing.drain(record, "node2@login", "Its fan is loud.")
    assert pausing.nodes_to_avoid(record, "login:3") == ("node2",)
    assert pausing.nodes_without_work(record) == {"login": {"node2": "Its fan is loud."}}
    assert pausing.undrain(record, "node2@login")
    assert pausing.nodes_to_avoid(record, "login") == ()


def test_what_cannot_be_held_back(record: Record) -> None:
    with pytest.raises(UnknownName):
        pausing.pause(record, "abacus", "It is slow.")
    for reason in ("", " \n", "x" * 501):
        with pytest.raises(BadInput, match="reason"):
            pausing.pause(record, "cpu", reason)
        with pytest.raises(BadInput, match="reason"):
            pausing.drain(record, "m", reason)
    for machine in ("", "a b", "<script>", "x" * 101):
        with pytest.raises(BadInput, match="machine"):
            pausing.drain(record, machine, "Because.")
    assert pausing.paused(record) == pausing.draining(record) == {}
