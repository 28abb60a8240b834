"""A nonce is somebody's, for a while, and once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import Limits, Person, Refused, TooMany
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from runners.bundle import bundle
from submissions.attested import nonces
from submissions.attested.taking import take
from submissions.limits import Gate
from submissions.status import changes
from tests import builders
from tests.submissions.attested.conftest import NONCE, PERSON, TERMS, Made, Refusal, give, left, make

DAY_S = 24 * 3600.0
OTHER = Person(subject="u2", name="ben", orgs=PERSON.orgs)


def test_a_nonce_says_until_when_it_is_good(record: Record, clock: HandClock) -> None:
    given = nonces.give(record, PERSON)
    assert given.nonce.startswith("20261116-")
    assert given.until == (builders.NOON + timedelta(days=15)).replace(hour=0)
    assert nonces.given_at(record, given.nonce, PERSON) == builders.NOON
    clock.advance(14 * DAY_S)
    assert nonces.given_at(record, given.nonce, PERSON) == builders.NOON
    clock.advance(DAY_S)
    with pytest.raises(Refused, match="nonce-in-time"):
        nonces.given_at(record, given.nonce, PERSON)
    # Swept or not, the nonce itself tells.
    record.sweep_tickets()
    with pytest.raises(Refused, match=r"over at the end of 2026-11-16"):
        nonces.given_at(record, given.nonce, PERSON)


def test_how_many_one_person_may_hold(record: Record, clock: HandClock) -> None:
    given = {nonces.give(record, PERSON).nonce for _ in range(nonces.MOST_OPEN)}
    assert len(given) == nonces.MOST_OPEN
    with pytest.raises(TooMany, match="not used yet") as caught:
        nonces.give(record, PERSON)
    assert caught.value.retry_after_s > 0
    nonces.give(record, OTHER)
    clock.advance(16 * DAY_S)
    nonces.give(record, PERSON)
    assert nonces.open_of(record, PERSON) == 1


def test_two_at_once_get_no_more_than_one_person_may_hold(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(nonces.MOST_OPEN - 1):
        nonces.give(record, PERSON)
    # Two that are let count before either has written meet here; otherwise the first goes on alone.
    meet, count = threading.Barrier(2), nonces.open_of

    def counted(*of: Any) -> int:
        found = count(*of)
        with suppress(threading.BrokenBarrierError):
            meet.wait(0.2)
        return found

    monkeypatch.setattr(nonces, "open_of", counted)

    def ask(_: int) -> bool:
        try:
            nonces.give(record, PERSON)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(ask, range(2))) == [False, True]
    assert count(record, PERSON) == nonces.MOST_OPEN


@pytest.mark.parametrize("nonce", [None, "", "x", "20261116-short", "20261116-" + "'" * 24])
def test_what_is_no_nonce(record: Record, nonce: str | None) -> None:
    with pytest.raises(Refused, match="without a nonce"):
        nonces.given_at(record, nonce, PERSON)


def test_a_bundle_handed_in_twice(record: Record, packed: Path, refused: Refusal) -> None:
    first = take(record, packed, PERSON, TERMS)
    assert refused(packed).findings[0].name == "nonce-unused"
    assert [row.submission for row in record.submissions()] == [first]


def test_two_at_the_same_moment(record: Record, packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both saw the nonce unused; the record takes one."""
    at = nonces.given_at(record, NONCE, PERSON)
    first = take(record, packed, PERSON, TERMS)
    monkeypatch.setattr("submissions.attested.taking.given_at", lambda *_: at)
    with pytest.raises(Refused, match="nonce-unused"):
        take(record, packed, PERSON, TERMS)
    assert [row.submission.id for row in record.submissions()] == [first.id]
    assert [path.stem for path in (record.folder / "bundles").iterdir()] == [first.id]


@pytest.mark.parametrize("limit", ["person-bundles=1", "bundles=1", "person-day=1"])
def test_as_many_as_may_wait_do(
    made: Made, clock: HandClock, record: Record, tmp_path: Path, limit: str
) -> None:
    other = "20261116-" + "8" * 24
    give(record, NONCE)
    give(record, other)
    clock.advance(3600)
    gate = Gate(record, Limits().changed(limit))
    first = take(record, made.bundle, PERSON, TERMS, gate=gate)
    before = left(record)
    garbage = tmp_path / "bundle.zip"
    garbage.write_bytes(b"not even a zip")
    with pytest.raises(TooMany) as caught:
        # Not looked at: that costs memory and a processor.
        take(record, garbage, PERSON, TERMS, gate=gate)
    assert caught.value.remedy
    second = make(tmp_path / "second", other, seed=2).bundle
    # Two at the same moment: both were let pass, and the record takes one.
    gate.check = lambda *_, **__: None  # type: ignore[method-assign]
    with pytest.raises(TooMany):
        take(record, second, PERSON, TERMS, gate=gate)
    assert left(record) == before
    assert nonces.open_of(record, PERSON) == 1
    changes.cancel(record, first.id, PERSON)
    take(record, second, PERSON, TERMS, gate=gate)


def test_bundles_take_no_place_with_a_runner(made: Made, given: None, record: Record) -> None:
    limits = Limits().changed("queue=1,person-open=1")
    gate = Gate(record, limits)
    take(record, made.bundle, PERSON, TERMS, gate=gate)
    gate.check(PERSON)
    record.submit(
        builders.submission(submitted_by=PERSON.subject), builders.received_and_queued(), limits=limits
    )
    with pytest.raises(TooMany):
        gate.check(PERSON)
    # Nor is a bundle kept out by runs.
    gate.check(PERSON, bundle=True)


def test_somebody_elses_nonce(packed: Path, refused: Refusal) -> None:
    assert refused(packed, OTHER).findings[0].name == "nonce-yours"


def test_a_nonce_whose_time_is_over(clock: HandClock, packed: Path, record: Record) -> None:
    clock.advance(15 * DAY_S)
    with pytest.raises(Refused, match="nonce-in-time"):
        take(record, packed, PERSON, TERMS)


def test_a_name_that_is_somebody_elses(
    made: Made, record: Record, clock: HandClock, refused: Refusal
) -> None:
    """A figure under another's name is not theirs to give."""
    stranger = Person(subject="u3", name="eve")
    give(record, NONCE, stranger)
    clock.advance(3600)
    with pytest.raises(Refused) as caught:
        take(record, made.bundle, stranger, TERMS)
    assert caught.value.findings[0].name == "speaks-for-model"
    operator = stranger.model_copy(update={"operator": True})
    assert take(record, made.bundle, operator, TERMS).owner == ""


def test_a_run_without_a_nonce_is_not_packed(folder: Path, tmp_path: Path) -> None:
    from leaderboard.domain import BadInput
    from tests.submissions.attested import synthetic

    (tmp_path / "own").mkdir()
    synthetic.write_folder(tmp_path / "own", synthetic.plan(None), builders.NOON)
    with pytest.raises(BadInput, match="planned without a nonce"):
        bundle(tmp_path / "own", tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()
