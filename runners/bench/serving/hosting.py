"""Who serves and who asks: the server of one concurrency, and the client's process beside it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.domain import Conversation, Plan, Task
from runners.bench import sandbox, wire
from runners.bench.blocks import read_block
from runners.bench.journal import Journal
from runners.bench.machine import Machine
from runners.bench.process import Child
from runners.bench.serving.asking import bodies, endpoint, tokenizer_of
from runners.bench.serving.server import Given, Server
from runners.bench.serving.steps import CLIENT, open_at_most
from runners.bench.serving.vllm import Started, flags_of
from runners.fetch import Inputs

if TYPE_CHECKING:
    from runners.bench.parent import Settings

_QUIET = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


class Host:
    """Starts what a run needs on this machine, and ends what it started."""

    def __init__(
        self,
        plan: Plan,
        task: Task,
        settings: Settings,
        command: Sequence[str],
        given: Given | None,
        machine: Machine,
        journal: Journal,
        waiting: Callable[[], None],
    ) -> None:
        """
        Args:
            command: what serves; empty where a server is given.
            given: a server that was there before.
            waiting: called while it waits; what it raises ends the wait.
        """
        self._plan, self._task, self._settings = plan, task, settings
        self._command, self._given, self._machine = list(command), given, machine
        self._journal, self._waiting = journal, waiting

    @contextmanager
    def server(self, at_once: int, inputs: Inputs, sandboxed: bool) -> Iterator[Server]:
        """What serves so many requests together.

        Raises:
            ChildFailed: it ends, hangs, or speaks something else.
        """
        if self._given is not None:
            yield self._given
            return
        with (
            tempfile.TemporaryDirectory(prefix="serve-") as folder,
            self._started(at_once, inputs, Path(folder), sandboxed) as server,
        ):
            yield server

    def _started(self, at_once: int, inputs: Inputs, folder: Path, sandboxed: bool) -> Started:
        plan, socket = self._plan, folder / "socket"
        name = plan.model.repo_id
        command = [*self._command, inputs.folder, "--served-model-name", name, "--uds", str(socket)]
        if sandboxed:
            command = [*sandbox.bubblewrap([self._settings.cache.resolve()], [folder]), *command]
        environment = sandbox.child_environment(os.environ, plan.device)
        return Started(
            [*command, *flags_of(plan, at_once)],
            {**environment, **self._machine.pinned(), **_QUIET},
            socket,
            name,
            self._settings.deadlines.load_s,
            lambda line: self._journal.note(f"server: {line}"),
            self._waiting,
        )

    @contextmanager
    def client(
        self, server: Server, at_once: int, inputs: Inputs, told: Conversation
    ) -> Iterator[tuple[Child, wire.Serve]]:
        """The process that sends the requests, and what all its loads have in common."""
        plan, folder = self._plan, Path(inputs.folder)
        with tempfile.TemporaryDirectory(prefix="load-") as name:
            beside = Path(name)
            rows = read_block(Path(inputs.queries))
            said = bodies(plan, self._task, server.name, folder, rows, told)
            (beside / "bodies.json").write_text(json.dumps(said), encoding="utf-8")
            asked = wire.Serve(
                address=server.address,
                path=endpoint(self._task, folder),
                bodies=str(beside / "bodies.json"),
                requests=1,
                at_once=at_once,
                open_at_most=at_once if self._given else open_at_most(at_once),
                seed=f"{plan.seed}/{at_once}",
                stall_s=self._settings.serving.stall_s,
                tokenizer=tokenizer_of(folder),
                answers=str(beside / "answers.parquet"),
            )
            with Child(
                [sys.executable, "-m", CLIENT],
                sandbox.child_environment(os.environ, plan.device),
                sandbox.ROOT,
                lambda line: self._journal.note(f"client: {line}"),
                self._waiting,
            ) as client:
                yield client, asked
