"""Finished runs that could not be handed in: they stay on this disk, and the next start hands them in.

A run is hours of a machine. It is deleted once its Space has it, or when a person deletes it.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from leaderboard.domain import StarwattError
from runners.executors import Ending, Job
from runners.notes import claimed_from, claimed_json
from runners.space import Claimed

HAND_IN = "hand-in.json"
"""In a job's folder: whose run it is, and how it ended."""


class Finished(NamedTuple):
    """A run that has ended, and was not handed in yet."""

    claimed: Claimed
    ending: Ending
    folder: Path

    @property
    def job(self) -> Job:
        return job_of(self.claimed, self.folder)


def job_of(claimed: Claimed, folder: Path) -> Job:
    """What an executor is told of a claim whose files are in a folder."""
    return Job(
        plan=claimed.plan,
        folder=folder / "job",
        attempt=claimed.attempt,
        submission_id=claimed.submission_id,
        fence=claimed.fence,
        avoid=claimed.avoid,
    )


def seal(finished: Finished) -> None:
    """Write down beside a run what handing it in needs. Raises OSError."""
    told = {"claimed": claimed_json(finished.claimed), "ending": asdict(finished.ending)}
    partial = finished.folder / f"{HAND_IN}.part"
    partial.write_text(json.dumps(told), encoding="utf-8")
    partial.replace(finished.folder / HAND_IN)


def sealed(folder: Path) -> Finished | None:
    """The finished run in a folder; None: there is none."""
    try:
        told = json.loads((folder / HAND_IN).read_text(encoding="utf-8"))
        return Finished(claimed_from(told["claimed"]), Ending(**told["ending"]), folder)
    except (OSError, ValueError, KeyError, TypeError, StarwattError):
        return None


def left(finished: Finished, error: StarwattError) -> str:
    """What a person can do with a run that its Space takes no more."""
    return (
        f"the Space takes this run no more ({error.message}). It stays in {finished.folder}: look at it with "
        f"`python -m runners verify {finished.job.out}`, and delete the folder when it is of no use."
    )


class Kept:
    """The folder of one runner in which such runs lie, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, finished: Finished) -> Path:
        """Put one there; returns where it is now: where it was, if it cannot be moved."""
        place = self._folder / f"{finished.claimed.submission_id}-{finished.claimed.fence}"
        try:
            seal(finished)
            self._folder.mkdir(parents=True, exist_ok=True)
            if place.exists():
                return place if place == finished.folder else finished.folder
            # On another file system it is copied: it has its name only when all of it is there.
            partial = place.with_name(f"{place.name}.part")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.move(finished.folder, partial)
            partial.rename(place)
        except OSError:
            return finished.folder
        return place

    def all(self) -> list[Finished]:
        """What lies there, in the order of names."""
        found = map(sealed, sorted(self._folder.glob("*")))
        return [finished for finished in found if finished is not None]
