"""What the Space does by the clock, and what it tells of it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED
from apscheduler.schedulers.background import BackgroundScheduler

from leaderboard.domain import Provenance, Status
from leaderboard.record import Record
from submissions import metrics, retests
from submissions.disputes import Disputes
from submissions.hub_facts import FixedFacts
from submissions.job_book import JobBook
from submissions.metrics import Metric, Sample
from tests import builders
from tests.record import scenes
from tests.submissions.test_http import client_of


def test_one_in_twenty_is_drawn_and_spread_over_the_year() -> None:
    drawn = [day for number in range(20_000) if (day := retests.day_of(f"{number:010d}", 2027)) is not None]
    assert 850 < len(drawn) < 1150
    assert len({day.month for day in drawn}) == 12
    assert min(drawn).year == max(drawn).year == 2027
    # Another year draws others.
    both = [
        n for n in range(20_000) if retests.day_of(f"{n:010d}", 2027) and retests.day_of(f"{n:010d}", 2028)
    ]
    assert len(both) < 110


def test_a_rating_is_measured_again_on_its_day_and_once(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = builders.edition("ed-2026-11")
    record.put_edition(edition, {}, [], "1")
    claim, run, rating = scenes.done(record)
    rating = rating.model_copy(
        update={"id": "drawn0test", "edition": edition.id, "provenance": Provenance.MEASURED}
    )
    record.put_edition(edition, {}, [rating], "2")
    today = record.now().date()
    days = {rating.id: today}
    monkeypatch.setattr(retests, "day_of", lambda id, year: days.get(id))
    ((rating_id, retest),) = retests.queue_due(record, Disputes(record))
    assert rating_id == rating.id
    assert retests.queue_due(record, Disputes(record)) == []
    again = record.submission(retest)
    assert again.plan.occasion == claim.submission.plan.occasion + 1
    assert again.plan.run_key != run.run_key
    assert record.status(retest) is Status.QUEUED
    assert "every year" in record.events(retest)[0].message
    # Days that the Space slept through are made up for.
    record.put_setting("retests:through", (today - timedelta(days=3)).isoformat())
    days[rating.id] = today - timedelta(days=1)
    assert [id for id, _ in retests.queue_due(record, Disputes(record))] == [rating.id]


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
