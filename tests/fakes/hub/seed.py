"""What the loopback Hub holds at its start: real weights, built models, models to refuse, data sets."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Literal

from . import datasets, encoders, generators, refused, texts, tiny, vocabulary
from .carriers import CARRIERS, PackageGone, carrier_path, carriers_dir, install
from .conversions import CONVERSIONS
from .server import LoopbackHub
from .store import Gate, RepoType

Part = Literal["carried", "converted", "dishonest", "encoders", "generators", "refused", "tiny", "data"]
PARTS: tuple[Part, ...] = (
    "data",
    "refused",
    "carried",
    "converted",
    "encoders",
    "generators",
    "tiny",
    "dishonest",
)
# One moment for all seeded commits, so that equal content has an equal commit hash at every start.
DATE = "2026-11-01T00:00:00.000Z"
DEFAULT_CACHE = Path(__file__).parents[3] / ".cache" / "hub"
Say = Callable[[str], None]


def seed(
    hub: LoopbackHub,
    only: Collection[Part] | None = None,
    *,
    cache: Path = DEFAULT_CACHE,
    say: Say = lambda _: None,
) -> list[str]:
    """Publish the demonstration repositories (`only` some parts of them) and return their ids.

    `cache` keeps built and converted models and data sets between starts. `say` hears of what was left out:
    what a package carries that is gone. All parts but "data", "refused" and "carried" need torch; seeding
    twice changes nothing.
    """
    published = []
    for part in PARTS:
        if only is None or part in only:
            for one in _repositories(part, cache, say):
                hub.publish(one.kind, one.id, one.files, private=one.private, gated=one.gated, date=DATE)
                published.append(one.id)
    return published


@dataclass(frozen=True)
class Repository:
    """One repository to publish."""

    kind: RepoType
    id: str
    files: Mapping[str, bytes | Path]
    private: bool = False
    gated: Gate = False


def _repositories(part: Part, cache: Path, say: Say) -> Iterator[Repository]:
    if part == "data":
        stamp = datasets.content_version()
        for data_set in datasets.DATA_SETS:
            try:
                files = _kept(cache / "data", data_set.repo_id, stamp, data_set.build)
                yield Repository("dataset", data_set.repo_id, files)
            except PackageGone as gone:
                say(f"package-gone: {data_set.repo_id} is left out: {gone}")
    elif part == "refused":
        for model in refused.REFUSED:
            gated: Gate = "manual" if model.gated else False
            yield Repository("model", model.repo_id, refused.build(model), model.private, gated)
    elif part == "carried":
        for repo_id in (name for name, carrier in CARRIERS.items() if carrier.repository):
            try:
                yield Repository("model", repo_id, _folder(_fetched(repo_id)))
            except PackageGone as gone:
                say(f"package-gone: {repo_id} is left out: {gone}")
    elif part == "converted":
        for repo_id, conversion in CONVERSIONS.items():
            try:
                build = partial(conversion.build, *map(_fetched, conversion.sources))
            except PackageGone as gone:
                say(f"package-gone: {repo_id} is left out: {gone}")
            else:
                pinned = [sha256 for name in conversion.sources for sha256 in CARRIERS[name].files.values()]
                version = _version(conversion.modules, pinned)
                yield Repository("model", repo_id, _kept(cache, repo_id, version, build))
    elif part == "encoders":
        for encoder in encoders.ENCODERS:
            build = partial(encoders.build, encoder)
            yield Repository("model", encoder.repo_id, _kept(cache, encoder.repo_id, _built(), build))
    elif part in ("tiny", "dishonest"):
        for small in tiny.HONEST if part == "tiny" else tiny.DISHONEST:
            yield Repository("model", small.repo_id, _kept(cache, small.repo_id, _built(), small.build))
    else:
        for family in generators.FAMILIES:
            repo_id = f"starwatt-demo/{family}-tiny"
            build = partial(generators.build, family)
            yield Repository("model", repo_id, _kept(cache, repo_id, _built(), build))


def _fetched(name: str) -> Path:
    """The folder of something carried, installed first if it is not there. Raises `PackageGone`."""
    install(carriers_dir(), name)
    return carrier_path(name)


def _kept(
    cache: Path, repo_id: str, version: str, build: Callable[[], dict[str, bytes]]
) -> Mapping[str, Path]:
    """What was built, from the cache, built into it first if this version of it is not there."""
    folder = cache / f"{repo_id.split('/')[1]}-{version}"
    if not folder.is_dir():
        beside = cache / uuid.uuid4().hex
        for name, content in build().items():
            file = beside / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        try:
            beside.rename(folder)
        except OSError:
            # Somebody else finished the same one first.
            shutil.rmtree(beside)
    return _folder(folder)


@cache
def _built() -> str:
    """The version of the models with random weights: their vocabulary is made from Python's own text."""
    here = Path(__file__).parent
    modules = [module.relative_to(here).as_posix() for module in sorted((here / "tiny").glob("*.py"))]
    return _version(
        ("encoders.py", "generators.py", "vocabulary.py", *modules),
        [*texts.sentences(), *vocabulary.wordpieces()],
    )


def _version(modules: Iterable[str], ingredients: Iterable[str]) -> str:
    """Changes whenever a model's bytes may: with what it is made of, the code for it, or the builders."""
    digest = hashlib.sha256("\n".join(ingredients).encode())
    for module in modules:
        digest.update((Path(__file__).parent / module).read_bytes())
    for package in ("torch", "transformers", "tokenizers", "safetensors", *tiny.PACKAGES):
        digest.update(installed_version(package).encode())
    return digest.hexdigest()[:12]


def _folder(folder: Path) -> dict[str, Path]:
    """The files below a folder by their path in it."""
    return {str(file.relative_to(folder)): file for file in sorted(folder.rglob("*")) if file.is_file()}
