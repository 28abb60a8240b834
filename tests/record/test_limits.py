"""Limits: counted from the record, exact at the moment of writing, and free where something was cancelled."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from leaderboard.domain import BadInput, Limits, Status, Submission, TooMany
from leaderboard.record import Asker, Record
from leaderboard.record.line_schema import REFILL
from tests import builders
from tests.record.scenes import LEASE_S

FREE = Limits(**dict.fromkeys(Limits.model_fields))
NOON = builders.NOON


def ask(record: Record, seed: int, limits: Limits, address: str = "", **fields: Any) -> Submission:
    submission = builders.submission(builders.plan(seed=seed), **{"submitted_by": "ann", **fields})
    record.submit(submission, builders.received_and_queued(), address=address, limits=limits)
    return submission


def later(hours: float) -> dict[str, Any]:
    return {"submitted_at": NOON + timedelta(hours=hours)}


def test_a_day_ends_24_hours_after_each(record: Record) -> None:
    limits = FREE.changed("person-day=2")
    ask(record, 1, limits, **later(0))
    ask(record, 2, limits, **later(1))
    with pytest.raises(TooMany) as caught:
        ask(record, 3, limits, **later(23))
    assert caught.value.message == "2 of 2 submissions of yours in 24 hours: that is the limit."
    assert caught.value.remedy == "The next is free at 2026-11-03 12:00 UTC."
    assert caught.value.retry_after_s == 3600
    ask(record, 3, limits, **later(24))
    with pytest.raises(TooMany):
        ask(record, 4, limits, **later(24.5))
    ask(record, 4, limits, submitted_by="bob", **later(24.5))


def test_what_was_cancelled_before_it_started_counts_for_nothing(record: Record) -> None:
    limits = FREE.changed("person-day=1")
    early = ask(record, 1, limits)
    record.append(early.id, builders.event(Status.CANCELLED))
    late = ask(record, 2, limits)
    assert record.claim(["cpu"], "m", LEASE_S) is not None
    record.append(late.id, builders.event(Status.CANCELLED))
    with pytest.raises(TooMany):
        ask(record, 3, limits)


def test_who_submits_and_cancels_without_end_comes_to_a_limit(record: Record) -> None:
    limits = FREE.changed("person-day=2,person-made=4")
    for number in range(1, 5):
        early = ask(record, number, limits, **later(number))
        record.append(early.id, builders.event(Status.CANCELLED))
    with pytest.raises(TooMany, match="4 of 4 submissions of yours in 24 hours, cancelled") as caught:
        ask(record, 5, limits, **later(5))
    # The first was made at one o'clock: a day later it is forgotten.
    assert "The next is free at" in caught.value.remedy
    assert caught.value.retry_after_s == 20 * 3600
    ask(record, 5, limits, **later(25.1))
    ask(record, 6, limits, submitted_by="bob", **later(5))


def test_a_ceiling_is_shown_to_who_comes_near_it(record: Record) -> None:
    limits = FREE.changed("person-made=4")
    asker = Asker("ann", "ann", "")

    def shown() -> list[tuple[str, int]]:
        return [(use.name, use.used) for use in record.uses(limits, asker, record.now())]

    ask(record, 1, limits)
    assert shown() == []
    ask(record, 2, limits)
    assert shown() == [("person-made", 2)]


def test_open_ones_count_until_they_end(record: Record) -> None:
    limits = FREE.changed("person-open=2")
    first = ask(record, 1, limits)
    ask(record, 2, limits)
    with pytest.raises(TooMany, match="2 of 2 open submissions of yours") as caught:
        ask(record, 3, limits)
    assert "cancel one" in caught.value.remedy
    claim = record.claim(["cpu"], "m", LEASE_S)
    assert claim is not None and claim.submission.id == first.id
    with pytest.raises(TooMany):
        ask(record, 3, limits)
    record.append(first.id, builders.event(Status.FAILED), fence=claim.fence)
    ask(record, 3, limits)


def test_an_organisation_and_an_address_are_counted_across_people(record: Record) -> None:
    limits = FREE.changed("organisation-day=2,address-open=1")
    ask(record, 1, limits, owner="org", address="x")
    ask(record, 2, limits, submitted_by="bob", owner="org", address="y")
    with pytest.raises(TooMany, match="of the organisation"):
        ask(record, 3, limits, submitted_by="eve", owner="org")
    with pytest.raises(TooMany, match="from your network address"):
        ask(record, 3, limits, submitted_by="eve", address="x")
    # Neither is an organisation of its own, nor is an address that is not kept an address of all.
    ask(record, 3, limits)
    ask(record, 4, limits)
    ask(record, 5, limits)


def test_the_queue_holds_for_everybody(record: Record) -> None:
    limits = Limits().only_queue().changed("queue=2")
    for seed, person in enumerate(("ann", "bob"), start=1):
        ask(record, seed, limits, submitted_by=person)
    with pytest.raises(TooMany, match="2 of 2 submissions in the queue"):
        ask(record, 3, limits, submitted_by="eve")


def test_of_two_that_are_reached_the_longer_one_is_said(record: Record) -> None:
    limits = FREE.changed("person-open=1,person-day=1")
    ask(record, 1, limits)
    with pytest.raises(TooMany, match="24 hours"):
        ask(record, 2, limits)


@pytest.mark.parametrize("limit", ["person-day", "person-open", "address-day", "address-open", "queue"])
def test_many_threads_at_once_do_not_exceed_it(record: Record, limit: str) -> None:
    limits = FREE.changed(f"{limit}=7")
    start = threading.Barrier(8)

    def one(number: int) -> int:
        start.wait(60)
        accepted = 0
        for turn in range(4):
            try:
                ask(record, 1 + number * 10 + turn, limits, address="x")
                accepted += 1
            except TooMany:
                pass
        return accepted

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 7
    assert record.line_length() == 7


def test_uses_say_how_far_each_limit_is_and_when_a_place_is_free(record: Record) -> None:
    limits = Limits().changed("person-day=3,queue=none")
    ask(record, 1, FREE, address="x", **later(1))
    gone = ask(record, 2, FREE, address="x", **later(2))
    record.append(gone.id, builders.event(Status.CANCELLED))
    uses = record.uses(limits, Asker("ann", "ann", "x"), NOON + timedelta(hours=3))
    assert [(use.name, use.used, use.allowed) for use in uses] == [
        ("person-day", 1, 3),
        ("person-open", 1, 10),
        ("address-day", 1, 60),
        ("address-open", 1, 30),
    ]
    assert uses[0].free_at == NOON + timedelta(hours=25)
    assert uses[1].free_at is None
    nothing = record.uses(limits.changed("person-day=0"), Asker("bob", "bob", ""), NOON)
    assert (nothing[0].reached, nothing[0].free_at) == (True, None)


def test_a_limit_of_none_is_never_reached_and_one_of_nought_always(record: Record) -> None:
    ask(record, 1, FREE)
    for limit in ("person-day", "person-open", "queue"):
        with pytest.raises(TooMany):
            ask(record, 2, FREE.changed(f"{limit}=0"))


@pytest.mark.parametrize(
    "text",
    ["person-day", "person-day=", "person-day=-1", "person-day=1.5", "a=1", "queue=9999999", "queue=²"],
)
def test_what_is_no_limit_is_named(text: str) -> None:
    with pytest.raises(BadInput, match="no limit") as caught:
        Limits().changed(f"person-open=3, {text}")
    assert "organisation-day" in caught.value.remedy


def bundle(record: Record, seed: int, limits: Limits, person: str = "ann", address: str = "") -> Submission:
    nonce = f"20261116-{seed:024}"
    expires = record.now() + timedelta(days=14)
    record.put_ticket("nonce", nonce, subject=person, body="{}", expires=expires)
    submission = builders.submission(builders.plan(seed=seed, nonce=nonce), submitted_by=person)
    received = [builders.event(Status.RECEIVED)]
    record.submit(submission, received, address=address, limits=limits, nonce=nonce)
    return submission


def test_bundles_that_wait_are_held_to_limits_of_their_own(record: Record) -> None:
    limits = FREE.changed("person-bundles=2,bundles=3,person-open=1,address-open=1,queue=1")
    first = bundle(record, 1, limits, address="x")
    bundle(record, 2, limits, address="x")
    with pytest.raises(TooMany, match="2 of 2 bundles of yours") as caught:
        bundle(record, 3, limits)
    assert "cancel one" in caught.value.remedy
    # They take nobody's place with a runner, nor do runs take theirs.
    ask(record, 4, limits, address="x")
    with pytest.raises(TooMany, match=r"in the queue|open submissions"):
        ask(record, 5, limits)
    bundle(record, 6, limits, "bob", address="x")
    with pytest.raises(TooMany, match="3 of 3 bundles that wait") as caught:
        bundle(record, 7, limits, "eve")
    assert "nonce stays good" in caught.value.remedy
    ticket = record.ticket("nonce", f"20261116-{7:024}")
    assert ticket is not None and not ticket.used
    record.append(first.id, builders.event(Status.REJECTED))
    bundle(record, 8, limits)


def test_a_restored_record_knows_its_bundles(record: Record) -> None:
    bundle(record, 1, FREE)
    ask(record, 2, FREE)

    def rows(connection: Connection) -> list[tuple[object, ...]]:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM unfinished ORDER BY seq")]

    def refilled(connection: Connection) -> list[tuple[object, ...]]:
        connection.exec_driver_sql("DELETE FROM unfinished")
        connection.exec_driver_sql(REFILL)
        return rows(connection)

    kept = record._writer.run(rows)
    assert [row[-2:] for row in kept] == [(0, 1), (1, 0)]
    assert record._writer.run(refilled) == kept


def test_a_bundle_counts_in_a_day(record: Record) -> None:
    limits = FREE.changed("person-day=2")
    bundle(record, 1, limits)
    ask(record, 2, limits)
    with pytest.raises(TooMany, match="24 hours"):
        bundle(record, 3, limits)
    uses = record.uses(Limits(), Asker("ann", "ann", ""), NOON)
    assert [(use.name, use.used) for use in uses] == [("person-day", 2), ("person-open", 1), ("queue", 1)]
    uses = record.uses(Limits(), Asker("ann", "ann", "", bundle=True), NOON)
    named = [(use.name, use.used) for use in uses]
    assert named == [("person-day", 2), ("person-bundles", 1), ("bundles", 1)]


def test_limits_are_counted_out_of_indexes(record: Record) -> None:
    from leaderboard.record.limits import _AT_MOST

    given = {"since": 0, "person": "ann", "organisation": None, "address": "x"}
    with record._readers.snapshot() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {_AT_MOST.sql}", given)]
    scans = [step for step in plan if "unfinished" in step or "submitters" in step]
    assert not any(step.startswith("SCAN") for step in scans)
    assert sum("USING COVERING INDEX" in step for step in scans) == 9
