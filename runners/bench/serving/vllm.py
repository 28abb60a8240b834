"""vLLM, started by the run as its child."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import psutil

from leaderboard.domain import BadInput, ChildFailed, Plan, Precision
from runners.bench.serving.server import models

DTYPES: Mapping[Precision, tuple[str, ...]] = {
    "fp32": ("--dtype", "float32"),
    "fp16": ("--dtype", "float16"),
    "bf16": ("--dtype", "bfloat16"),
    "fp8": ("--dtype", "bfloat16", "--quantization", "fp8"),
}
"""How vLLM is told a precision."""
_ASK_EVERY_S = 0.2
_LAST_WORDS_S = 20.0
_LONGEST_LOG_LINE = 8192


def flags_of(plan: Plan, at_once: int) -> tuple[str, ...]:
    """How vLLM is started: B together, every prompt computed anew, greedy by nobody's defaults but ours.

    Raises:
        BadInput: it is not told that precision here.
    """
    precision = plan.model.precision
    if precision not in DTYPES:
        raise BadInput(f"Serving is not measured in {precision} here.", f"Choose one of {', '.join(DTYPES)}.")
    longest = (plan.max_input_tokens or 0) + (plan.output_tokens or 0)
    return (
        *("--max-num-seqs", str(at_once), "--no-enable-prefix-caching"),
        *DTYPES[precision],
        *("--seed", "0", "--load-format", "safetensors", "--generation-config", "vllm"),
        # The chat's own words come on top of the question.
        *(("--max-model-len", str(longest + 256)) if longest else ()),
    )


def vllm() -> list[str]:
    """The command that serves.

    Raises:
        BadInput: vLLM is not installed.
    """
    beside = Path(sys.executable).with_name("vllm")
    found = str(beside) if beside.is_file() else shutil.which("vllm")
    if found is None:
        raise BadInput(
            "vLLM is not installed here, so there is nothing to serve the model with.",
            "Install vllm in the runner's environment, or start an OpenAI-compatible server yourself and "
            "name it with --url http://127.0.0.1:8000.",
        )
    return [found, "serve"]


class Started:
    """vLLM as a child: it listens on a socket of the run's own, and ends with it."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        listens_on: Path,
        name: str,
        load_s: float,
        log: Callable[[str], None],
        waiting: Callable[[], None],
    ) -> None:
        """Start it, without waiting for it.

        Raises:
            ChildFailed: it cannot be started.
        """
        self.address, self.name, self.said = str(listens_on), name, "vLLM"
        self._load_s, self._log, self._waiting = load_s, log, waiting
        self._last_line = ""
        try:
            self._process = subprocess.Popen(
                list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise ChildFailed(
                f"The server cannot be started ({error.strerror}).", "Look at the log."
            ) from error
        self.pid = self._process.pid
        self._pump = threading.Thread(target=self._read, name="server-log", daemon=True)
        self._pump.start()

    def __enter__(self) -> Self:
        try:
            self._wait()
        except BaseException:
            self.close()
            raise
        return self

    def _wait(self) -> None:
        """Until it serves.

        Raises:
            ChildFailed: it ends, does not serve in time, or speaks something else.
        """
        until_s = time.monotonic() + self._load_s
        while time.monotonic() < until_s:
            self._waiting()
            code = self._process.poll()
            if code is not None:
                self._pump.join(_LAST_WORDS_S)
                said = f": {self._last_line[:200]}" if self._last_line else ""
                raise ChildFailed(f"The server ended with code {code}{said}.", "Its log says more.")
            if not _listens(self.address):
                time.sleep(_ASK_EVERY_S)
                continue
            try:
                names, software = models(self.address)
            except httpx2.HTTPError:
                time.sleep(_ASK_EVERY_S)
                continue
            self.name = names[0] if names and self.name not in names else self.name
            self.said = f"vLLM {software}".replace("vLLM uvicorn", "vLLM").strip()
            return
        raise ChildFailed(
            f"The server has not begun to serve after {self._load_s:g} s.",
            "It hangs, or the model is far too large for the hardware.",
        )

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as stream:
            for raw in iter(lambda: stream.readline(_LONGEST_LOG_LINE), b""):
                line = raw.decode(errors="replace").rstrip()
                if line:
                    self._last_line = line
                    self._log(line)

    def close(self) -> None:
        """End it, with all that it started, and wait until it is gone."""
        below: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            below = psutil.Process(self.pid).children(recursive=True)
        self._process.terminate()
        try:
            self._process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for process in below:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(below, timeout=_LAST_WORDS_S)
        self._pump.join(_LAST_WORDS_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _listens(path: str) -> bool:
    """Whether somebody takes connections on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
