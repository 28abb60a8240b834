"""Many at once: nothing is lost, nothing is doubled, and versions only rise."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from leaderboard.domain import Conflict, Status, fold
from leaderboard.record import Claim, RatingQuery, Record
from tests import builders
from tests.record import scenes

THREADS = 8
EACH = 12


def together(work: Callable[[int], object]) -> None:
    """The same work in eight threads that start at once."""
    start = threading.Barrier(THREADS)

    def one(number: int) -> None:
        start.wait(60)
        work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        for outcome in [pool.submit(one, number) for number in range(THREADS)]:
            outcome.result()


def test_eight_threads_submit_and_claim_and_finish(record: Record) -> None:
    claims: list[Claim] = []
    versions: list[list[int]] = [[] for _ in range(THREADS)]

    def work(number: int) -> None:
        for turn in range(EACH):
            plan = builders.plan(f"o/m-{number}-{turn}")
            submission = builders.submission(plan)
            record.submit(submission, builders.received_and_queued())
            claim = record.claim(["cpu"], f"bench-{number}", scenes.LEASE_S)
            assert claim is not None  # there are never fewer waiting than asking
            claims.append(claim)
            id, fence = claim.submission.id, claim.fence
            record.append(id, builders.event(Status.RUNNING), fence=fence)
            record.heartbeat(id, fence, builders.progress(), scenes.LEASE_S)
            run = builders.run(claim.submission.plan)
            rating = builders.rating(run.plan.model.repo_id, run_id=run.id)
            record.finish(id, fence, scenes.ending(), run, [rating])
            versions[number].append(record.version)

    together(work)
    ids = Counter(claim.submission.id for claim in claims)
    assert len(ids) == THREADS * EACH
    assert set(ids.values()) == {1}
    assert {claim.fence for claim in claims} == {1}
    assert record.queue() == []
    rows = record.ratings(RatingQuery(development=True, limit=1000))
    assert rows.total == THREADS * EACH
    for claim in claims:
        events = record.events(claim.submission.id)
        assert [event.status for event in events] == [
            Status.RECEIVED,
            Status.QUEUED,
            Status.CLAIMED,
            Status.RUNNING,
            Status.VERIFYING,
            Status.DONE,
        ]
        assert fold(events) is record.status(claim.submission.id)
        assert record.has_run(claim.submission.plan.run_key)
    for seen in versions:
        assert seen == sorted(seen)
        assert len(set(seen)) == len(seen)


def test_of_eight_who_ask_for_the_same_run_one_is_first(record: Record) -> None:
    refused: list[Conflict] = []

    def work(number: int) -> None:
        submission = builders.submission(id=f"{number:012d}")
        try:
            record.submit(submission, builders.received_and_queued())
        except Conflict as error:
            refused.append(error)

    together(work)
    (row,) = record.submissions()
    assert len(refused) == THREADS - 1
    assert all(row.submission.id in error.message for error in refused)


def test_of_eight_runners_one_gets_the_work(record: Record) -> None:
    scenes.queued(record)
    claims: list[Claim | None] = []
    together(lambda number: claims.append(record.claim(["cpu"], f"bench-{number}", 1.0)))
    assert sum(claim is not None for claim in claims) == 1
    (row,) = record.queue()
    assert row.attempt == 1


def test_reading_goes_on_while_others_write(record: Record) -> None:
    record.put_edition(builders.edition(), {}, [], "hash")
    over = threading.Event()
    seen: list[int] = []

    def work(number: int) -> None:
        if number == 0:
            for turn in range(20):
                rows = [builders.rating(f"o/m-{row}") for row in range(turn + 1)]
                record.put_edition(builders.edition(), {}, rows, str(turn))
            over.set()
        elif number < 4:
            while not over.is_set():
                rows = record.edition_rows("dev-2026-11")
                # A page is of one moment: all rows of one version of the edition, however it moves on.
                assert {row.model for row in rows} == {f"o/m-{row}" for row in range(len(rows))}
                seen.append(len(rows))

    together(work)
    assert len(record.edition_rows("dev-2026-11")) == 20
    assert seen
