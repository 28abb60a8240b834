"""From inside the sandbox: no network, no token, nothing to write to; bombs and hogs are contained."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboard.domain import Device
from runners.bench import limits, sandbox
from runners.bench.limits import Fence, Limits
from tests.runners.test_sandbox import needs_bwrap

SMALL = Limits(processes=40, memory_bytes=160 * 2**20)

BOMB = """
import os, time
made = 0
try:
    while made < 3000:
        if os.fork() == 0:
            time.sleep(600)
        made += 1
except OSError as error:
    print("stopped after", made, error, flush=True)
"""
HOG = """
kept = []
for _ in range(4096):
    kept.append(bytearray(b"x" * 2**20))
print("had it all", flush=True)
"""
FORKING_HOG = """
import os
for _ in range(8):
    if os.fork() == 0:
        kept = bytearray(b"x" * (100 * 2**20))
        os._exit(0)
codes = [os.wait()[1] for _ in range(8)]
print("had it all" if not any(codes) else "contained", flush=True)
"""


def inside(
    fence: Fence, program: str, *, readable: tuple[Path, ...] = ()
) -> subprocess.CompletedProcess[str]:
    command = [*sandbox.bubblewrap(readable), sys.executable, "-c", program]
    return subprocess.run(
        fence.around(command),
        capture_output=True,
        text=True,
        timeout=300,
        env=sandbox.child_environment(os.environ, Device.CPU),
    )


@needs_bwrap
def test_nothing_gets_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_a_token_of_ours")
    monkeypatch.setenv("STARWATT_RUNNER_TOKEN", "hf_a_token_of_ours")
    (tmp_path / "weights").write_text("as they were")
    with socket.create_server(("127.0.0.1", 0)) as server, Fence(SMALL) as fence:
        program = f"""
import os, pathlib, socket
def tried(name, act):
    try:
        act()
        print(name, "worked")
    except OSError as error:
        print(name, "failed")
tried("network", lambda: socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 5))
tried("names", lambda: socket.getaddrinfo("huggingface.co", 443))
for place in ({str(tmp_path)!r}, "/usr", "/etc", "/", {str(sandbox.ROOT / "runners")!r}):
    tried("write " + place, lambda: (pathlib.Path(place) / "escaped").write_text("x"))
tried("overwrite", lambda: pathlib.Path({str(tmp_path / "weights")!r}).write_text("x"))
tried("mount", lambda: os.mkdir("/mnt"))
print("token", "hf_a_token" in str(os.environ) + pathlib.Path("/proc/1/environ").read_text(errors="replace"))
print("others", sum(name.isdigit() for name in os.listdir("/proc")) > 3)
tried("own", lambda: pathlib.Path("/tmp/mine").write_text("x"))
"""
        done = inside(fence, program, readable=(tmp_path,))
    assert done.returncode == 0, done.stderr
    said = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert said.pop("own") == "worked"
    assert (said.pop("token"), said.pop("others")) == ("False", "False")
    assert set(said.values()) == {"failed"}, said
    assert len(said) == 9
    assert (tmp_path / "weights").read_text() == "as they were"
    assert not Path("/tmp/mine").exists()


@needs_bwrap
@pytest.mark.parametrize(
    ("program", "said"), [(BOMB, "stopped after"), (FORKING_HOG, "contained")], ids=["fork bomb", "hogs"]
)
def test_a_control_group_contains_all_processes_together(program: str, said: str) -> None:
    with Fence(SMALL) as fence:
        if not fence._groups:
            # Each process's own limits do not hold them together, and it says so.
            assert "no control group" in fence.why
            return
        groups = fence._groups
        done = inside(fence, program)
    assert said in done.stdout or done.returncode != 0
    assert "had it all" not in done.stdout
    if "stopped after" in done.stdout:
        assert int(done.stdout.split()[2]) < SMALL.processes
    assert not any(group.exists() for group in groups)


@needs_bwrap
@pytest.mark.parametrize("grouped", [True, False])
def test_a_memory_hog_is_stopped_either_way(grouped: bool, tmp_path: Path) -> None:
    with Fence(SMALL) if grouped else Fence(SMALL, root=tmp_path) as fence:
        done = inside(fence, HOG)
    assert done.returncode != 0
    assert "had it all" not in done.stdout
    assert grouped or "MemoryError" in done.stderr


def test_without_control_groups_it_says_so(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("0::/user.slice/mine\n")
    (tmp_path / "user.slice" / "mine").mkdir(parents=True)
    with Fence(SMALL, tmp_path, own) as fence:
        assert "no control group" in fence.why
        assert fence.around(["echo"])[-1] == "echo"
    assert list((tmp_path / "user.slice" / "mine").glob("starwatt*")) == []


def test_a_child_has_most_of_the_machine() -> None:
    found = Limits.of_machine()
    assert found.processes == limits.MOST_PROCESSES
    assert found.memory_bytes > 2**30
