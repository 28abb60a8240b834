"""A job seen through the files that its bench writes, wherever it runs."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from leaderboard.domain import BenchKilled
from runners.bench.record import LOG
from runners.executors import Ending, Job, Moment

OUTCOMES = {0: "done", 3: "rejected"}
"""By the exit code of `bench`."""


class ToldFiles:
    """What a bench told: `told.jsonl` and `errors.txt` beside its run folder, `log.txt` in it."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._log_read = 0
        self._moment = Moment(0.0, "starting", job.plan.expected_duration_s)

    @staticmethod
    def paths(folder: Path) -> tuple[Path, Path]:
        """Where a bench's standard output and its errors go."""
        return folder / "told.jsonl", folder / "errors.txt"

    def ending_of(self, code: int) -> Ending:
        """How a bench ended that ended with this exit code; below 0: by a signal, as `subprocess` says it."""
        if code in OUTCOMES:
            return Ending(OUTCOMES[code])
        told = next((line["failed"] for line in reversed(self._told()) if "failed" in line), None)
        if told is not None:
            message, remedy, kind = (str(told.get(name, "")) for name in ("message", "remedy", "code"))
            return Ending("failed", message, remedy, kind)
        if code < 0:
            how = signal.strsignal(-code) or f"signal {-code}"
            remedy = "It is tried again; the log of the machine says who did it."
            return Ending("failed", f"The bench was ended from outside ({how}).", remedy, BenchKilled.code)
        last = (self._text("errors.txt").strip().splitlines() or ["it said nothing"])[-1][:300]
        return Ending("failed", f"The bench ended with code {code}: {last}.", "The runner's log says more.")

    def moment(self) -> Moment:
        for line in reversed(self._told()):
            if "fraction" in line:
                self._moment = Moment(float(line["fraction"]), str(line["message"]), line["remaining_s"])
                break
        return self._moment

    def new_log(self) -> str:
        try:
            with (self._job.out / LOG).open("rb") as file:
                file.seek(self._log_read)
                new = file.read()
        except OSError:
            return ""
        # Only whole lines: the rest comes with the next call.
        new = new[: new.rfind(b"\n") + 1]
        self._log_read += len(new)
        return new.decode(errors="replace")

    def _told(self) -> list[dict[str, Any]]:
        lines = []
        for line in self._text("told.jsonl").splitlines():
            try:
                document = json.loads(line)
            except ValueError:
                continue
            if isinstance(document, dict):
                lines.append(document)
        return lines

    def _text(self, name: str) -> str:
        try:
            return (self._job.folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
