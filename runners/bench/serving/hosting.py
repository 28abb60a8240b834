"""Who serves and who asks: the server of one concurrency, and the client's process beside it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from leaderboard.domain import Conversation
from runners.bench import sandbox, wire
from runners.bench.blocks import read_block
from runners.bench.process import Child
from runners.bench.rig import Rig
from runners.bench.serving.asking import bodies, endpoint, tokenizer_of
from runners.bench.serving.server import Given, Server
from runners.bench.serving.steps import CLIENT, open_at_most
from runners.bench.serving.vllm import Started, flags_of
from runners.fetch import Inputs

_QUIET = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


class Host:
    """Starts what a run needs on this machine, and ends what it started."""

    def __init__(self, rig: Rig, command: Sequence[str], given: Given | None) -> None:
        """
        Args:
            command: what serves; empty where a server is given.
            given: a server that was there before.
        """
        self._rig, self._command, self._given = rig, list(command), given

    @contextmanager
    def server(self, at_once: int, inputs: Inputs) -> Iterator[Server]:
        """What serves so many requests together.

        Raises:
            ChildFailed: it ends, hangs, or speaks something else.
        """
        if self._given is not None:
            yield self._given
            return
        with (
            tempfile.TemporaryDirectory(prefix="serve-") as folder,
            self._started(at_once, inputs, Path(folder)) as server,
        ):
            yield server

    def _started(self, at_once: int, inputs: Inputs, folder: Path) -> Started:
        rig, plan, socket = self._rig, self._rig.plan, folder / "socket"
        name = plan.model.repo_id
        command = [*self._command, inputs.folder, "--served-model-name", name, "--uds", str(socket)]
        if rig.sandboxed:
            command = [*sandbox.bubblewrap([rig.settings.cache.resolve()], [folder]), *command]
        else:
            command = [*sandbox.bare(), *command]
        environment = sandbox.child_environment(os.environ, plan.device)
        return Started(
            rig.fence.around([*command, *flags_of(plan, at_once)]),
            {**environment, **rig.machine.pinned(), **_QUIET},
            socket,
            name,
            rig.settings.deadlines.load_s,
            lambda line: rig.journal.note(f"server: {line}"),
            rig.tick,
        )

    @contextmanager
    def client(
        self, server: Server, at_once: int, inputs: Inputs, told: Conversation
    ) -> Iterator[tuple[Child, wire.Serve]]:
        """The process that sends the requests, and what all its loads have in common."""
        rig, plan, folder = self._rig, self._rig.plan, Path(inputs.folder)
        with tempfile.TemporaryDirectory(prefix="load-") as name:
            beside = Path(name)
            rows = read_block(Path(inputs.queries))
            said = bodies(plan, rig.task, server.name, folder, rows, told)
            (beside / "bodies.json").write_text(json.dumps(said), encoding="utf-8")
            asked = wire.Serve(
                address=server.address,
                path=endpoint(rig.task, folder),
                bodies=str(beside / "bodies.json"),
                requests=1,
                at_once=at_once,
                open_at_most=at_once if self._given else open_at_most(at_once),
                seed=f"{plan.seed}/{at_once}",
                stall_s=rig.settings.serving.stall_s,
                tokenizer=tokenizer_of(folder),
                answers=str(beside / "answers.parquet"),
            )
            with Child(
                [sys.executable, "-m", CLIENT],
                sandbox.child_environment(os.environ, plan.device),
                sandbox.ROOT,
                lambda line: rig.journal.note(f"client: {line}"),
                rig.tick,
            ) as client:
                yield client, asked
