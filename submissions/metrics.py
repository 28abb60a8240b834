"""`/metrics`: how the Space and its fleet are, in Prometheus's text format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from leaderboard import __version__
from leaderboard.record import Record
from submissions import pausing
from submissions.controls import last_controls
from submissions.job_book import JobBook
from submissions.outlook import SILENT_AFTER_S

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Sample(NamedTuple):
    """One figure with its labels."""

    labels: Mapping[str, str]
    value: float


class Metric(NamedTuple):
    """One name with all of its figures."""

    name: str
    kind: str
    """gauge or counter."""
    help: str
    samples: Iterable[Sample]


def create_metrics(record: Record, book: JobBook) -> APIRouter:
    """Route `/metrics`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/metrics", methods=["GET", "HEAD"])
    def metrics() -> PlainTextResponse:
        return PlainTextResponse(text_of([*_of_record(record), *_of_jobs(book)]), media_type=MEDIA_TYPE)

    return router


def text_of(metrics: Iterable[Metric]) -> str:
    """The text format 0.0.4."""
    lines = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
        for sample in metric.samples:
            labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
            lines.append(
                f"{metric.name}{{{labels}}} {sample.value:.15g}"
                if labels
                else f"{metric.name} {sample.value:.15g}"
            )
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _of_record(record: Record) -> Iterator[Metric]:
    at, line, idle = record.now(), record.line(), pausing.no_work(record)
    yield Metric("starwatt_info", "gauge", "The version.", [Sample({"version": __version__}, 1)])
    yield Metric("starwatt_record_version", "gauge", "Rises with every change.", [Sample({}, record.version)])
    counted = Counter((row.hardware, row.status.value) for row in line)
    yield Metric(
        "starwatt_submissions",
        "gauge",
        "Submissions that are not over.",
        [Sample({"hardware": hardware, "status": status}, n) for (hardware, status), n in counted.items()],
    )
    waits = [(at - row.submitted_at).total_seconds() for row in line if not row.status.live]
    yield Metric(
        "starwatt_oldest_wait_seconds", "gauge", "Of what waits.", [Sample({}, max(waits, default=0))]
    )
    states = Counter(
        "silent"
        if (at - row.last_seen).total_seconds() > SILENT_AFTER_S
        else "no_work"
        if row.worker in idle
        else "here"
        for row in record.workers()
    )
    yield Metric(
        "starwatt_runners",
        "gauge",
        "Runners by how they are.",
        [Sample({"state": state}, states[state]) for state in ("here", "no_work", "silent")],
    )
    aside = len(pausing.set_aside(record))
    yield Metric("starwatt_machines_set_aside", "gauge", "Found unfit to measure.", [Sample({}, aside)])
    yield Metric(
        "starwatt_outbox_rows", "gauge", "Waits to be published.", [Sample({}, len(record.outbox()))]
    )
    ages = {id: (at - last).total_seconds() for id, last in last_controls(record).items()}
    yield Metric(
        "starwatt_control_age_seconds",
        "gauge",
        "Since the last control that was as usual.",
        [Sample({"hardware": id}, age) for id, age in ages.items()],
    )


def _of_jobs(book: JobBook) -> Iterator[Metric]:
    jobs = book.jobs()
    yield Metric(
        "starwatt_job_runs_total",
        "counter",
        "Rounds of what the clock does, since the Space started.",
        [
            Sample({"job": name, "outcome": outcome}, n)
            for name, kept in jobs.items()
            for outcome, n in (("done", kept.done), ("failed", kept.failed), ("missed", kept.missed))
        ],
    )
    yield Metric(
        "starwatt_job_last_done_timestamp_seconds",
        "gauge",
        "When it last went well, seconds since 1970.",
        [Sample({"job": name}, kept.last_done_s) for name, kept in jobs.items() if kept.last_done_s],
    )
