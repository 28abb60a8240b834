"""File contents by their SHA-256: written once, never changed, shared by every repository."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

CHUNK = 1 << 20
LFS_SUFFIXES = (".parquet", ".safetensors", ".bin")
LFS_FROM_BYTES = 1_000_000


def stored_as_lfs(path: str, size: int) -> bool:
    """Whether the Hub keeps a file of this name and size (bytes) outside git."""
    # The client refuses to send an empty file as LFS, whatever its name.
    return size > 0 and (path.endswith(LFS_SUFFIXES) or size > LFS_FROM_BYTES)


def git_oid(data: bytes) -> str:
    """The git blob id of `data`: what the Hub shows as `oid` and as ETag of a regular file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def lfs_pointer(sha256: str, size: int) -> bytes:
    """The small text that stands in git for an LFS file."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


@dataclass(frozen=True)
class Entry:
    """One file of a commit."""

    sha256: str
    """Hash of the content; its key among the blobs."""
    size: int
    """Bytes of content."""
    oid: str
    """Git blob id: of the content, or of the pointer for an LFS file."""
    lfs: bool

    @property
    def etag(self) -> str:
        """What the client's cache knows the content by."""
        return self.sha256 if self.lfs else self.oid

    def tree_item(self, path: str) -> dict[str, Any]:
        """The entry as `tree` and `paths-info` list it."""
        item: dict[str, Any] = {"type": "file", "oid": self.oid, "size": self.size, "path": path}
        if self.lfs:
            pointer = len(lfs_pointer(self.sha256, self.size))
            item["lfs"] = {"oid": self.sha256, "size": self.size, "pointerSize": pointer}
        return item

    def sibling(self, path: str, *, blobs: bool) -> dict[str, Any]:
        """The entry as repository info lists it; with its size and hashes when `blobs`."""
        item: dict[str, Any] = {"rfilename": path}
        if blobs:
            item |= {"size": self.size, "blobId": self.oid}
            if self.lfs:
                pointer = len(lfs_pointer(self.sha256, self.size))
                item["lfs"] = {"sha256": self.sha256, "size": self.size, "pointerSize": pointer}
        return item

    def to_json(self) -> dict[str, Any]:
        """The entry as the commit's file keeps it."""
        return asdict(self)


class Blobs:
    """A folder of contents, each under its own hash."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the content with this hash lies, or would lie."""
        return self._root / sha256[:2] / sha256

    def holds(self, sha256: str) -> bool:
        """Whether the content is here."""
        return self.path(sha256).is_file()

    def read(self, sha256: str) -> bytes:
        """The whole content."""
        return self.path(sha256).read_bytes()

    def incoming(self) -> Path:
        """A fresh place for an upload in progress."""
        return self._incoming / uuid.uuid4().hex

    def adopt(self, incoming: Path, sha256: str) -> None:
        """Move a finished upload to its place."""
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        incoming.replace(target)

    def put(self, content: bytes | Path, name: str) -> Entry:
        """Store bytes or a file's content and say how a file called `name` lists it."""
        if isinstance(content, bytes):
            sha256, size = hashlib.sha256(content).hexdigest(), len(content)
        else:
            with content.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = content.stat().st_size
        if not self.holds(sha256):
            incoming = self.incoming()
            if isinstance(content, bytes):
                incoming.write_bytes(content)
            else:
                link_or_copy(content, incoming)
            self.adopt(incoming, sha256)
        return self.entry(sha256, size, stored_as_lfs(name, size))

    def entry(self, sha256: str, size: int, lfs: bool) -> Entry:
        """The listing of a content that is already here."""
        oid = git_oid(lfs_pointer(sha256, size) if lfs else self.read(sha256))
        return Entry(sha256, size, oid, lfs)


def link_or_copy(source: Path, target: Path) -> None:
    """Give `target` the content of `source`, without a second copy where the disk allows it."""
    # Neither blobs nor caches are ever written in place, so they may share an inode.
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
