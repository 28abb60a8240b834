"""A run's folder in one zip, to be handed in at a Space: `python -m runners bundle` (docs/ATTESTED.md)."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path
from typing import NamedTuple

from leaderboard.domain import BadFile, BadInput, Run, now
from leaderboard.judging import bundle as form
from leaderboard.judging.bundle import Manifest, Member
from runners.bench.record import read_run_file
from runners.scrub import scrub


class Packed(NamedTuple):
    """A bundle that was written."""

    run: Run
    size: int
    """Bytes."""


def bundle(
    folder: Path, target: Path, *, nonce: str | None = None, title: str | None = None, licence: str = "closed"
) -> Packed:
    """Pack the folder of a finished run. Nothing is judged here: `python -m runners verify` does that.

    Args:
        folder: what `bench` wrote.
        target: the zip, there whole or not at all.
        nonce: what the caller believes the plan to carry; None: whatever it carries.
        title: what readers call the model; None: as in the plan.

    Raises:
        BadInput: the run was planned without a nonce, or with another one; or the target cannot be written.
        BadFile, WrongSchema: a file of the folder is missing, too large, or not what it should be.
    """
    run = read_run_file(folder / form.RUN)
    carried = run.plan.nonce
    if carried is None:
        raise BadInput(
            "This run was planned without a nonce, so nothing ties it to a Space's asking.",
            "Take one on the Space's page /submit/attested, plan with --nonce, and measure again.",
        )
    if nonce is not None and nonce != carried:
        raise BadInput(
            f"This run was planned with the nonce {carried}, not with {nonce[:40]}.",
            "Pack the other run, or plan and measure with this nonce.",
        )
    files = {
        form.PLAN: (run.plan.model_dump_json(indent=2) + "\n").encode(),
        form.RUN: _read(folder / form.RUN),
        form.TRACE: _read(folder / form.TRACE),
        form.LOG: _log(folder / form.LOG),
    }
    for name, content in files.items():
        if len(content) > form.MOST_BYTES[name]:
            raise BadFile(
                f"{name} has {len(content):,} bytes; {form.MOST_BYTES[name]:,} are taken.",
                "Measure fewer windows at once; a run of more than five hours is too long for a bundle.",
            )
    manifest = _manifest(run, files, title, licence)
    files = {form.MANIFEST: (manifest.model_dump_json(indent=2) + "\n").encode(), **files}
    return Packed(run, _write(files, target, run))


def _manifest(run: Run, files: dict[str, bytes], title: str | None, licence: str) -> Manifest:
    try:
        return Manifest(
            nonce=run.plan.nonce or "",
            run_key=run.run_key,
            title=title or run.plan.model.repo_id,
            licence=licence,
            harness=run.plan.harness,
            harness_hash=run.harness_hash,
            packed_at=now(),
            environment=run.environment,
            members={
                name: Member(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
                for name, content in files.items()
            },
        )
    except ValueError as error:
        raise BadInput(
            "The model's name or its licence is too long.", "Give at most 100 and 60 characters."
        ) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadFile(
            f"{path} cannot be read ({error.strerror}).", "Name the folder that `runners bench` wrote."
        ) from error


def _log(path: Path) -> bytes:
    """The log without tokens; of a very long one, the end."""
    text = scrub(_read(path).decode(errors="replace")).encode()
    if len(text) <= form.MOST_BYTES[form.LOG]:
        return text
    return text[-form.MOST_BYTES[form.LOG] :].decode(errors="ignore").encode()


def _write(files: dict[str, bytes], target: Path, run: Run) -> int:
    """The same run gives the same times inside, so that only the manifest's moment differs."""
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in files.items():
                member = zipfile.ZipInfo(name, run.finished_at.utctimetuple()[:6])
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                packed.writestr(member, content)
        partial.replace(target)
        return target.stat().st_size
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput(
            f"{target} cannot be written ({error.strerror}).", "Name a file in a folder of yours."
        ) from error
