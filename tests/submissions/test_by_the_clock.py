"""What the Space does by the clock, and what it tells of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED
from apscheduler.schedulers.background import BackgroundScheduler

from leaderboard.domain import Provenance, Rating, Status, UnknownName, rating_id
from leaderboard.record import Record
from submissions import metrics, retests
from submissions.hub.facts import FixedFacts
from submissions.job_book import JobBook
from submissions.metrics import Metric, Sample
from submissions.status.disputes import Disputes
from tests import builders
from tests.record import scenes
from tests.submissions.test_http import client_of


def test_one_in_twenty_is_drawn_each_on_one_day() -> None:
    day, drawn = date(2027, 1, 1), []
    ids = sorted(rating_id("drawn", str(number)) for number in range(20_000))
    while day.year == 2027:
        of_day = [
            id for low, high in retests.ranges_of(day) for id in ids if low <= id and (not high or id < high)
        ]
        assert len(of_day) < 15
        drawn += of_day
        day += timedelta(days=1)
    assert 850 < len(drawn) < 1150
    assert len(set(drawn)) == len(drawn)
    # Another year begins elsewhere; where it goes past the last id it goes on at the first.
    firsts = {retests.ranges_of(date(year, 1, 1))[-1].low for year in range(2027, 2047)}
    assert len(firsts) == 20
    wraps = [day for year in range(2000, 2100) if len(retests.ranges_of(day := date(year, 12, 31))) == 2]
    assert all(retests.ranges_of(day)[0].low == "" == retests.ranges_of(day)[1].high for day in wraps)


def standing_ratings(record: Record, count: int) -> list[str]:
    """Ids of ratings of one run, in a public edition; spread as ids are."""
    edition = builders.edition("ed-2026-11")
    record.put_edition(edition, {}, [], "1")
    _, _, rating = scenes.done(record)
    ids = [rating_id("drawn", str(number)) for number in range(count)]
    given = {"edition": edition.id, "provenance": Provenance.MEASURED, "development": False}
    record.put_edition(edition, {}, [rating.model_copy(update={"id": id, **given}) for id in ids], "2")
    return ids


@pytest.fixture
def drawn_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[date, str], None]:
    """Has one rating drawn for a day, and none on others."""
    days: dict[date, str] = {}

    def ranges(day: date) -> list[retests.Range]:
        return [retests.Range(days[day], days[day] + "~")] if day in days else [retests.Range("~", "~")]

    monkeypatch.setattr(retests, "ranges_of", ranges)
    return days.__setitem__


def test_a_rating_is_measured_again_on_its_day_and_once(
    record: Record, drawn_on: Callable[[date, str], None]
) -> None:
    (id,) = standing_ratings(record, 1)
    today = record.now().date()
    drawn_on(today, id)
    ((rating, retest),) = retests.queue_due(record, Disputes(record))
    assert rating == id
    assert retests.queue_due(record, Disputes(record)) == []
    again = record.submission(retest)
    assert again.plan.occasion == 1
    assert record.status(retest) is Status.QUEUED
    assert "every year" in record.events(retest)[0].message
    # A day that the Space slept through is made up for.
    record.put_setting("retests:through", (today - timedelta(days=2)).isoformat())
    record.put_setting("retests:today", "")
    drawn_on(today - timedelta(days=1), id)
    assert len(retests.queue_due(record, Disputes(record))) == 2


def test_what_slept_for_months_measures_no_burst(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of sixty days are made up for, two a day; each round asks for a day's ids, and for no edition."""
    ids, today = standing_ratings(record, 32), record.now().date()
    few = iter(sorted(ids))
    of_day = {today - timedelta(days=ago): [next(few) for _ in range(4)] for ago in range(59, 51, -1)}
    monkeypatch.setattr(
        retests, "ranges_of", lambda day: [retests.Range(of_day[day][0], of_day[day][-1] + "~")]
    )
    asked: list[str] = []
    plainly = record.ratings_between

    def between(low: str, high: str, after: str, limit: int) -> list[Rating]:
        asked.append(low)
        return plainly(low, high, after, limit)

    def whole(edition_id: str) -> list[Rating]:
        raise AssertionError("every row of an edition was read")

    monkeypatch.setattr(record, "ratings_between", between)
    monkeypatch.setattr(record, "edition_rows", whole)
    record.put_setting("retests:through", (today - timedelta(days=60)).isoformat())
    per_day: list[int] = []
    for day in range(3):
        monkeypatch.setattr(record._clock, "now", lambda at=record.now() + timedelta(days=min(day, 1)): at)
        rounds = [retests.queue_due(record, Disputes(record)) for _ in range(6)]
        assert max(map(len, rounds)) <= retests.MOST_AT_ONCE
        per_day.append(sum(map(len, rounds)))
    assert per_day == [8, 8, 8]
    assert len(asked) < 40


def test_what_slept_for_years_makes_up_for_one(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    days: list[date] = []

    def ranges(day: date) -> list[retests.Range]:
        days.append(day)
        return []

    monkeypatch.setattr(retests, "ranges_of", ranges)
    record.put_setting("retests:through", "2001-01-01")
    assert retests.queue_due(record, Disputes(record)) == []
    assert days == [record.now().date() - timedelta(days=ago) for ago in (364, 363)]
    # The rest of today's rounds have nothing to do.
    assert retests.queue_due(record, Disputes(record)) == []
    assert len(days) == 2


def test_a_days_ids_are_one_range_of_the_primary_key(record: Record) -> None:
    standing_ratings(record, 50)
    ids = [row.id for row in record.ratings_between("", "", "", 9999)]
    assert ids == sorted(ids) and len(ids) > 50
    found = record.ratings_between(ids[10], ids[20], "", 5)
    assert [row.id for row in found] == ids[10:15]
    assert [row.id for row in record.ratings_between(ids[10], ids[20], ids[14], 50)] == ids[15:20]
    assert [row.id for row in record.ratings_between(ids[-5], "", "", 99)] == ids[-5:]


def test_one_that_cannot_be_measured_again_holds_up_no_other(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sorted(standing_ratings(record, 2))
    monkeypatch.setattr(retests, "ranges_of", lambda day: [retests.Range("", "")])

    class Picky(Disputes):
        def check_again(self, submission_id: str, rating: Rating) -> str:
            if rating.id == ids[0]:
                raise UnknownName("hardware class", "given-up", ["cpu"])
            return super().check_again(submission_id, rating)

    assert [id for id, _ in retests.queue_due(record, Picky(record))] == [ids[1]]
    assert record.setting("retests:through") == record.now().date().isoformat()


def test_how_jobs_went_is_kept() -> None:
    scheduler = BackgroundScheduler(timezone="UTC")
    book = JobBook(scheduler)
    heard = threading.Semaphore(0)
    scheduler.add_listener(lambda _: heard.release(), EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)

    def fail() -> None:
        raise ValueError("a secret")

    scheduler.add_job(len, "interval", hours=1, args=("",), id="well", next_run_time=datetime.now(UTC))
    scheduler.add_job(fail, "interval", hours=1, id="ill", next_run_time=datetime.now(UTC))
    scheduler.add_job(len, "interval", hours=1, args=("",), id="later")
    for job in ("well", "ill"):
        scheduler.modify_job(job, misfire_grace_time=None)
    scheduler.start()
    try:
        assert heard.acquire(timeout=60) and heard.acquire(timeout=60)
        shown = book.shown()
    finally:
        scheduler.shutdown(wait=True)
    assert [(shown[job]["done"], shown[job]["failed"]) for job in ("well", "ill", "later")] == [
        (1, 0),
        (0, 1),
        (0, 0),
    ]
    assert shown["ill"]["last_error"] == "ValueError"
    assert shown["later"]["last_done"] is None


def test_metrics_are_what_prometheus_reads(
    record: Record, hub: FixedFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = pytest.importorskip("prometheus_client.parser", reason="package-gone: prometheus-client")
    scenes.claimed(record, worker='rack "1":2')
    record.saw_worker("rack-1:2", ["cpu"], leaving=True)
    record.hold_back("aside", "rack-9", "It drifted.")
    with client_of(record, hub, monkeypatch) as client:
        answer = client.get("/metrics")
        assert answer.headers["content-type"] == metrics.MEDIA_TYPE
        health = client.get("/healthz").json()["jobs"]
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parser.text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["starwatt_submissions", (("hardware", "cpu"), ("status", "claimed"))] == 1
    assert found["starwatt_runners", (("state", "no_work"),)] == 1
    assert found["starwatt_machines_set_aside", ()] == 1
    jobs = {dict(labels)["job"] for name, labels in found if name == "starwatt_job_runs_total"}
    assert {"reap", "publish", "editions", "sweep", "retest", "controls"} == jobs == set(health)
    assert all(job["next"] for job in health.values())


def test_labels_are_escaped() -> None:
    odd = metrics.text_of([Metric("m", "gauge", "Help.", [Sample({"a": 'x"\\\n'}, 1.5)])])
    assert odd == '# HELP m Help.\n# TYPE m gauge\nm{a="x\\"\\\\\\n"} 1.5\n'
