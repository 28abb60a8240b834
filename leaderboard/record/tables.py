"""The tables as queries see them. Migrations make them; a test holds the two together.

Times are ISO 8601 text in UTC, but for those that are sorted by (`…_us`: microseconds since 1970).
`body` is always the JSON of a whole domain word, which is the truth; other columns are there to
filter, sort or guard.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    select,
    update,
)

from leaderboard.record.prepared import Prepared

schema = MetaData()

meta = Table(
    "meta",
    schema,
    Column("only", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)
"""One row: the version that rises with every change a page could show."""

submissions = Table(
    "submissions",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("run_key", Text, nullable=False),
    Column("submitted_by", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""What was asked for. Triggers forbid changing or deleting a row."""

events = Table(
    "events",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("submission_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""What happened, in order. Triggers forbid changing or deleting a row."""

states = Table(
    "states",
    schema,
    Column("submission_id", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("run_key", Text, nullable=False),
    Column("hardware", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("final", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker", Text),
    Column("lease_s", Float),
    Column("finished_fence", Integer),
    Column("progress", Text),
)
"""The fold of each submission's events, with the lease that goes with it.

`fence` counts every claim and never falls; `attempt` counts claims since a person last queued it.
`worker` holds it, or held it last. `finished_fence` is the fence whose result was taken.
"""

logs = Table(
    "logs",
    schema,
    Column("submission_id", Text, primary_key=True),
    Column("tail", Text, nullable=False),
)

runs = Table(
    "runs",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("run_key", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("submission_id", Text, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("current", Integer, nullable=False),
    Column("finished_us", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
"""One current run per run key. A rejected run gives way to a later one of its key and stays, not current."""

editions = Table(
    "editions",
    schema,
    Column("id", Text, primary_key=True),
    Column("dated", Text, nullable=False),
    Column("development", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("body", Text, nullable=False),
)

bands = Table(
    "bands",
    schema,
    Column("edition", Text, primary_key=True),
    Column("task", Text, primary_key=True),
    Column("hardware", Text, primary_key=True),
    Column("model_class", Text, primary_key=True),
    Column("protocol", Text, primary_key=True),
    Column("reasoning", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

ratings = Table(
    "ratings",
    schema,
    Column("id", Text, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("hardware", Text, nullable=False),
    Column("model_class", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("reasoning", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("licence", Text),
    Column("precision", Text),
    Column("model", Text, nullable=False),
    Column("model_lower", Text, nullable=False),
    Column("org", Text, nullable=False),
    Column("best", Integer, nullable=False),
    Column("development", Integer, nullable=False),
    Column("energy", Float, nullable=False),
    Column("stars", Integer),
    Column("quality", Float),
    Column("params", Integer),
    Column("measured_us", Integer),
    Column("library", Text),
    Column("weights_open", Integer),
    Column("data_open", Integer),
    Column("licence_open", Integer),
)
"""What rows are found and sorted by; narrow, so that a scan stays cheap."""

rating_bodies = Table(
    "rating_bodies",
    schema,
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

outbox = Table(
    "outbox",
    schema,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    UniqueConstraint("kind", "subject"),
)
"""What is still to be published; ids are never given twice."""

notices = Table(
    "notices",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Words added to ratings and editions. Triggers forbid changing or deleting a row."""

proposals = Table(
    "proposals",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("edition", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Proposals to supersede an edition. Triggers forbid changing or deleting a row."""

decisions = Table(
    "decisions",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("proposal", Text, nullable=False, unique=True),
    Column("body", Text, nullable=False),
)
"""What an operator made of a proposal. Triggers forbid changing or deleting a row."""

controls = Table(
    "controls",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("board", Text, nullable=False),
    Column("driver", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("hardware", Text, nullable=False),
    Column("held", Integer, nullable=False),
    Column("energy_j", Float, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("run", Text, nullable=False),
)
"""Controls of the boards. Triggers forbid changing or deleting a row."""

submitters = Table(
    "submitters",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("submission_id", Text, nullable=False, unique=True),
    Column("person", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
)
"""Who asked for each submission: what limits are counted by. Triggers forbid changing or deleting a row.

`person`, `owner`: subject ids; `owner` is the organisation it was made for, or the person again.
`address`: a keyed hash of the network address; empty where none is kept.
"""

unfinished = Table(
    "unfinished",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("hardware", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("queued", Integer, nullable=False),
    Column("bundle", Integer, nullable=False),
)
"""A row for each submission that is not over, by its `seq`; triggers keep it. Not in the record's log.

`bundle`: 1 where its submitter made the run, so that it waits for an operator and never for a runner.
"""

turns = Table(
    "turns",
    schema,
    Column("hardware", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("head", Integer),
)
"""Whose turn it is: per hardware class, the owner served longest ago goes next. Not in the record's log.

`last`: the event of the owner's last claim there; 0: none, or the runner was lost.
`head`: the `seq` of the first submission of theirs that waits; triggers keep it.
"""

acts = Table(
    "acts",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""What operators did. Triggers forbid changing or deleting a row."""

tokens = Table(
    "tokens",
    schema,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("revoked", Integer, nullable=False),
    UniqueConstraint("kind", "digest"),
)

tickets = Table(
    "tickets",
    schema,
    Column("kind", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("made_us", Integer, nullable=False),
    Column("expires_us", Integer, nullable=False),
    Column("used_us", Integer),
)
"""What passes: sessions, sign-ins under way, single-use numbers. Not in the record's log."""

workers = Table(
    "workers",
    schema,
    Column("name", Text, primary_key=True),
    Column("hardware", Text, nullable=False),
    Column("last_seen", Text, nullable=False),
)

settings = Table(
    "settings",
    schema,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

journal = Table(
    "journal",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("tab", Text, nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("tab", "key"),
)
"""Rows that changed since the last commit of the record's log; triggers write it. See `journal.py`."""

journal_digests = Table(
    "journal_digests",
    schema,
    Column("tab", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
)
"""What the log last said of each row that may change."""

journal_head = Table(
    "journal_head",
    schema,
    Column("only", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("pending", Text, nullable=False),
    Column("fence_floor", Integer, nullable=False),
)
"""One row: how far the log is, and a floor under all fences that are still to be given."""


_VERSION = select(meta.c.version)
_RAISE_VERSION = Prepared(update(meta).values(version=meta.c.version + 1).returning(meta.c.version))


def read_version(connection: Connection) -> int:
    """The version of what pages show."""
    version: int = connection.execute(_VERSION).scalar_one()
    return version


def raise_version(connection: Connection) -> int:
    """One higher; returns it."""
    version: int = _RAISE_VERSION.only(connection, {})[0]
    return version
