"""What was published against the record: every file by its hash, every row that differs by its id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from leaderboard.domain import BadFile, Rating, Run, Word
from leaderboard.publish.artefacts import build
from leaderboard.publish.hub import Hub
from leaderboard.publish.layout import CARD, MANIFEST, RATINGS, RATINGS_DEV, SUMMARY, Suffix, is_beside
from leaderboard.publish.manifest import Manifest, entry_of, read_manifest
from leaderboard.publish.parquet import read_parquet
from leaderboard.publish.push import look
from leaderboard.publish.tables import ratings_of, runs_of
from leaderboard.publish.view import RecordView

_SHOWN = 3


class Difference(Word):
    """One file that is not what it should be."""

    place: str
    path: str
    what: str
    """What differs, in words."""

    @property
    def sentence(self) -> str:
        return f"{self.place}/{self.path}: {self.what}"


def verify(
    view: RecordView, hub: Hub, names: Mapping[Suffix, str], dataset: str | None = None
) -> list[Difference]:
    """The differences between what lies at a place and what the record says, none where all is well.

    `names` are the repositories there; `dataset` is what publishing was told, for the card's words.

    Raises:
        HubUnavailable: the Hub did not answer.
    """
    wanted = build(view, dataset)
    return [
        Difference(place=name, path=path, what=what)
        for suffix, name in names.items()
        for path, what in _repository(hub, name, suffix, wanted[suffix])
    ]


def _repository(
    hub: Hub, name: str, suffix: Suffix, wanted: Mapping[str, bytes]
) -> Iterator[tuple[str, str]]:
    try:
        head, there = look(hub, name)
    except BadFile as error:
        yield MANIFEST, str(error)
        return
    should = read_manifest(wanted[MANIFEST])
    if head is None or there is None:
        if should.rows:
            yield MANIFEST, f"nothing is published yet; the record has {should.rows:,} rows"
        return
    for path in sorted(there.files.keys() | should.files.keys()):
        content = hub.read(name, path, head) if path in there.files else None
        what = _file(path, suffix, content, there, wanted.get(path))
        if what:
            yield path, what


def _file(path: str, suffix: Suffix, content: bytes | None, there: Manifest, wanted: bytes | None) -> str:
    """What is wrong with one file; empty when nothing is."""
    if path not in there.files:
        return "not published yet"
    if content is None:
        return "listed in the manifest, and missing"
    if entry_of(content).sha256 != there.files[path].sha256:
        return "damaged: its bytes are not those of the manifest; publish with --repair"
    if content == wanted:
        return ""
    if wanted is None:
        return "published, and not in the record any more"
    if path == CARD:
        return "the card is an older one"
    if path == SUMMARY:
        return "the summary is an older one"
    if is_beside(path):
        return _beside(read_parquet(content, path), read_parquet(wanted, path))
    try:
        return _rows(_words(suffix, content, path), _words(suffix, wanted, path))
    except BadFile as error:
        return str(error)


def _beside(published: pa.Table, recorded: pa.Table) -> str:
    """How bands or notices differ; empty where only the bytes do."""
    if published.equals(recorded):
        return ""
    return f"{published.num_rows} rows are published, {recorded.num_rows} are in the record, and they differ"


def _words(suffix: Suffix, content: bytes, path: str) -> dict[str, Rating | Run]:
    table = read_parquet(content, path)
    words: list[Rating] | list[Run]
    words = ratings_of(table) if suffix in (RATINGS, RATINGS_DEV) else runs_of(table)
    return {word.id: word for word in words}


def _rows(published: Mapping[str, Rating | Run], recorded: Mapping[str, Rating | Run]) -> str:
    """How two tables differ; empty where only the bytes do (another version of the library wrote them)."""
    kinds = {
        "only in the record": sorted(recorded.keys() - published.keys()),
        "only published": sorted(published.keys() - recorded.keys()),
        "different": sorted(
            key for key in published.keys() & recorded.keys() if published[key] != recorded[key]
        ),
    }
    return "; ".join(
        f"{len(ids)} rows {kind} ({', '.join(ids[:_SHOWN])}{' …' if len(ids) > _SHOWN else ''})"
        for kind, ids in kinds.items()
        if ids
    )
