"""Tickets, tokens and the operators' acts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leaderboard.domain import Conflict, NotFound
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from leaderboard.record.tickets import TicketKind
from tests import builders
from tests.record import snapshot

SECRET = "a long random secret"


def put(record: Record, kind: TicketKind = "session", secret: str = SECRET, subject: str = "ada") -> None:
    expires = builders.NOON + timedelta(hours=1)
    record.put_ticket(kind, secret, subject=subject, body='{"a": 1}', expires=expires)


def test_a_ticket_is_found_by_its_secret_until_its_time_is_over(record: Record, clock: HandClock) -> None:
    put(record)
    found = record.ticket("session", SECRET)
    assert found is not None
    assert (found.subject, found.body, found.used) == ("ada", '{"a": 1}', False)
    assert record.ticket("session", "another secret") is None
    assert record.ticket("nonce", SECRET) is None
    clock.advance(3600)
    assert record.ticket("session", SECRET) is None
    assert record.use_ticket("session", SECRET) is None
    assert record.sweep_tickets() == 1
    assert record.sweep_tickets() == 0


def test_a_ticket_serves_once(record: Record) -> None:
    put(record, "nonce")
    assert record.count_tickets("nonce", "ada") == 1
    used = record.use_ticket("nonce", SECRET)
    assert used is not None
    assert not used.used, "as it was when it was taken"
    with pytest.raises(Conflict, match="used before"):
        record.use_ticket("nonce", SECRET)
    assert record.count_tickets("nonce", "ada") == 0


def test_the_same_secret_again_takes_the_place_of_the_first(record: Record) -> None:
    put(record, "nonce")
    record.use_ticket("nonce", SECRET)
    put(record, "nonce")
    assert record.use_ticket("nonce", SECRET) is not None


def test_tickets_are_dropped_one_by_one_and_all_of_somebodys(record: Record) -> None:
    put(record)
    put(record, secret="second")
    put(record, secret="third", subject="bo")
    record.drop_ticket("session", SECRET)
    assert record.ticket("session", SECRET) is None
    assert record.drop_tickets_of("session", "ada") == 1
    assert record.ticket("session", "second") is None
    assert record.ticket("session", "third") is not None


def test_no_secret_lies_in_the_record(record: Record) -> None:
    put(record)
    record.add_token("0123456789", "person", SECRET, subject="ada", body="{}")
    assert SECRET not in "\n".join(snapshot.dumped(record.folder))


def test_a_token_is_good_until_it_is_taken_back(record: Record) -> None:
    record.add_token("b", "person", SECRET, subject="ada", body='{"label": "laptop"}')
    record.add_token("a", "person", "another", subject="bo", body="{}")
    found = record.token_of("person", SECRET)
    assert found is not None
    assert (found.id, found.subject, found.body) == ("b", "ada", '{"label": "laptop"}')
    assert record.token_of("runner", SECRET) is None
    assert [token.id for token in record.tokens("person")] == ["a", "b"]
    before = record.version
    record.put_token_body("b", '{"label": "desk"}')
    said = record.token_of("person", SECRET)
    assert said is not None and said.body == '{"label": "desk"}' and record.version == before
    record.revoke_token("b")
    assert record.token_of("person", SECRET) is None
    assert [(token.id, token.revoked) for token in record.tokens("person", "ada")] == [("b", True)]
    with pytest.raises(NotFound, match="no token 'c'"):
        record.revoke_token("c")


def test_acts_are_told_newest_first(record: Record) -> None:
    record.add_act(builders.act())
    record.add_act(builders.act(act="requeue", subject="abc"))
    assert [each.act for each in record.acts()] == ["requeue", "pause"]
    assert [each.act for each in record.acts("abc")] == ["requeue"]
    assert record.acts(limit=1) == record.acts()[:1]
