"""The private data set `ORG/PREFIX-record`: the whole record as a log that only grows.

A commit holds what changed since the last one, all of one moment, and a manifest that names every segment
by hash and says which record they make (docs/design/restore.md). What lies there is ours or is left alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from leaderboard.domain import Conflict, Forbidden
from leaderboard.publish.hub import Hub
from leaderboard.publish.layout import MANIFEST
from leaderboard.publish.log_manifest import LogManifest, read_log_manifest, record_repository, sha256
from leaderboard.publish.log_parts import FILES, encode, encode_files
from leaderboard.publish.manifest import Change, Entry, entry_of
from leaderboard.publish.pace import Patience
from leaderboard.record import Record
from leaderboard.record.hashing import in_words
from leaderboard.record.journal import Snapshot
from leaderboard.record.migrations import MIGRATIONS

MOST_FILES = 2000
"""With more than this in the log it is written anew, as one segment."""


@dataclass(frozen=True)
class Logged:
    """What one push did."""

    position: int
    """The last change of the record that the log holds now."""
    rows: int
    """Rows put by this commit; 0: there was nothing to do."""
    received: tuple[str, ...]
    """Submissions that the log holds and that were not queued yet."""
    manifest: LogManifest


class RecordLog:
    """The log of one record in one repository. Safe to call from any thread: pushes take turns."""

    def __init__(self, record: Record, hub: Hub, dataset: str, patience: Patience | None = None) -> None:
        """`dataset` is ORG/PREFIX."""
        self.repository = record_repository(dataset)
        self._record = record
        self._hub = hub
        self._patience = patience or Patience()
        self._turn = threading.Lock()
        self._ensured = False
        self._flying: tuple[str, Snapshot] | None = None

    def push(self) -> Logged:
        """Bring the log to where the record is, in one commit of what changed.

        Raises:
            HubUnavailable: the Hub stayed away; the journal keeps the work.
            Conflict: another Space has written to the log since; nothing was changed.
            Forbidden, Refused: the Hub says no, or the repository is public.
            BadFile: what lies there is no log.
        """
        with self._turn:
            if not self._ensured:
                self._patience.keep_trying(lambda: self._hub.ensure(self.repository, private=True))
                self._ensured = True
            there = self._patience.keep_trying(self._look)[1]
            base = self._base(there)
            whole = base is None or base.record_schema != len(MIGRATIONS) or len(base.files) > MOST_FILES
            with self._record.log_snapshot(whole=whole) as snapshot:
                if base is not None and not whole and not snapshot.changed:
                    return Logged(snapshot.position, 0, snapshot.received, base)
                last = read_log_manifest(there) if there else None
                put, manifest = self._segment(snapshot, last)
            content = manifest.content()
            removed = tuple(last.files) if whole and last is not None else ()
            change = Change({**put, MANIFEST: content}, removed)
            self._record.log_begun(sha256(content))
            self._flying = (sha256(content), snapshot)
            self._patience.keep_trying(partial(self._commit, change, content, there))
            self._record.log_committed(snapshot, sha256(content))
            self._flying = None
            rows = sum(manifest.files[path].rows or 0 for path in put)
            return Logged(snapshot.position, rows, snapshot.received, manifest)

    def _look(self) -> tuple[str, bytes | None]:
        return look(self._hub, self.repository)

    def _base(self, there: bytes | None) -> LogManifest | None:
        """The manifest to build on; None: the log has to be written whole.

        Raises:
            Conflict: it is neither what we last wrote nor what we were writing.
        """
        known = self._record.journal_head()
        if there is None:
            return None
        lies = sha256(there)
        if self._flying is not None and lies == self._flying[0]:
            # Our last commit arrived after all, after we had given up asking.
            self._record.log_committed(self._flying[1], lies)
            self._flying = None
            return read_log_manifest(there)
        if lies == known.manifest:
            return read_log_manifest(there)
        if lies == known.pending:
            # It arrived, and this process did not live to hear it: what it held is not known any more.
            return None
        raise Conflict(
            f"{self.repository} was written by another Space, or this disk is older than it.",
            "Stop that Space; or move the data folder away and start with an empty one, to restore from it.",
        )

    def _segment(self, snapshot: Snapshot, last: LogManifest | None) -> tuple[dict[str, bytes], LogManifest]:
        number = last.last + 1 if last is not None else 1
        put: dict[str, bytes] = {}
        entries: dict[str, Entry] = {}
        for table, content, rows in self._files(snapshot):
            same = sum(path.startswith(f"{table}/") for path in put)
            path = f"{table}/{number:06d}-{same:03d}.parquet"
            put[path], entries[path] = content, entry_of(content, rows)
        grows = last is not None and not snapshot.whole
        before = int(last.record_hash, 16) if last is not None and grows else 0
        return put, LogManifest(
            record_schema=len(MIGRATIONS),
            record_version=snapshot.version,
            record_hash=in_words(before + snapshot.moved),
            first=last.first if last is not None and grows else number,
            last=number,
            parent=sha256(last.content()) if last is not None else "",
            files={**(last.files if last is not None and grows else {}), **entries},
        )

    def _files(self, snapshot: Snapshot) -> Iterator[tuple[str, bytes, int]]:
        for part in snapshot.parts():
            yield part.table, encode(part), len(part.rows)
        for content, rows in encode_files(self._record.folder, snapshot.new_runs):
            yield FILES, content, rows

    def _commit(self, change: Change, content: bytes, base: bytes | None) -> None:
        """One try: look first, so that a commit whose reply was lost is not made twice."""
        head, there = self._look()
        if there == content:
            return
        if there != base:
            raise Conflict(
                f"{self.repository} was written by another Space meanwhile.",
                "Two Spaces cannot share one log.",
            )
        version = self._record.version
        self._hub.commit(self.repository, change, head, f"Record version {version}: {len(change.put)} files")


def look(hub: Hub, name: str) -> tuple[str, bytes | None]:
    """The newest commit of a log's repository and the manifest in it; None: it is empty.

    Raises:
        Forbidden: there is no such repository, or the token may not see it.
    """
    head = hub.head(name)
    if head is None:
        raise Forbidden(
            f"{name} is not there, or the token may not see it.",
            "Set HF_TOKEN to one that may read and write this organisation's private data sets.",
        )
    return head, hub.read(name, MANIFEST, head)
