"""What a worker holds, written down: one that is started again goes on with it, or gives it back at once."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from leaderboard.domain import StarwattError, StorageUnavailable, read_plan
from runners.space import Claimed


def claimed_json(claimed: Claimed) -> dict[str, Any]:
    """A claim as it is written down."""
    return {**asdict(claimed), "plan": claimed.plan.model_dump(mode="json")}


def claimed_from(told: dict[str, Any]) -> Claimed:
    """The same read again. Raises KeyError, TypeError, ValueError, StarwattError."""
    return Claimed(**{**told, "plan": read_plan(told["plan"]), "avoid": tuple(told.get("avoid", ()))})


class Note:
    """A file beside the worker; each name of a worker has its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, claimed: Claimed, folder: Path) -> None:
        """Raises StorageUnavailable."""
        told = {**claimed_json(claimed), "folder": str(folder)}
        partial = self._path.with_suffix(".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(told), encoding="utf-8")
            partial.replace(self._path)
        except OSError as error:
            raise StorageUnavailable(
                f"What this worker holds cannot be noted in {self._path} ({error.strerror}).",
                "Free some space, or set STARWATT_CACHE.",
            ) from error

    def read(self) -> tuple[Claimed, Path] | None:
        """The claim and its job's folder; None: nothing is held, or the note is no use."""
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            folder = Path(told.pop("folder"))
            return claimed_from(told), folder
        except (OSError, ValueError, KeyError, TypeError, StarwattError):
            return None

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)
