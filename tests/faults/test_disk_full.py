"""A full disk: every row that was acknowledged is kept, the error says what to do, and it goes on then."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard.domain import StorageUnavailable
from leaderboard.record import Record
from tests import builders
from tests.faults.conftest import Report
from tests.faults.rounds import rounds
from tests.record import scenes

MIB = 2**20
ROUNDS = rounds("disk")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Of 8 MiB. In CI, where a skip is a failure, mounting must be allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        why = mounted.stderr.decode(errors="replace").strip()
        pytest.skip(f"no small disk can be mounted ({why}): run this as root, where mounting is allowed")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_what_was_acknowledged_is_there_and_it_goes_on(small_disk: Path, report: Report) -> None:
    acknowledged = 0
    for number in range(ROUNDS):
        # Full at another row each time, in the middle of another write.
        acknowledged += fill(small_disk, 3 * MIB + 1237 * number)
        shutil.rmtree(small_disk / "data")
    report("disk", ROUNDS, f"{acknowledged} acknowledged rows, all kept; refused in words; went on each time")


def fill(small_disk: Path, beside: int) -> int:
    """Submit until the disk is full, free some, go on; returns how many were acknowledged."""
    filler = small_disk / "filler"
    filler.write_bytes(bytes(beside))
    acknowledged: list[str] = []
    refusals: list[StorageUnavailable] = []

    def submit(record: Record, number: int) -> None:
        plan = builders.plan(f"org/m{number}")
        acknowledged.append(scenes.queued(record, plan, note="x" * 500).id)

    with Record.open(small_disk / "data") as record:
        for number in range(5000):
            try:
                submit(record, number)
            except StorageUnavailable as error:
                refusals.append(error)
                break
        assert refusals, "the disk was never full"
        assert "no space left" in refusals[0].message
        assert "Free some space" in refusals[0].remedy
        # Reading goes on, and so does refusing.
        assert {row.submission.id for row in record.queue()} == set(acknowledged)
        with pytest.raises(StorageUnavailable):
            submit(record, 5001)
        claim_while_full(record)
        os.truncate(filler, 0)
        submit(record, 6000)
        claim = record.claim(["cpu"], "rack-1:1", scenes.LEASE_S)
        assert claim is not None
    with Record.open(small_disk / "data") as record:
        assert {row.submission.id for row in record.queue()} == set(acknowledged)
        assert record.status(claim.submission.id).live
    return len(acknowledged)


def claim_while_full(record: Record) -> None:
    """It is written or refused, never handed out without being written; and so is giving it back."""
    try:
        claim = record.claim(["cpu"], "rack-1:1", scenes.LEASE_S)
    except StorageUnavailable:
        assert not any(row.status.live for row in record.queue())
    else:
        assert claim is not None
        assert record.status(claim.submission.id).live
        try:
            record.release(claim.submission.id, claim.fence, "the disk is full")
        except StorageUnavailable:
            assert record.status(claim.submission.id).live
        else:
            assert not record.status(claim.submission.id).live
