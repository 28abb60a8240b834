"""`manifest.json` of the record's log: its segments by hash, and the hash of the record they make."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator

from pydantic import Field

from leaderboard.domain import BadFile, Word, WrongSchema
from leaderboard.publish.manifest import Entry

LOG_SCHEMA = 1
RECORD = "record"
"""The end of the data set's name: `ORG/PREFIX-record`."""
_PATH = re.compile(r"^([a-z_]+)/(\d{6})-(\d{3})\.parquet$")


class LogManifest(Word):
    """Every segment of the log but this file."""

    schema_version: int = LOG_SCHEMA
    record_schema: int = Field(ge=1)
    """Version of the record's schema that all rows are of."""
    record_version: int = Field(ge=0)
    record_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Hash of the record that all segments make, one after another (`leaderboard/record/hashing.py`)."""
    first: int = Field(ge=1)
    """Number of the oldest segment; earlier ones were written together into it."""
    last: int = Field(ge=1)
    parent: str = ""
    """SHA-256 of the manifest before this one; empty for the first."""
    files: dict[str, Entry] = Field(default_factory=dict)
    """`TABLE/SEGMENT-PART.parquet` → file."""

    def content(self) -> bytes:
        """The file itself; the same manifest gives the same bytes."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n").encode()

    def in_order(self) -> Iterator[tuple[str, str, Entry]]:
        """Path, table and entry of every file, oldest segment first.

        Raises:
            BadFile: a segment is missing, or a file has a name that no segment has.
        """
        placed = []
        for path, entry in self.files.items():
            name = _PATH.fullmatch(path)
            if name is None:
                raise BadFile(f"The log lists {path[:60]!r}, which is no segment.", _FOREIGN)
            placed.append((int(name[2]), name[1], int(name[3]), path, entry))
        placed.sort(key=lambda each: each[:3])
        gaps = set(range(self.first, self.last + 1)) ^ {each[0] for each in placed}
        if gaps:
            raise BadFile(f"The log has no segment {min(gaps)}, or one too many.", _FOREIGN)
        for _, table, _, path, entry in placed:
            yield path, table, entry


_FOREIGN = "It was damaged or not written by Starwatt; nothing was restored."


def record_repository(dataset: str) -> str:
    """ORG/PREFIX → the id of the data set that holds the record's log."""
    return f"{dataset}-{RECORD}"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_log_manifest(content: bytes) -> LogManifest:
    """A manifest out of its file.

    Raises:
        BadFile: it is none.
        WrongSchema: it is one of another version.
    """
    try:
        version = json.loads(content)["schema_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile("The manifest of the record's log cannot be read.", _FOREIGN) from error
    if version != LOG_SCHEMA:
        raise WrongSchema(
            f"The record's log is of version {str(version)[:20]}; version {LOG_SCHEMA} is read here.",
            "Use the version of Starwatt that wrote it.",
        )
    try:
        return LogManifest.model_validate_json(content)
    except ValueError as error:
        raise BadFile("The manifest of the record's log is damaged.", _FOREIGN) from error
