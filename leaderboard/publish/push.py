"""One data set brought to where it should be: look, compare, commit on top of what was seen, look again.

Whatever goes wrong in between (somebody else's commit, a lost reply, a full queue at the Hub), the next
step is the same: look again before anything is done, so nothing is done twice (DESIGN §4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from leaderboard.domain import BadFile
from leaderboard.publish import gate
from leaderboard.publish.hub import Hub
from leaderboard.publish.layout import MANIFEST, Suffix
from leaderboard.publish.manifest import Change, Manifest, difference, read_manifest
from leaderboard.publish.pace import Patience


@dataclass(frozen=True)
class Pushed:
    """What was, or would be, done to one repository."""

    change: Change
    """Empty: it was there already."""
    before: Manifest | None
    """What lay there; None: nothing of ours."""
    commit: str | None
    """The newest commit, ours where something changed; None: no such repository."""


def look(hub: Hub, repository: str) -> tuple[str | None, Manifest | None]:
    """The newest commit and the manifest in it, each None where there is none.

    Raises:
        BadFile: the manifest is damaged.
    """
    head = hub.head(repository)
    content = hub.read(repository, MANIFEST, head) if head is not None else None
    return head, read_manifest(content) if content is not None else None


def push(
    hub: Hub,
    repository: str,
    suffix: Suffix,
    files: Mapping[str, bytes],
    *,
    repair: bool = False,
    dry_run: bool = False,
    patience: Patience | None = None,
) -> Pushed:
    """Bring a repository to hold a data set's `files` (with their manifest), in one commit of what differs.

    The only way out: whatever is put anywhere passes the gate here, as the bytes it is.

    A file whose name in the Hub's own listing is not that of its content is put anew, so that damage that
    the listing shows heals by itself. `repair` trusts nothing that lies there and puts every file anew;
    `dry_run` looks and does nothing. A data set without rows is not begun.

    Raises:
        HubBusy, StaleParent: still in the way after all tries.
        Forbidden: the token does not reach.
        Refused: the Hub says no, or the gate does.
        BadFile: the manifest there is damaged (not with `repair`).
    """
    empty = read_manifest(files[MANIFEST]).rows == 0
    patience = patience or Patience()
    first: Pushed | None = None

    def step() -> Pushed:
        nonlocal first
        head, there = _look_past_damage(hub, repository) if repair else look(hub, repository)
        lying = hub.listing(repository, head) if head is not None and there is not None else None
        change = difference(files, there, lying=lying, everything=repair)
        if empty and there is None:
            change = Change()
        gate.check(suffix, change.put)
        if first is None:
            first = Pushed(change, there, head)
        if dry_run or not change:
            # Without change it was so from the start, or our commit arrived and only its reply was lost.
            return replace(first, commit=head)
        if head is None:
            hub.ensure(repository)
            head = hub.head(repository)
        patience.await_commit(repository)
        commit = hub.commit(repository, change, head or "", _message(change, files))
        return replace(first, commit=commit)

    return patience.keep_trying(step)


def _look_past_damage(hub: Hub, repository: str) -> tuple[str | None, Manifest | None]:
    try:
        return look(hub, repository)
    except BadFile:
        return hub.head(repository), None


def _message(change: Change, files: Mapping[str, bytes]) -> str:
    version = read_manifest(files[MANIFEST]).record_version
    put = len(change.put) - (MANIFEST in change.put)
    return f"Record version {version}: {put} files put, {len(change.remove)} removed"
