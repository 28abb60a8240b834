"""Compiles the library once for each state of its source."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

SOURCE = Path(__file__).parent
NAME = "libnvidia-ml.so.1"


class NoCompiler(Exception):
    """There is no C compiler here."""


def library(cache: Path | None = None) -> Path:
    """The folder that holds the library, for LD_LIBRARY_PATH.

    Raises:
        NoCompiler: gcc is not installed.
        subprocess.CalledProcessError: it does not compile.
    """
    sources = sorted(SOURCE.glob("*.[ch]"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    folder = (cache or Path(tempfile.gettempdir()) / "starwatt-card") / digest
    if (folder / NAME).exists():
        return folder
    compiler = shutil.which("gcc")
    if compiler is None:
        raise NoCompiler("gcc is not installed, and a simulated card needs it.")
    folder.mkdir(parents=True, exist_ok=True)
    # Under a name of its own first: another process or thread may be compiling too.
    partial = folder / f"{NAME}.{uuid.uuid4().hex}"
    command = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"]
    command += [f"-Wl,-soname,{NAME}", "-o", str(partial), *map(str, SOURCE.glob("*.c")), "-lm"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    partial.replace(folder / NAME)
    return folder
