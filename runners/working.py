"""`python -m runners work`: a runner that measures what a Space has queued."""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import threading
import time

from leaderboard import catalogue
from leaderboard.domain import BadInput, FenceLost, NotFound
from runners.assignment import Assignment
from runners.commands import DONE, FAILED, runner_token, sandbox_of
from runners.executors import Serves, open_executor
from runners.kept import Kept, left, sealed
from runners.names import taken_name
from runners.notes import Note
from runners.secrecy import hide
from runners.settings import cache_folder
from runners.space import SpaceClient
from runners.worker import Worker


def work(given: argparse.Namespace) -> int:
    hardware = tuple(name.strip() for name in given.hardware.split(",") if name.strip())
    for name in hardware:
        catalogue.hardware(name)
    if not hardware:
        raise BadInput("No hardware is named.", "Name this machine's class, for example --hardware cpu.")
    hide()
    token = runner_token(given.token_file)
    cache = cache_folder(given.cache)
    serves = Serves(given.space, token, hardware)
    executor = open_executor(
        given.executor, cache, sandbox_of(given), exclusive=given.exclusive, worker=serves
    )
    with (
        taken_name(given.machine or socket.gethostname(), given.number) as name,
        SpaceClient(given.space, token) as space,
    ):
        worker = Worker(
            space,
            executor,
            hardware,
            _say,
            name,
            given.poll,
            Note(cache / "held" / f"{name}.json"),
            kept=Kept(cache / "kept" / name),
            # Slurm's nodes share the cache; what the system keeps for temporary files they do not.
            work=given.work or (cache / "jobs" if executor.name == "slurm" else None),
            secrets=(token,),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            # From another thread: the one that a signal interrupts may hold the very lock that this needs.
            signal.signal(number, lambda *_: threading.Thread(target=_end, args=(worker,)).start())
        worker.run(once=given.once)
    return DONE


def hand_in(given: argparse.Namespace) -> int:
    """`runners hand-in`: a run that a worker kept, brought to its Space by hand."""
    finished = sealed(given.folder.absolute())
    if finished is None:
        raise BadInput(
            f"{given.folder} holds no finished run.", "Name a folder that a worker said it kept a run in."
        )
    token, never = runner_token(given.token_file), threading.Event()
    with SpaceClient(given.space, token) as space:
        assignment = Assignment(finished.claimed, space, _say, never, never, time.monotonic, (token,))
        try:
            assignment.hand_in(finished.job, finished.ending)
        except (FenceLost, NotFound) as error:
            _say(left(finished, error))
            return FAILED
    shutil.rmtree(finished.folder, ignore_errors=True)
    return DONE


def _end(worker: Worker) -> None:
    _say("Ends now." if worker.drain.is_set() else "Ends after this job; asked once more, it ends now.")
    worker.end()


def _say(line: str) -> None:
    print(line, flush=True)
