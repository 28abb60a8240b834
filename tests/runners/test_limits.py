"""From inside the sandbox: no network, no token, nothing to write to; bombs and hogs are contained."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

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


class KernelV2:
    """What the kernel does in a tree of version 2, in a folder: a new group has the files of the controllers
    that its parent hands down, and goes away with them. Real are the files, the writes, and the shell."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        make, remove, write = Path.mkdir, Path.rmdir, Path.write_text

        def mkdir(path: Path, *words: Any, **named: Any) -> None:
            make(path, *words, **named)
            if root in path.parents:
                self.furnish(path)

        def rmdir(path: Path) -> None:
            if root in path.parents:
                if (path / "cgroup.procs").read_text().strip():
                    raise OSError("Device or resource busy")
                for file in path.iterdir():
                    file.unlink()
            remove(path)

        def write_text(path: Path, text: str, *words: Any, **named: Any) -> int:
            handing_down = path.name == "cgroup.subtree_control"
            if handing_down and (path.parent / "cgroup.procs").read_text().strip():
                # A group with processes hands nothing down.
                raise OSError("Device or resource busy")
            if handing_down:
                has = (path.parent / "cgroup.controllers").read_text().split()
                if not {word.lstrip("+") for word in text.split()} <= set(has):
                    raise OSError("Invalid argument")
                text = text.replace("+", "")
            return write(path, text, *words, **named)

        monkeypatch.setattr(Path, "mkdir", mkdir)
        monkeypatch.setattr(Path, "rmdir", rmdir)
        monkeypatch.setattr(Path, "write_text", write_text)

    def furnish(self, group: Path, controllers: str | None = None, processes: str = "") -> None:
        handed = group.parent / "cgroup.subtree_control"
        given = handed.read_text() if controllers is None else controllers
        (group / "cgroup.controllers").write_bytes(given.encode())
        (group / "cgroup.subtree_control").touch()
        (group / "cgroup.procs").write_bytes(processes.encode())
        for controller, names in {
            "pids": ["pids.max"],
            "memory": ["memory.max", "memory.swap.max"],
        }.items():
            for name in names if controller in given else ():
                (group / name).write_bytes(b"max\n")


@pytest.fixture
def v2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KernelV2:
    """As systemd lays a service out that has `Delegate=yes` and `DelegateSubgroup=runner`."""
    service = tmp_path / "cgroup" / "service"
    (service / "runner").mkdir(parents=True)
    kernel = KernelV2(tmp_path / "cgroup", monkeypatch)
    kernel.furnish(service, "cpu memory pids")
    kernel.furnish(service / "runner", "", f"{os.getpid()}\n")
    (tmp_path / "own").write_bytes(b"0::/service/runner\n")
    return kernel


def test_version_2_limits_by_one_group_beside_the_workers_own(v2: KernelV2, tmp_path: Path) -> None:
    """Processes, memory, no swap; the child is in the group before it is anything; nothing is left behind."""
    with Fence(SMALL, v2.root, tmp_path / "own") as fence:
        (group,) = fence._groups
        assert fence.why == "by a control group"
        assert group.parent == v2.root / "service"
        assert (group.parent / "cgroup.subtree_control").read_text() == "pids memory"
        assert (group / "pids.max").read_text() == str(SMALL.processes)
        assert (group / "memory.max").read_text() == str(SMALL.memory_bytes)
        assert (group / "memory.swap.max").read_text() == "0"
        done = subprocess.run(
            fence.around(["/bin/sh", "-c", "echo $$"]), capture_output=True, text=True, timeout=60
        )
        # The shell wrote its own number, and then became the command.
        assert (group / "cgroup.procs").read_text() == done.stdout != ""
        (group / "cgroup.procs").write_bytes(b"")
    assert not group.exists()
    assert sorted(path.name for path in (v2.root / "service").iterdir() if path.is_dir()) == ["runner"]


@pytest.mark.parametrize("has", ["cpu pids", "cpu memory", "cpu"])
def test_version_2_without_a_controller_says_so(v2: KernelV2, tmp_path: Path, has: str) -> None:
    v2.furnish(v2.root / "service", has)
    with Fence(SMALL, v2.root, tmp_path / "own") as fence:
        assert "no control group" in fence.why
    assert sorted(path.name for path in (v2.root / "service").iterdir() if path.is_dir()) == ["runner"]


def test_version_2_is_found_beside_a_tree_of_version_1(v2: KernelV2, tmp_path: Path) -> None:
    """Both at once, as systemd had it for years: version 2 lies in `unified`."""
    v2.root.rename(tmp_path / "unified")
    v2.root.mkdir()
    (tmp_path / "unified").rename(v2.root / "unified")
    with Fence(SMALL, v2.root, tmp_path / "own") as fence:
        assert [group.parent for group in fence._groups] == [v2.root / "unified" / "service"]
