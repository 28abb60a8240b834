"""The record again, from its log on the Hub or in a folder: whole and with the same hash, or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from leaderboard.domain import BadFile, Conflict, HubUnavailable, NotFound
from leaderboard.publish.differences import Difference
from leaderboard.publish.hub import Hub
from leaderboard.publish.layout import MANIFEST
from leaderboard.publish.log_manifest import LogManifest, read_log_manifest, record_repository, sha256
from leaderboard.publish.log_parts import FILES, decode, write_files
from leaderboard.publish.manifest import Entry
from leaderboard.publish.pace import Patience
from leaderboard.publish.record_log import look
from leaderboard.record import Record
from leaderboard.record.folder import DATABASE
from leaderboard.record.journal import Part
from leaderboard.record.rebuild import Rebuild

_START = Patience(tries=4)


class Source(Protocol):
    """Where a log lies."""

    def read(self, path: str) -> bytes | None:
        """A file of the log; None: it is not there."""


class FolderSource:
    """A copy of the data set in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        try:
            return (self._folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise BadFile(f"{path} cannot be read: {error.strerror}.", f"Look at {self._folder}.") from error


class HubSource:
    """The data set on the Hub, at one commit of it."""

    def __init__(self, hub: Hub, name: str, revision: str, patience: Patience = _START) -> None:
        self._hub = hub
        self._name = name
        self._revision = revision
        self._patience = patience

    def read(self, path: str) -> bytes | None:
        return self._patience.keep_trying(lambda: self._hub.read(self._name, path, self._revision))


@dataclass(frozen=True)
class Restored:
    """What came back."""

    record_hash: str
    record_version: int
    segments: int
    rows: int

    @property
    def sentence(self) -> str:
        return (
            f"record {self.record_hash}: version {self.record_version}, "
            f"{self.rows:,} rows out of {self.segments} segments"
        )


def restore(source: Source, folder: Path) -> Restored:
    """Make the record in a folder that has none.

    Raises:
        NotFound: there is no log.
        BadFile, WrongSchema: the log is damaged, has gaps, or is of another version; nothing is restored.
        Conflict: the folder has a record.
        HubUnavailable, StorageUnavailable: the Hub or the disk failed; nothing is restored.
    """
    content = source.read(MANIFEST)
    if content is None:
        raise NotFound("There is no log of a record there.", "Look at the name, or at --from-folder.")
    manifest = read_log_manifest(content)
    rows = 0
    with Rebuild(folder, manifest.record_schema) as rebuild:
        for part in _parts(source, manifest):
            if part.table == FILES:
                write_files(part, folder)
            else:
                rebuild.add(part.table, part.columns, part.rows, part.digests)
            rows += len(part.rows)
        made = rebuild.record_hash()
        if made != manifest.record_hash:
            raise BadFile(
                f"The log makes a record of hash {made[:12]}…, and its manifest says "
                f"{manifest.record_hash[:12]}….",
                "Segments are missing or foreign; nothing was restored.",
            )
        rebuild.finish(manifest.record_version, sha256(content))
    return Restored(made, manifest.record_version, manifest.last - manifest.first + 1, rows)


def _parts(source: Source, manifest: LogManifest) -> Iterator[Part]:
    """Every part in order, checked; the next one is fetched and read while this one is put in."""
    listed = list(manifest.in_order())
    with ThreadPoolExecutor(1) as ahead:
        coming = [ahead.submit(_part, source, *each) for each in listed[:1]]
        for following in [*listed[1:], None]:
            part = coming.pop().result()
            if following is not None:
                coming.append(ahead.submit(_part, source, *following))
            yield part


def _part(source: Source, path: str, table: str, entry: Entry) -> Part:
    content = source.read(path)
    if content is None:
        raise BadFile(f"The log lists {path}, and it is missing.", "Nothing was restored.")
    if sha256(content) != entry.sha256:
        raise BadFile(f"{path} is not what the log's manifest says.", "Nothing was restored.")
    return decode(content, table, path)


def restore_from_hub(hub: Hub, dataset: str, folder: Path, patience: Patience = _START) -> Restored | None:
    """What a Space does with an empty disk: the record again, or None where there is none yet.

    The repository is made if it is missing: a token that may not see it must not look like an empty one.

    Raises:
        HubUnavailable: the Hub does not answer; an empty record is not begun over a full one.
        Forbidden, Refused: the token does not reach, or the repository is public.
        And what `restore` raises.
    """
    name = record_repository(dataset)
    try:
        patience.keep_trying(lambda: hub.ensure(name, private=True))
        head, content = patience.keep_trying(lambda: look(hub, name))
    except HubUnavailable as error:
        raise HubUnavailable(
            f"This disk is empty and the Hub does not answer for {name}: {error.message}",
            "Start again when it does; an empty record is not begun while a full one may lie there.",
        ) from error
    return None if content is None else restore(HubSource(hub, name, head, patience), folder)


def has_record(folder: Path) -> bool:
    """Whether a folder has a record already."""
    return (folder / DATABASE).exists()


def check_empty(folder: Path) -> None:
    """Whether a record may be restored into a folder.

    Raises:
        Conflict: there is one already.
    """
    if has_record(folder):
        raise Conflict(
            f"There is a record in {folder} already.", "Restore into an empty folder; nothing was changed."
        )


def check_log(record: Record, hub: Hub, dataset: str) -> list[Difference]:
    """The differences between a log and the record: damage, what a replay makes, what is not yet in it.

    Raises:
        HubUnavailable: the Hub did not answer.
    """
    name = record_repository(dataset)
    if hub.head(name) is None:
        return [Difference(place=name, path=MANIFEST, what="not there, or the token may not see it")]
    head, content = look(hub, name)
    if content is None:
        return [Difference(place=name, path=MANIFEST, what="nothing is logged yet")]
    ours = record.record_hash()
    try:
        with tempfile.TemporaryDirectory(prefix="starwatt-verify-") as folder:
            restore(HubSource(hub, name, head), Path(folder))
            with Record.read(Path(folder)) as replayed:
                made = replayed.record_hash()
        said = read_log_manifest(content).record_hash
    except BadFile as error:
        return [Difference(place=name, path=MANIFEST, what=str(error))]
    if made != said:
        what = f"a replay makes record {made[:12]}…, the manifest says {said[:12]}…"
    elif made != ours:
        what = f"it makes record {made[:12]}…, the record here is {ours[:12]}…: not all of it is logged yet"
    else:
        return []
    return [Difference(place=name, path=MANIFEST, what=what)]
