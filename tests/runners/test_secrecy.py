"""A model without a sandbox looks for the tokens of who started it: environments, memory and open files."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runners.bench import sandbox
from runners.bench.sandbox import ROOT
from runners.executors import Job
from runners.executors.hf_job import ASKED, FETCH_TOKEN, TOKEN
from runners.executors.local import LocalExecutor
from tests.runners.conftest import make_plan
from tests.runners.test_hf_job import wanted
from tests.runners.test_local_executor import until

linux = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc here")
NEEDLE = "pry-me-0123456789"
PRY = """
import os, sys
needle = ("pry-" + "me-0123456789").encode()
found, refused = [], []
def look(what, read):
    try:
        if needle in read():
            found.append(what)
    except OSError:
        refused.append(what)
def memory(pid):
    seen = b""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            ends, rights, *_ = line.split()
            start, end = (int(one, 16) for one in ends.split("-"))
            if rights.startswith("rw") and end - start < 2**28:
                try:
                    mem.seek(start)
                    seen += mem.read(end - start)
                except (OSError, ValueError, OverflowError):
                    continue
    return seen
def files(pid):
    seen = b""
    for name in os.listdir(f"/proc/{pid}/fd"):
        descriptor = os.open(f"/proc/{pid}/fd/{name}", os.O_RDONLY | os.O_NONBLOCK)
        try:
            seen += os.read(descriptor, 65536)
        except OSError:
            pass
        finally:
            os.close(descriptor)
    return seen
pid = int(sys.argv[1])
look("environ", lambda: open(f"/proc/{pid}/environ", "rb").read())
look("mem", lambda: memory(pid))
look("fd", lambda: files(pid))
for other in filter(str.isdigit, os.listdir("/proc")):
    if int(other) >= pid and int(other) != os.getpid():
        look("environ of another", lambda: open(f"/proc/{other}/environ", "rb").read())
print("found", sorted(set(found)), "refused", sorted(set(refused) & {"environ", "mem", "fd"}))
"""
JOB = f"""
import os, subprocess, sys
from runners.bench import sandbox
from runners.executors import Ending, hf_job
def measure(wanted, token, folder, tell):
    command = [*sandbox.bare(), sys.executable, "-S", "-c", {PRY!r}, str(os.getpid())]
    done = subprocess.run(command, capture_output=True, text=True, env={{"PATH": os.environ["PATH"]}})
    # It has both all the same.
    has = len(token), len(os.environ[hf_job.FETCH_TOKEN])
    tell({{"said": done.stdout, "errors": done.stderr, "has": has}})
    return Ending("done")
hf_job.measure = measure
sys.exit(hf_job.main())
"""


@linux
def test_a_child_finds_no_token_of_a_hub_job() -> None:
    token, fetch = f"sw_runner_{NEEDLE}", f"hf_{NEEDLE}"
    done = subprocess.run(
        [sys.executable, "-c", JOB],
        cwd=ROOT,
        env={**os.environ, TOKEN: token, FETCH_TOKEN: fetch, ASKED: wanted().to_json()},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    told = json.loads(done.stdout)
    assert told["said"] == "found [] refused ['environ', 'fd', 'mem']\n", told
    assert told["has"] == [len(token), len(fetch)]


@linux
def test_a_token_that_another_process_shows_is_no_secret() -> None:
    """An image's own first process has what the job has: then a model without a sandbox is refused."""
    command = ["sh", "-c", f"{sys.executable} -m runners.executors.hf_job; true"]
    environment = {**os.environ, TOKEN: f"sw_runner_{NEEDLE}", ASKED: wanted().to_json()}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    ended = json.loads(done.stdout)["ended"]
    assert ended["code"] == "refused"
    assert "could read it" in ended["cause"]


@linux
def test_a_child_finds_no_token_of_its_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FETCH_TOKEN, f"hf_{NEEDLE}")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # It waits for a Hub that never answers.
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        placed = LocalExecutor(tmp_path / "cache", "auto").place(Job(make_plan(), tmp_path / "job"))
        try:
            until(lambda: placed.moment().message != "starting", 120)
            pid = placed._process.pid  # type: ignore[attr-defined]
            done = subprocess.run(
                [*sandbox.bare(), sys.executable, "-S", "-c", PRY, str(pid)],
                capture_output=True,
                text=True,
                env={"PATH": os.environ["PATH"]},
                timeout=300,
            )
        finally:
            placed.kill()
    assert done.stdout == "found [] refused ['environ', 'fd', 'mem']\n", done
