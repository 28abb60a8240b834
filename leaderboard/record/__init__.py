"""The record: what was asked for, what happened, what was measured, what the board shows (DESIGN §4)."""

from leaderboard.record.claims import Claim
from leaderboard.record.clock import Clock, SystemClock
from leaderboard.record.edition_walks import RatedRow
from leaderboard.record.limits import Asker
from leaderboard.record.line import LineRow, Took
from leaderboard.record.organisations import OrganisationCount
from leaderboard.record.outbox import OutboxRow
from leaderboard.record.query import Page, RatingQuery
from leaderboard.record.store import Record
from leaderboard.record.submissions import SubmissionRow

__all__ = [
    "Asker",
    "Claim",
    "Clock",
    "LineRow",
    "OrganisationCount",
    "OutboxRow",
    "Page",
    "RatedRow",
    "RatingQuery",
    "Record",
    "SubmissionRow",
    "SystemClock",
    "Took",
]
