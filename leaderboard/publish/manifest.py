"""`manifest.json`: what lies in a data set, by hash, and which version of the record it shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from leaderboard.domain import BadFile, Word
from leaderboard.publish.files import Chosen
from leaderboard.publish.layout import LATEST, MANIFEST, is_beside

MANIFEST_SCHEMA = 1


class Entry(Word):
    """One file of a data set."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    rows: int | None = None
    """Rows of a table; None for what is no table."""


class Manifest(Word):
    """Every file of a data set but this one."""

    schema_version: int = MANIFEST_SCHEMA
    record_version: int = Field(ge=0)
    """Version of the record that the files were made from."""
    files: dict[str, Entry] = Field(default_factory=dict)
    """Path → file, sorted by path."""

    @property
    def rows(self) -> int:
        """Ratings, or runs: `latest` repeats an edition's rows and is left out, as are tables beside them."""
        latest = f"/{LATEST}.parquet"
        return sum(
            entry.rows or 0
            for path, entry in self.files.items()
            if not path.endswith(latest) and not is_beside(path)
        )

    def content(self) -> bytes:
        """The file itself; the same manifest gives the same bytes."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n").encode()


def entry_of(content: bytes, rows: int | None = None) -> Entry:
    return Entry(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content), rows=rows)


def read_manifest(content: bytes) -> Manifest:
    """A manifest out of its file.

    Raises:
        BadFile: it is none, or one of another version.
    """
    try:
        manifest = Manifest.model_validate_json(content)
    except ValueError as error:
        raise BadFile(
            f"{MANIFEST} of what was published is damaged.", "Publish with --repair to write it anew."
        ) from error
    if manifest.schema_version != MANIFEST_SCHEMA:
        raise BadFile(
            f"{MANIFEST} is of version {manifest.schema_version}; version {MANIFEST_SCHEMA} is read here.",
            "Publish with the newest version, or with --repair to write everything anew.",
        )
    return manifest


def content_names(content: bytes) -> tuple[str, str]:
    """What a listing may call this content: `sha256:…` (large files on the Hub, all files in a folder), or
    `git:…`, as Git names a blob (small files on the Hub)."""
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return f"sha256:{hashlib.sha256(content).hexdigest()}", f"git:{blob.hexdigest()}"


@dataclass(frozen=True)
class Change:
    """What has to be done so that a data set holds these files: one commit."""

    put: Mapping[str, bytes] = field(default_factory=dict)
    """Path → content of new and changed files, the manifest among them."""
    remove: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.put or self.remove)


def difference(
    files: Mapping[str, bytes],
    there: Manifest | None,
    *,
    lying: Mapping[str, str] | None = None,
    everything: bool = False,
) -> Change:
    """What has to change where `there` lies, so that `files` (with their manifest) lie there.

    A manifest that differs in nothing but the record's version is no reason for a commit. `lying` is
    the listing of the place (`Hub.listing`): a file that is damaged or gone there is put anew, and nothing
    is removed that is gone already. `everything` puts every file anew, whatever the manifest there says.
    """
    wanted = read_manifest(files[MANIFEST])
    known = there.files if there is not None else {}
    put = [
        path
        for path, entry in wanted.files.items()
        if everything
        or path not in known
        or known[path].sha256 != entry.sha256
        or (lying is not None and lying.get(path) not in content_names(files[path]))
    ]
    gone = known.keys() - wanted.files.keys()
    remove = tuple(sorted(path for path in gone if lying is None or path in lying))
    if not put and known == wanted.files:
        return Change()
    return Change(Chosen(files, [*put, MANIFEST]), remove)
