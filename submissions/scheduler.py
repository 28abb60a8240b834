"""What the Space does by the clock: take back lost work, publish what changed, propose editions."""

from __future__ import annotations

import logging

from apscheduler.schedulers.background import BackgroundScheduler

from leaderboard import proposing, succession
from leaderboard.domain import StarwattError
from leaderboard.publish import Publisher
from leaderboard.publish.space_page import SpacePage
from leaderboard.record import Record
from submissions import retests
from submissions.attested import taking
from submissions.controls import controls_due
from submissions.disputes import Disputes
from submissions.incoming import Incoming

_LOG = logging.getLogger("starwatt.scheduler")
PUBLISH_EVERY_S = 60
"""At most sixty commits an hour to a data set, under the Hub's limit of about 128."""

LIST_AT_HOUR_UTC = 3
"""When the Space's page is brought up to date: once a day, since each commit there restarts the Space."""
SWEEP_EVERY_S = 600
"""Sessions whose time is over and files that nobody will ask for are no use; they only take room."""
RETEST_EVERY_S = 3600
"""A rating's turn is a day; the hour it is queued in does not matter."""
CONTROLS_EVERY_S = 6 * 3600
EDITIONS_EVERY_S = 3600
"""Causes to supersede an edition grow by days; a late run is carried on within the hour."""


def create_scheduler(record: Record, publisher: Publisher, lease_s: float) -> BackgroundScheduler:
    """A scheduler that is not started yet."""
    # A misfire grace of one second, the default, would silently skip a job on a busy machine.
    scheduler = BackgroundScheduler(
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}, timezone="UTC"
    )
    scheduler.add_job(lambda: _reap(record), "interval", seconds=max(lease_s / 10, 0.5), id="reap")
    scheduler.add_job(lambda: _publish(record, publisher), "interval", seconds=PUBLISH_EVERY_S, id="publish")
    scheduler.add_job(
        lambda: _look_after_editions(record), "interval", seconds=EDITIONS_EVERY_S, id="editions"
    )
    scheduler.add_job(lambda: _retest(record), "interval", seconds=RETEST_EVERY_S, id="retest")
    scheduler.add_job(lambda: _look_at_controls(record), "interval", seconds=CONTROLS_EVERY_S, id="controls")
    scheduler.add_job(lambda: sweep(record), "interval", seconds=SWEEP_EVERY_S, id="sweep")
    return scheduler


def sweep(record: Record) -> None:
    """Drop what only takes room: tickets, bundles and half-handed-in runs whose time is over."""
    record.sweep_tickets()
    for submission_id in taking.drop_ended(record):
        _LOG.info("submission %s: its bundle is deleted, it was not accepted", submission_id)
    for folder in Incoming(record).sweep():
        _LOG.info("incoming/%s: deleted, its runner holds the run no longer", folder)


def list_models_daily(scheduler: BackgroundScheduler, record: Record, page: SpacePage | None) -> None:
    """Have the Space's own page list the rated models; nothing on a machine that is no Space (None)."""
    if page is not None:
        # By the clock and not by an interval: a commit restarts the Space, and must not start a new day.
        at = {"hour": LIST_AT_HOUR_UTC, "minute": 17}
        scheduler.add_job(lambda: _list_models(record, page), "cron", id="list-models", **at)


def _list_models(record: Record, page: SpacePage) -> None:
    try:
        page.refresh(record)
    except StarwattError as error:
        _LOG.warning("the Space's page waits for tomorrow: %s", error)


def _look_after_editions(record: Record) -> None:
    for proposal in proposing.propose(record):
        _LOG.warning("edition %s should be superseded: %s", proposal.edition, proposal.reason)
    for edition, rows in succession.carry_on(record).items():
        _LOG.info("edition %s: %d rows carried on", edition, rows)


def _retest(record: Record) -> None:
    for rating_id, submission_id in retests.queue_due(record, Disputes(record)):
        _LOG.info("rating %s: to be measured again as submission %s", rating_id, submission_id)


def _look_at_controls(record: Record) -> None:
    """Controls are run on the machine; the Space sees when they are missing."""
    for hardware in controls_due(record):
        _LOG.warning("%s: no control for a week; run `runners control --space` on its machines", hardware)


def _reap(record: Record) -> None:
    for submission_id in record.reap():
        _LOG.warning("submission %s: its runner was lost, back to the queue", submission_id)


def _publish(record: Record, publisher: Publisher) -> None:
    if not record.outbox():
        return
    try:
        publisher.publish()
    except StarwattError as error:
        # The outbox keeps the work: the next round tries again.
        _LOG.warning("publishing waits: %s", error)
