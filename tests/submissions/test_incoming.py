"""Files on their way in: pieces that are repeated, late, damaged, too large, or meet a full disk."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import BadInput, FenceLost, StorageUnavailable
from leaderboard.record import Claim, Record
from submissions.incoming import LARGEST_FILE, Here, Incoming, Whole
from tests.record import scenes

BODY = bytes(range(256)) * 40
WHOLE = Whole(len(BODY), hashlib.sha256(BODY).hexdigest())


@pytest.fixture
def claim(record: Record) -> Claim:
    return scenes.running(record)


@pytest.fixture
def incoming(record: Record) -> Incoming:
    return Incoming(record)


def put(incoming: Incoming, claim: Claim, offset: int, end: int, body: bytes = BODY, **how: Any) -> Here:
    fence = how.get("fence", claim.fence)
    return incoming.put_piece(claim.submission.id, fence, "run.json", WHOLE, offset, body[offset:end])


def here(incoming: Incoming, claim: Claim, whole: Whole = WHOLE) -> Here:
    return incoming.here(claim.submission.id, claim.fence, "run.json", whole)


def test_pieces_in_any_order_of_repeats(record: Record, incoming: Incoming, claim: Claim) -> None:
    assert here(incoming, claim) == (0, False)
    assert put(incoming, claim, 0, 4000) == (4000, False)
    assert put(incoming, claim, 0, 4000) == (4000, False)
    assert put(incoming, claim, 9000, 9500) == (4000, False)
    assert put(incoming, claim, 3000, 6000) == (6000, False)
    # Another Space process on the same disk knows it too.
    assert here(Incoming(record), claim) == (6000, False)
    folder = incoming.folder(claim.submission.id, claim.fence)
    assert not (folder / "run.json").exists()
    assert put(incoming, claim, 6000, len(BODY)) == (len(BODY), True)
    assert put(incoming, claim, 0, 100) == (len(BODY), True)
    assert here(incoming, claim) == (len(BODY), True)
    assert [path.name for path in folder.iterdir()] == ["run.json"]
    assert (folder / "run.json").read_bytes() == BODY


def test_what_is_not_what_was_told_begins_anew(incoming: Incoming, claim: Claim) -> None:
    put(incoming, claim, 0, 4000, bytes(len(BODY)))
    assert put(incoming, claim, 4000, len(BODY)) == (0, False)
    assert here(incoming, claim) == (0, False)
    assert put(incoming, claim, 0, len(BODY)).complete


def test_another_file_of_that_name_takes_its_place(incoming: Incoming, claim: Claim) -> None:
    put(incoming, claim, 0, 4000)
    incoming.put_file(claim.submission.id, claim.fence, "run.json", b"")
    assert here(incoming, claim, Whole(0, hashlib.sha256(b"").hexdigest())).complete
    assert here(incoming, claim) == (0, False)


def test_an_old_fence_and_sizes_that_cannot_be(incoming: Incoming, claim: Claim) -> None:
    with pytest.raises(FenceLost):
        put(incoming, claim, 0, 10, fence=claim.fence - 1)
    with pytest.raises(BadInput, match="past them"):
        incoming.put_piece(claim.submission.id, claim.fence, "run.json", WHOLE, len(BODY) - 1, b"xx")
    with pytest.raises(BadInput, match="past them"):
        put(incoming, claim, -1, 0)
    with pytest.raises(BadInput, match="larger than 64 MiB"):
        here(incoming, claim, Whole(LARGEST_FILE + 1, WHOLE.sha256))
    with pytest.raises(BadInput, match="no file"):
        incoming.here(claim.submission.id, claim.fence, "../run.json", WHOLE)


def test_a_full_disk_keeps_what_was_there(
    incoming: Incoming, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(incoming, claim, 0, 4000)

    def full(path: Path, *args: Any, **named: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        with pytest.raises(StorageUnavailable, match="no space left"):
            put(incoming, claim, 4000, 8000)
    assert here(incoming, claim) == (4000, False)
    assert put(incoming, claim, 4000, len(BODY)).complete
