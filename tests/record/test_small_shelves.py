"""Outbox, notices, workers, settings."""

from __future__ import annotations

from pathlib import Path

from leaderboard.record import Record
from leaderboard.record.clock import HandClock, SystemClock
from tests import builders
from tests.record import scenes


def test_the_outbox_holds_the_newest_wish_for_each_subject(record: Record, clock: HandClock) -> None:
    first = builders.edition("dev-one")
    second = builders.edition("dev-two")
    record.put_edition(first, {}, [], "1")
    record.put_edition(second, {}, [], "1")
    seen = record.outbox()
    assert [(row.kind, row.subject, row.created_at) for row in seen] == [
        ("edition", "dev-one", builders.NOON),
        ("edition", "dev-two", builders.NOON),
    ]
    clock.advance(60)
    record.put_edition(first, {}, [], "2")  # changed while it was being published
    record.outbox_done([row.id for row in seen])
    (left,) = record.outbox()
    assert (left.subject, left.created_at) == ("dev-one", clock.now())
    record.outbox_done([left.id])
    assert record.outbox() == []


def test_outbox_ids_are_never_given_twice(record: Record) -> None:
    record.put_edition(builders.edition(), {}, [], "1")
    (first,) = record.outbox()
    record.outbox_done([first.id])
    record.put_edition(builders.edition(), {}, [], "2")
    record.outbox_done([first.id])  # a late word about the old one
    assert len(record.outbox()) == 1
    record.outbox_done([])


def test_ticking_off_is_nothing_a_page_shows(record: Record) -> None:
    record.put_edition(builders.edition(), {}, [], "1")
    version = record.version
    record.outbox_done([row.id for row in record.outbox()])
    assert record.version == version


def test_notices_add_up(record: Record) -> None:
    first = builders.notice("0123456789")
    second = builders.notice("0123456789", kind="withdrawn", author="operator")
    record.add_notice(first)
    record.add_notice(builders.notice("aies-2025-02", kind="superseded"))
    version = record.version
    record.add_notice(second)
    assert record.version == version + 1
    assert record.notices("0123456789") == [first, second]
    assert record.notices("nothing") == []


def test_settings(record: Record) -> None:
    assert record.setting("token:runner") is None
    record.put_setting("token:runner", "one")
    record.put_setting("token:runner", "two")
    record.put_setting("other", "")
    assert record.setting("token:runner") == "two"
    assert record.setting("other") == ""
    assert record.version == 0


def test_workers_the_latest_first(record: Record, clock: HandClock) -> None:
    record.saw_worker("bench-1", ["cpu"])
    clock.advance(1)
    record.saw_worker("bench-2", ["t4-16gb", "cpu"])
    clock.advance(1)
    record.saw_worker("bench-1", ["cpu"])
    assert record.workers() == [
        ("bench-1", ("cpu",), clock.now(), False),
        ("bench-2", ("t4-16gb", "cpu"), builders.NOON.replace(second=1), False),
    ]


def test_a_runner_that_asks_often_writes_seldom(record: Record, clock: HandClock) -> None:
    record.saw_worker("bench-1", ["cpu"])
    version = record.version
    for _ in range(25):
        clock.advance(1)
        record.saw_worker("bench-1", ["cpu"])
    assert record.workers()[0].last_seen == clock.now()
    with Record.read(record.folder) as view:
        assert view.workers()[0].last_seen == builders.NOON
        clock.advance(10)
        record.saw_worker("bench-1", ["cpu"])
        assert view.workers()[0].last_seen == clock.now()
        assert record.version == version  # no page is new because a runner is still there
        record.saw_worker("bench-1", ["cpu", "t4-16gb"])
        assert view.workers()[0].hardware == ("cpu", "t4-16gb")
        assert record.version == version + 1


def test_runners_are_remembered(tmp_path: Path) -> None:
    clock = HandClock(builders.NOON)
    with Record.open(tmp_path, clock=clock) as record:
        record.saw_worker(scenes.WORKER, ["cpu"])
    with Record.open(tmp_path, clock=clock) as record:
        assert record.workers() == [(scenes.WORKER, ("cpu",), builders.NOON, False)]


def test_the_machines_clocks() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() is not None
    before = clock.monotonic()
    assert clock.monotonic() >= before
