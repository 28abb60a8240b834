"""An unpacked bundle as what it says: manifest, plan, run and samples, each held to the others."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from leaderboard.domain import Run, WrongSchema, read_plan, read_run
from leaderboard.judging import bundle as form
from leaderboard.judging.bundle import Manifest, read_manifest
from leaderboard.judging.samples import Sample
from submissions.attested.refusing import AGAIN, MEASURE, refuse
from submissions.attested.trace import read_hostile_trace

_MOST_PARTS = {"windows": 100, "stages": 1000, "findings": 100}
"""Parts of a run that are looked at one by one; a real run has a tenth of it."""


class Opened(NamedTuple):
    """What a bundle holds, once its parts belong together."""

    manifest: Manifest
    run: Run
    samples: list[Sample]


def read_opening(folder: Path) -> Manifest:
    """The manifest, and every other file as it says.

    Raises:
        Refused: of another schema, or a file is not the one that was packed.
    """
    try:
        manifest = read_manifest(_json(folder / form.MANIFEST))
    except WrongSchema as error:
        raise refuse("bundle-schema", error.message, error.remedy) from error
    others = {name for name in form.MOST_BYTES if name != form.MANIFEST}
    if set(manifest.members) != others:
        raise refuse("bundle-hashes", "The manifest does not name just the files of a bundle.", AGAIN)
    for name, member in manifest.members.items():
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != member.sha256 or (folder / name).stat().st_size != member.size:
            told = f"{name} is not the file that was packed: its sha256 is {found[:12]}…, "
            raise refuse("bundle-hashes", f"{told}and the manifest says {member.sha256[:12]}….", AGAIN)
    return manifest


def open_bundle(folder: Path, manifest: Manifest) -> Opened:
    """The rest of it.

    Raises:
        Refused: a part is no such thing, too large, or of another run than the others.
    """
    document = _json(folder / form.RUN)
    for part, most in _MOST_PARTS.items():
        found = document.get(part) if isinstance(document, dict) else None
        if isinstance(found, list) and len(found) > most:
            raise refuse("run-readable", f"run.json has {len(found):,} {part}; no run has.", MEASURE)
    try:
        run, plan = read_run(document), read_plan(_json(folder / form.PLAN))
    except WrongSchema as error:
        raise refuse("run-readable", error.message, error.remedy) from error
    told = {
        "the plan": (plan.run_key, run.plan.run_key),
        "the manifest's run key": (manifest.run_key, run.run_key),
        "the manifest's nonce": (manifest.nonce, run.plan.nonce),
        "the manifest's harness": (manifest.harness_hash, run.harness_hash),
        "the manifest's environment": (manifest.environment, run.environment),
    }
    apart = [what for what, (one, other) in told.items() if one != other]
    if apart:
        raise refuse(
            "bundle-of-one-run", f"{apart[0]} is of another run than run.json.".capitalize(), MEASURE
        )
    return Opened(manifest, run, read_hostile_trace(folder / form.TRACE))


def _json(path: Path) -> object:
    try:
        document: object = json.loads(path.read_bytes())
        # Half a character (a lone surrogate) can be read and never be written down again.
        json.dumps(document, ensure_ascii=False).encode()
    # A document of brackets alone is refused by the parser's own depth.
    except (ValueError, RecursionError) as error:
        raise refuse("bundle-readable", f"{path.name} is not JSON.", AGAIN) from error
    return document
