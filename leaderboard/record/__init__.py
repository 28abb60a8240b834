"""The record: what was asked for, what happened, what was measured, what the board shows (DESIGN §4)."""

from leaderboard.record.claims import Claim
from leaderboard.record.clock import Clock, SystemClock
from leaderboard.record.outbox import OutboxRow
from leaderboard.record.query import Page, RatingQuery
from leaderboard.record.store import Record
from leaderboard.record.submissions import SubmissionRow

__all__ = [
    "Claim",
    "Clock",
    "OutboxRow",
    "Page",
    "RatingQuery",
    "Record",
    "SubmissionRow",
    "SystemClock",
]
