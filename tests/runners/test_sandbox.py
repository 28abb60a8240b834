from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leaderboard.domain import Device, Refused
from runners.bench import sandbox

needs_bwrap = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="no bubblewrap on this machine: install the package `bubblewrap`"
)


def test_the_childs_environment_is_an_allow_list() -> None:
    ours = {"PATH": "/bin", "HF_TOKEN": "secret", "AWS_SECRET_ACCESS_KEY": "secret", "HOME": "/home/me"}
    seen = sandbox.child_environment(ours, Device.CPU)
    assert "secret" not in seen.values()
    assert seen["HOME"] == "/tmp"
    assert seen["HF_HUB_OFFLINE"] == "1"
    assert seen["OMP_NUM_THREADS"] == "1"
    assert "OMP_NUM_THREADS" not in sandbox.child_environment(ours, Device.CUDA)
    assert sandbox.child_environment({"OMP_NUM_THREADS": "2"}, Device.CPU)["OMP_NUM_THREADS"] == "2"


def test_without_bubblewrap_only_a_development_machine_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "why_not", lambda: "bwrap is not installed")
    used, why = sandbox.choose("auto", development=True)
    assert not used
    assert "not installed" in why
    for mode, development in (("auto", False), ("require", True)):
        with pytest.raises(Refused, match="not installed") as caught:
            sandbox.choose(mode, development)  # type: ignore[arg-type]
        assert "--unsafe-no-sandbox" in caught.value.remedy
    assert sandbox.choose("off", development=False)[0] is False


def test_with_bubblewrap_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "why_not", lambda: "")
    assert sandbox.choose("auto", development=True)[0]
    assert sandbox.choose("require", development=False)[0]
    assert sandbox.choose("off", development=False)[0] is False


def test_a_machine_without_bubblewrap_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sandbox.why_not() == "bwrap is not installed"
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho no user namespaces >&2\nexit 1\n")
    broken.chmod(0o755)
    assert "no user namespaces" in sandbox.why_not()


PROBE = """
import json, os, socket, sys
def tried(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "worked"
print(json.dumps({
    "read": tried(lambda: open(sys.argv[1]).read()),
    "secret": tried(lambda: open(sys.argv[2]).read()),
    "home": os.path.exists(sys.argv[3]),
    "write": tried(lambda: open(sys.argv[1], "w")),
    "root": tried(lambda: open("/new", "w")),
    "repository": tried(lambda: open("runners/new.py", "w")),
    "tmp": tried(lambda: open("/tmp/new", "w")),
    "network": tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[4])), 1)),
    "processes": len([name for name in os.listdir("/proc") if name.isdigit()]),
    "ours": __import__("runners.bench.wire").__name__,
}))
"""


@needs_bwrap
def test_inside_there_is_little_and_nothing_to_write_to(tmp_path: Path) -> None:
    import socket

    if reason := sandbox.why_not():
        pytest.skip(reason)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "weights").write_text("w")
    (tmp_path / "token").write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = [str(tmp_path / "cache" / "weights"), str(tmp_path / "token")]
        words += [str(Path.home() / ".cache"), str(server.getsockname()[1])]
        command = [*sandbox.bubblewrap([tmp_path / "cache"]), sys.executable, "-c", PROBE, *words]
        environment = sandbox.child_environment(os.environ, Device.CPU)
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["read"] == found["tmp"] == "worked"
    assert found["secret"] == "FileNotFoundError"
    assert found["home"] is False
    for place in ("write", "root", "repository", "network"):
        assert found[place] != "worked", place
    assert found["processes"] <= 2
    assert not (sandbox.ROOT / "runners" / "new.py").exists()


SERVER = """
import socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.bind(sys.argv[1])
    server.listen()
    taken, _ = server.accept()
    with taken:
        taken.sendall(b"from inside")
"""


@needs_bwrap
def test_a_server_inside_is_heard_over_a_socket_in_the_one_folder_it_may_write_to(tmp_path: Path) -> None:
    if sandbox.why_not():
        pytest.skip(sandbox.why_not())
    path = tmp_path / "socket"
    command = [*sandbox.bubblewrap((), (tmp_path,)), sys.executable, "-c", SERVER, str(path)]
    with subprocess.Popen(command, env={"PATH": os.environ["PATH"]}) as process:
        until_s = time.monotonic() + 60
        while not path.exists() and process.poll() is None and time.monotonic() < until_s:
            time.sleep(0.01)
        with socket.socket(socket.AF_UNIX) as client:
            while time.monotonic() < until_s and process.poll() is None:
                try:
                    client.connect(str(path))
                    break
                except ConnectionRefusedError:
                    time.sleep(0.01)
            assert client.recv(100) == b"from inside"
    assert process.returncode == 0
