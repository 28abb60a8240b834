"""A full disk: every row that was acknowledged is kept, the error says what to do, and it goes on then."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard.domain import StorageUnavailable
from leaderboard.record import Record
from tests import builders
from tests.record import scenes

MIB = 2**20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Of 8 MiB; where none can be mounted, a limit on the size of any file does as well as it can."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.fail("no small disk can be mounted: run this test as root, where mounting is allowed")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_what_was_acknowledged_is_there_and_it_goes_on(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(3 * MIB))
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


def claim_while_full(record: Record) -> None:
    """It is either written or refused; never handed out without being written."""
    try:
        claim = record.claim(["cpu"], "rack-1:1", scenes.LEASE_S)
    except StorageUnavailable:
        assert not any(row.status.live for row in record.queue())
    else:
        assert claim is not None
        record.release(claim.submission.id, claim.fence, "the test is over")
