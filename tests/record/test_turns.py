"""Whose turn it is: owners go round in each class, whatever happens to their submissions."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from leaderboard.domain import Status
from leaderboard.record import Record
from tests import builders
from tests.record.scenes import LEASE_S

CLASSES = ("cpu", "t4-16gb")


def ask(record: Record, seed: int, owner: str, hardware: str = "cpu") -> str:
    submission = builders.submission(builders.plan(seed=seed, hardware=hardware), submitted_by=owner)
    record.submit(submission, builders.received_and_queued())
    return submission.id


def claims(record: Record, *hardware: str) -> list[str]:
    """Everything that waits for these classes, in the order it is handed out."""
    taken = []
    while claim := record.claim(hardware or ["cpu"], "m", LEASE_S):
        taken.append(claim.submission.id)
    return taken


def test_a_hundred_of_one_do_not_keep_the_first_of_another_waiting(record: Record) -> None:
    many = [ask(record, seed, "many") for seed in range(1, 101)]
    first, second = ask(record, 101, "few"), ask(record, 102, "few")
    assert claims(record)[:6] == [many[0], first, many[1], second, many[2], many[3]]


def test_who_was_served_goes_behind_who_was_not_even_after_a_restart(tmp_path: Path) -> None:
    with Record.open(tmp_path) as record:
        ask(record, 1, "early")
        assert len(claims(record)) == 1
        again = ask(record, 2, "early")
    with Record.open(tmp_path) as record:
        late = ask(record, 3, "late")
        assert claims(record) == [late, again]


def test_an_organisation_has_one_turn_whoever_submits_for_it(record: Record) -> None:
    def ask_for(seed: int, person: str, owner: str) -> str:
        submission = builders.submission(builders.plan(seed=seed), submitted_by=person, owner=owner)
        record.submit(submission, builders.received_and_queued())
        return submission.id

    a, b = ask_for(1, "ann", "org"), ask_for(2, "bob", "org")
    own = ask_for(3, "ann", "")
    assert claims(record) == [a, own, b]


def test_a_cancelled_one_leaves_no_gap(record: Record) -> None:
    ids = [ask(record, seed, "many") for seed in range(1, 6)]
    other = [ask(record, seed, "few") for seed in (6, 7)]
    for id in ids[:4]:
        record.append(id, builders.event(Status.CANCELLED))
    assert claims(record) == [ids[4], *other]


def test_what_a_runner_gave_back_is_next_again(record: Record) -> None:
    first = ask(record, 1, "a")
    ask(record, 2, "b")
    newcomer = ask(record, 3, "c")
    claim = record.claim(["cpu"], "m", LEASE_S)
    assert claim is not None and claim.submission.id == first
    record.append(first, builders.event(Status.QUEUED), fence=claim.fence)
    assert claims(record)[0] == first
    assert newcomer in [row.id for row in record.line()]


def test_each_class_has_turns_of_its_own(record: Record) -> None:
    ask(record, 1, "a", "cpu")
    assert len(claims(record, "cpu")) == 1
    mine, theirs = ask(record, 2, "a", "t4-16gb"), ask(record, 3, "b", "t4-16gb")
    assert claims(record, "t4-16gb") == [mine, theirs]


Move = tuple[str, int, int]


@settings(max_examples=30, deadline=None)
@given(
    some.lists(
        some.tuples(
            some.sampled_from(["ask", "ask", "ask", "claim", "cancel", "fail", "back", "again"]),
            some.integers(0, 3),
            some.integers(0, 1),
        ),
        max_size=40,
    )
)
def test_claims_follow_the_rule_and_the_queue_foretells_them(moves: list[Move]) -> None:
    """Against the rule in its plainest form: least recently served owner first, then the oldest of theirs."""
    waiting: defaultdict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    last: defaultdict[tuple[str, str], int] = defaultdict(int)
    ids: dict[int, str] = {}
    whose: dict[int, tuple[str, str]] = {}
    held: list[tuple[int, int]] = []
    over: list[int] = []
    served = 0

    def rule(hardware: str) -> int | None:
        lines = [
            (last[owner, hardware], min(line), owner) for owner, line in waiting[hardware].items() if line
        ]
        return min(lines)[1] if lines else None

    with TemporaryDirectory() as folder, Record.open(Path(folder)) as record:
        for number, (move, who, which) in enumerate(moves, start=1):
            owner, hardware = f"owner-{who}", CLASSES[which]
            if move == "ask":
                ids[number], whose[number] = ask(record, number, owner, hardware), (owner, hardware)
                waiting[hardware][owner].append(number)
            elif move == "claim":
                claim = record.claim([hardware], "m", LEASE_S)
                expected = rule(hardware)
                assert (claim.submission.id if claim else None) == (ids[expected] if expected else None)
                if claim and expected:
                    served += 1
                    last[whose[expected]] = served
                    waiting[hardware][whose[expected][0]].remove(expected)
                    held.append((expected, claim.fence))
            elif move == "cancel" and (line := waiting[hardware][owner]):
                record.append(ids[line.pop()], builders.event(Status.CANCELLED))
            elif move in ("fail", "back") and held:
                place, fence = held.pop(who % len(held))
                if move == "fail":
                    record.append(ids[place], builders.event(Status.FAILED), fence=fence)
                    over.append(place)
                else:
                    record.append(ids[place], builders.event(Status.QUEUED), fence=fence)
                    waiting[whose[place][1]][whose[place][0]].append(place)
                    last[whose[place]] = 0
            elif move == "again" and over:
                place = over.pop()
                record.append(ids[place], builders.event(Status.QUEUED))
                waiting[whose[place][1]][whose[place][0]].append(place)
        rows = record.line()
        assert [row.id for row in rows] == [row.submission.id for row in record.queue()]
        assert (
            len(rows)
            == record.line_length()
            == len(held) + sum(len(own) for owners in waiting.values() for own in owners.values())
        )
        for hardware in CLASSES:
            told = [row for row in rows if row.hardware == hardware and row.place is not None]
            assert [row.place for row in told] == list(range(1, len(told) + 1))
            assert claims(record, hardware) == [row.id for row in told]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT owner, head FROM turns WHERE hardware = 'cpu' AND head IS NOT NULL "
        "ORDER BY last, head LIMIT 1",
        "SELECT min(seq) FROM unfinished WHERE hardware = 'cpu' AND owner = 'a' AND queued = 1",
    ],
)
def test_finding_what_is_next_walks_an_index(record: Record, statement: str) -> None:
    with record._readers.snapshot() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    assert any(step.startswith("SEARCH") and "INDEX" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in plan), plan
