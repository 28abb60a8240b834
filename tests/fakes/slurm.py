"""A Slurm of its own in a folder: munge, a controller, nodes with a made-up H100 or T4; real daemons.

Debian's `slurmd` may run several times on one host, each as a node of its own with a port of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

TOOLS = ("munged", "slurmctld", "slurmd", "sbatch")
_PATIENCE_S = 600.0
CONF = """\
ClusterName=starwatt
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
GresTypes=gpu
MailProg=/bin/true
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=60
KillWait=2
MinJobAge=60
SchedulerParameters=sched_interval=1,batch_sched_delay=0
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory=512 "
    "Gres=gpu:{gpu}:1"
)
GRES = "NodeName={name} Name=gpu Type={gpu} File={folder}/dev/nvidia{number}\n"


def why_not() -> str:
    """Why no Slurm can be started here; empty: it can."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"no Slurm on this machine ({', '.join(missing)}): install slurm-wlm and munge"
    return "" if os.geteuid() == 0 else "Slurm's daemons are started as root here"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class SlurmCluster:
    """Started by entering it; daemons that a test has killed are started again with `start`."""

    def __init__(self, folder: Path, gpus: Sequence[str] = ("h100", "t4")) -> None:
        """`gpus`: the kind of each node's, by which `node1`, `node2` … are told apart."""
        self.folder = folder
        self.nodes = {f"node{number}": gpu for number, gpu in enumerate(gpus, 1)}
        self.conf = folder / "slurm.conf"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self._write()
        try:
            for name in ("munged", "slurmctld", *self.nodes):
                self.start(name)
            self.wait_for(lambda: all(self.state(name) == "idle" for name in self.nodes), "idle nodes")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def start(self, name: str) -> None:
        """Start a daemon: `munged`, `slurmctld`, or that of a node by its name."""
        program = "slurmd" if name in self.nodes else name
        words = {
            "munged": [
                *("--foreground", "--force", f"--key-file={self.folder}/munge.key"),
                *(f"--socket={self.folder}/munge.socket", f"--pid-file={self.folder}/munge.pid"),
                *(f"--log-file={self.folder}/munge.log", f"--seed-file={self.folder}/munge.seed"),
            ],
            "slurmctld": ["-D", "-f", str(self.conf)],
            "slurmd": ["-D", "-N", name, "-f", str(self.conf)],
        }[program]
        with (self.folder / f"{name}.out").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [shutil.which(program) or program, *words], env=self.environment(), stdout=log, stderr=log
            )
        if name == "munged":
            self.wait_for((self.folder / "munge.socket").exists, "munge's socket")

    def kill(self, name: str) -> None:
        """SIGKILL to a daemon."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def pid(self, name: str) -> int:
        """Of a daemon; below that of a node are its jobs."""
        return self._running[name].pid

    def state(self, node: str) -> str:
        """What the controller says of a node: `idle`, `alloc`, `down*` …"""
        return self.ask("sinfo", "--noheader", "--nodes", node, "--format", "%t").strip()

    def environment(self) -> dict[str, str]:
        return {**os.environ, "SLURM_CONF": str(self.conf)}

    def ask(self, *command: str) -> str:
        answer = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=60)
        return answer.stdout

    def wait_for(self, due: Callable[[], bool], what: str) -> None:
        deadline_s = time.monotonic() + _PATIENCE_S
        while not due():
            if time.monotonic() > deadline_s:
                logs = [path.read_text(errors="replace")[-3000:] for path in self.folder.glob("*.[lo][ou]*")]
                raise AssertionError("\n".join([*logs, self.ask("squeue"), f"never {what}"]))
            threading.Event().wait(0.1)

    def _write(self) -> None:
        for name in ("state", "dev", *(f"spool-{node}" for node in self.nodes)):
            (self.folder / name).mkdir(parents=True)
        for number in range(len(self.nodes)):
            # Slurm takes character devices for GPUs, and looks no further.
            device = self.folder / "dev" / f"nvidia{number}"
            os.mknod(device, stat.S_IFCHR | 0o600, os.makedev(195, 200 + number))
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        given = {
            "folder": self.folder,
            "host": socket.gethostname().partition(".")[0],
            "ctld": free_port(),
            "cpus": os.cpu_count(),
        }
        named = [
            {**given, "name": name, "gpu": gpu, "number": number, "port": free_port()}
            for number, (name, gpu) in enumerate(self.nodes.items())
        ]
        self.conf.write_text(CONF.format(**given, nodes="\n".join(NODE.format(**one) for one in named)))
        (self.folder / "gres.conf").write_text("".join(GRES.format(**one) for one in named))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "slurmctld" in self._running:
            self.ask("scancel", "--user", "root")
        for process in reversed(self._running.values()):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
