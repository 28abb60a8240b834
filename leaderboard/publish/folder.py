"""Data sets in a local folder, published as one: a reader sees all of the old version or all of the new.

ratings -> .ratings/3f2a…        what readers open; a link that is replaced in one step
ratings@2026-11 -> .ratings/…    a tag
.ratings/<commit>/…              one folder a version; the current, the one before and tagged ones stay
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from leaderboard.domain import BadInput, StorageUnavailable
from leaderboard.publish.hub import StaleParent
from leaderboard.publish.manifest import Change, content_names
from leaderboard.publish.parquet import cannot_write, sync_folder, write_whole

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)?$")
_STAGED = "staged-"


class FolderHub:
    """Repositories under one folder. Several processes may share it; commits take turns.

    Every method raises StorageUnavailable where the folder cannot be read or written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def ensure(self, repository: str, *, private: bool = False) -> None:  # noqa: ARG002 a folder is ours
        if self.head(repository) is None:
            with self._turn(repository) as link:
                if not link.is_symlink():
                    self._publish(link, self._stage(link, None, Change()), _oid("", {}))

    def head(self, repository: str) -> str | None:
        link = self._link(repository)
        return link.readlink().name if link.is_symlink() else None

    def read(self, repository: str, path: str, revision: str) -> bytes | None:
        folder = self._version(repository, revision)
        try:
            return (folder / _inside(path)).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StorageUnavailable(
                f"{path} in {folder} cannot be read: {error.strerror or error}.", "Look at its permissions."
            ) from error

    def listing(self, repository: str, revision: str) -> Mapping[str, str]:
        folder = self._version(repository, revision)
        try:
            return {
                path.relative_to(folder).as_posix(): content_names(path.read_bytes())[0]
                for path in _files(folder)
            }
        except OSError as error:
            raise StorageUnavailable(
                f"{folder} cannot be read: {error.strerror or error}.", "Look at its permissions."
            ) from error

    def commit(self, repository: str, change: Change, parent: str, message: str) -> str:
        with self._turn(repository) as link:
            if self.head(repository) != parent:
                raise StaleParent(repository)
            staged = self._stage(link, _versions(link) / parent, change)
            commit = _oid(parent, {str(path.relative_to(staged)): path for path in _files(staged)})
            self._publish(link, staged, commit)
            with (_versions(link) / "commits.txt").open("a", encoding="utf-8") as history:
                history.write(f"{commit} {message}\n")
            self._tidy(link, keep={commit, parent})
        return commit

    def tag(self, repository: str, name: str, revision: str) -> None:
        with self._turn(repository) as link:
            tag = _tag(link, name)
            if not tag.is_symlink():
                _point(tag, _versions(link) / _checked(revision))

    def _version(self, repository: str, revision: str) -> Path:
        link = self._link(repository)
        tag = _tag(link, revision)
        return tag if tag.is_symlink() else _versions(link) / _checked(revision)

    def _link(self, repository: str) -> Path:
        if not _NAME.fullmatch(repository) or ".." in repository:
            raise BadInput(f"{repository[:60]!r} is not a name of a data set.", "Letters, digits, - _ and .")
        return self.root / repository

    @contextmanager
    def _turn(self, repository: str) -> Iterator[Path]:
        """The link of a repository, held by this process alone."""
        link = self._link(repository)
        try:
            _versions(link).mkdir(parents=True, exist_ok=True)
            with (_versions(link) / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield link
        except OSError as error:
            raise cannot_write(link.parent, error) from error

    def _stage(self, link: Path, parent: Path | None, change: Change) -> Path:
        """A new version beside the others, whole and on disk, that nobody sees yet."""
        staged = Path(tempfile.mkdtemp(prefix=_STAGED, dir=_versions(link)))
        # mkdtemp's folders are for their owner alone; published ones are for everybody.
        staged.chmod(0o755)
        try:
            if parent is not None:
                for path in _files(parent):
                    name = path.relative_to(parent).as_posix()
                    if name not in change.put and name not in change.remove:
                        _link_or_copy(path, staged / name)
            for name, content in change.put.items():
                write_whole(staged / _inside(name), content)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        return staged

    def _publish(self, link: Path, staged: Path, commit: str) -> None:
        version = _versions(link) / commit
        if version.exists():
            shutil.rmtree(version)
        staged.rename(version)
        for folder in {path.parent for path in _files(version)} | {version, _versions(link)}:
            sync_folder(folder)
        _point(link, version)

    def _tidy(self, link: Path, keep: set[str]) -> None:
        """Remove versions that nobody points at, and what a crash left behind."""
        tagged = {tag.readlink().name for tag in link.parent.glob(f"{link.name}@*")}
        for folder in _versions(link).iterdir():
            if folder.is_dir() and folder.name not in keep | tagged:
                shutil.rmtree(folder)


def _versions(link: Path) -> Path:
    return link.parent / f".{link.name}"


def _tag(link: Path, name: str) -> Path:
    return link.parent / f"{link.name}@{_checked(name)}"


def _checked(name: str) -> str:
    if "/" in name or name.startswith(".") or not name:
        raise BadInput(f"{name[:60]!r} is not the name of a version.", "Give a commit or a tag.")
    return name


def _inside(path: str) -> str:
    """A path that stays in its repository."""
    if not path or path.startswith("/") or ".." in PurePosixPath(path).parts:
        raise BadInput(f"{path[:60]!r} is not a path inside a data set.", "Report this: a manifest is odd.")
    return path


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _link_or_copy(source: Path, target: Path) -> None:
    """The same file in a new version: a second name for it, or a copy where a disk knows no second names."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        write_whole(target, source.read_bytes())


def _point(link: Path, version: Path) -> None:
    """Make a link point at a version, in one step."""
    made = link.parent / f".{link.name}.link"
    made.unlink(missing_ok=True)
    made.symlink_to(os.path.relpath(version, link.parent))
    made.replace(link)
    sync_folder(link.parent)


def _oid(parent: str, files: Mapping[str, Path]) -> str:
    digest = hashlib.sha1(parent.encode())
    for name, path in sorted(files.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
