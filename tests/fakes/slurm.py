"""A Slurm of its own in a folder: munge, a controller, one node with a made-up H100 and T4; real daemons."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

TOOLS = ("munged", "slurmctld", "slurmd", "sbatch")
_PATIENCE_S = 600.0
CONF = """\
ClusterName=starwatt
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld}
SlurmdPort={slurmd}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
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
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=512 Gres=gpu:h100:1,gpu:t4:1
PartitionName=all Nodes=node1 Default=YES MaxTime=INFINITE State=UP
"""
GRES = """\
NodeName=node1 Name=gpu Type=h100 File={folder}/dev/nvidia0
NodeName=node1 Name=gpu Type=t4 File={folder}/dev/nvidia1
"""


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

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self._write()
        try:
            for name in ("munged", "slurmctld", "slurmd"):
                self.start(name)
            self.wait_for(lambda: "idle" in self.ask("sinfo", "--noheader", "--format", "%t"), "an idle node")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def start(self, name: str) -> None:
        """Start a daemon."""
        words = {
            "munged": [
                *("--foreground", "--force", f"--key-file={self.folder}/munge.key"),
                *(f"--socket={self.folder}/munge.socket", f"--pid-file={self.folder}/munge.pid"),
                *(f"--log-file={self.folder}/munge.log", f"--seed-file={self.folder}/munge.seed"),
            ],
            "slurmctld": ["-D", "-f", str(self.conf)],
            "slurmd": ["-D", "-N", "node1", "-f", str(self.conf)],
        }[name]
        with (self.folder / f"{name}.out").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [shutil.which(name) or name, *words], env=self.environment(), stdout=log, stderr=log
            )
        if name == "munged":
            self.wait_for((self.folder / "munge.socket").exists, "munge's socket")

    def kill(self, name: str) -> None:
        """SIGKILL to a daemon."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

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
        for name in ("state", "spool", "dev"):
            (self.folder / name).mkdir(parents=True)
        for number in (0, 1):
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
            "slurmd": free_port(),
            "cpus": os.cpu_count(),
        }
        self.conf.write_text(CONF.format(**given))
        (self.folder / "gres.conf").write_text(GRES.format(**given))

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
