"""What a Hub job runs: the doctor, then a bench on that machine; it hands the run folder in by itself.

It holds a runner token and, where one is given, a token to fetch models with; the bench gets the second, the
model none. It tells in JSON lines, so that nothing a model writes can pass for its word.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.domain import (
    HubUnavailable,
    NoReading,
    Plan,
    Refused,
    StarwattError,
    StorageUnavailable,
    read_plan,
    rejections,
)
from runners.bench.record import LOG, RUN, TRACE
from runners.bench.sandbox import Mode
from runners.executors import Ending, Job, Moment, Placed
from runners.executors.local import LocalExecutor
from runners.patience import patiently
from runners.scrub import scrub
from runners.secrecy import others_with, take
from runners.space import Claimed, SpaceClient

ASKED, TOKEN, FETCH_TOKEN = "STARWATT_JOB", "STARWATT_RUNNER_TOKEN", "STARWATT_FETCH_TOKEN"
"""The names of what the worker gives it: in its environment, and among its secrets."""
TOLD_EVERY_S = 10.0
LONGEST_LINE = 4000
"""Characters of log in one line; what carries a log may cut longer ones."""
TRIES = 60
"""To hand a file in: ten minutes and more, which is paid for."""
EXIT_CODES = {"done": 0, "rejected": 3}
_LOOK_S = 0.5


@dataclass(frozen=True)
class Wanted:
    """What a worker asks a Hub job for."""

    plan: Plan
    submission_id: str
    fence: int
    attempt: int
    space: str
    sandbox: Mode
    exclusive: bool

    def to_json(self) -> str:
        return json.dumps({**vars(self), "plan": self.plan.model_dump(mode="json")})

    @classmethod
    def from_json(cls, text: str) -> Wanted:
        """Raises Refused."""
        try:
            told = json.loads(text)
            return cls(**{**told, "plan": read_plan(told["plan"])})
        except (ValueError, KeyError, TypeError, StarwattError) as error:
            raise Refused(
                f"What this job is to measure cannot be read ({type(error).__name__}).",
                "The image and the worker are of one version.",
            ) from error


def check_alone_with(wanted: Wanted, secrets: Iterable[str]) -> None:
    """Whether a model without a sandbox could read a token in another process here.

    Raises:
        Refused: it could, so nothing is measured.
    """
    for secret in secrets if wanted.sandbox == "off" else ():
        if others := others_with(secret):
            raise Refused(
                f"The job's token is in the environment of process {others[0]} too, where a model without a "
                "sandbox could read it.",
                "Run the image without an entry point of its own, or let the sandbox hold the model.",
            )


def measure(wanted: Wanted, token: str, folder: Path, tell: Callable[[dict[str, Any]], None]) -> Ending:
    """Examine, measure, hand in. `tell` gets log, progress, and the end."""
    cache = folder / "cache"
    try:
        examine_first(wanted, cache)
        job = Job(wanted.plan, folder / "job", wanted.attempt)
        placed = LocalExecutor(cache, wanted.sandbox, exclusive=wanted.exclusive).place(job)
        try:
            ending = _watch(placed, tell)
        finally:
            placed.kill()
        if ending.outcome in EXIT_CODES:
            _hand_in(job, wanted, token, tell)
    except StarwattError as error:
        ending = Ending("failed", error.message, error.remedy, error.code)
    tell({"ended": {"outcome": ending.outcome} | _words(ending)})
    return ending


def examine_first(wanted: Wanted, cache: Path) -> None:
    """Before anything is fetched: a machine that could not rate costs a minute.

    Raises:
        HubUnavailable, NoReading: what the doctor found first.
    """
    from runners.doctor import examine

    for finding in rejections(examine(wanted.plan.hardware, cache, vouched=wanted.exclusive)):
        if finding.name == "sandbox" and wanted.sandbox == "off":
            continue
        kind = HubUnavailable if finding.name == "hub" else NoReading
        raise kind(f"The machine of the Hub's job could not rate: {finding.message}", finding.remedy)


def _watch(placed: Placed, tell: Callable[[dict[str, Any]], None]) -> Ending:
    step, told_at = "", -TOLD_EVERY_S
    while True:
        ending = placed.ending()
        text = placed.new_log()
        for at in range(0, len(text), LONGEST_LINE):
            tell({"log": text[at : at + LONGEST_LINE]})
        if ending is not None:
            return ending
        moment = placed.moment()
        if moment.message != step or time.monotonic() - told_at >= TOLD_EVERY_S:
            step, told_at = moment.message, time.monotonic()
            tell(vars(moment))
        threading.Event().wait(_LOOK_S)


def _hand_in(job: Job, wanted: Wanted, token: str, tell: Callable[[dict[str, Any]], None]) -> None:
    claimed = Claimed(wanted.submission_id, wanted.fence, wanted.attempt, 0.0, wanted.plan)
    tell(vars(Moment(0.99, "handing in", None)))
    with SpaceClient(wanted.space, token) as space:
        for name in (LOG, TRACE, RUN):
            path = job.out / name
            try:
                patiently(
                    lambda path=path: space.put_file(claimed, path),  # type: ignore[misc]
                    threading.Event(),
                    lambda line: tell({"log": f"{line}\n"}),
                    TRIES,
                )
            except OSError as error:
                raise StorageUnavailable(
                    f"{name} cannot be read ({error.strerror}).", "Measure again."
                ) from error


def _words(ending: Ending) -> dict[str, str]:
    return {"cause": ending.cause, "remedy": ending.remedy, "code": ending.code}


def main() -> int:
    """Exit code: 0 measured and handed in, 3 the same and rejected by its checks, 1 failed."""
    secrets = take((TOKEN, FETCH_TOKEN))
    token = secrets.get(TOKEN, "")
    if FETCH_TOKEN in secrets:
        # For the executor: what is set here no process can read, and the bench closes itself likewise.
        os.environ[FETCH_TOKEN] = secrets[FETCH_TOKEN]

    def tell(document: dict[str, Any]) -> None:
        sys.stdout.write(scrub(json.dumps(document), (token,)) + "\n")
        sys.stdout.flush()

    try:
        wanted = Wanted.from_json(os.environ.pop(ASKED, ""))
        check_alone_with(wanted, secrets.values())
    except StarwattError as error:
        tell({"ended": {"outcome": "failed", **_words(Ending("", error.message, error.remedy, error.code))}})
        return 1
    folder = Path(tempfile.mkdtemp(prefix="starwatt-"))
    return EXIT_CODES.get(measure(wanted, token, folder, tell).outcome, 1)


if __name__ == "__main__":
    sys.exit(main())
