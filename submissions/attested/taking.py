"""From an uploaded file to a bundle that waits for an operator, or a refusal that leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from leaderboard.domain import (
    Conflict,
    Event,
    Limits,
    ModelFacts,
    NotFound,
    Org,
    Person,
    Run,
    Status,
    Submission,
    Unavailable,
    rejections,
)
from leaderboard.judging.bundle import Manifest
from leaderboard.record import Record
from submissions.attested.judging import Judged, judge_bundle
from submissions.attested.nonces import given_at
from submissions.attested.opening import open_bundle, read_opening
from submissions.attested.refusing import refuse, refuse_for
from submissions.attested.unpack import unpack
from submissions.limits import Gate

_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_AT_ONCE = threading.BoundedSemaphore(2)
"""Bundles that are looked at at the same time: each takes memory and a processor."""


def take(
    record: Record,
    bundle: Path,
    person: Person,
    terms: Mapping[str, str],
    *,
    address: str = "",
    gate: Gate | None = None,
) -> Submission:
    """Judge a bundle and let it wait for an operator. Its nonce is used up only now, with its submission.

    Args:
        bundle: the uploaded file, which stays the caller's.
        terms: as `terms.accepted` gave them.
        address: as in `Record.submit`.
        gate: the limits; None: the usual cap of all bundles together alone.

    Raises:
        TooMany: as many of theirs, or of all, wait already, or a limit of a day is reached.
        Refused: a finding forbids it; it comes first among the refusal's findings.
        Unavailable: others' bundles are being looked at.
        StorageUnavailable: the disk takes no more.
    """
    gate = gate or Gate(record, Limits().only_queue())
    # Before any work is done for it; the record makes sure.
    gate.check(person, address=address, bundle=True)
    with _turn(), unpacked(record, bundle) as folder:
        manifest = read_opening(folder)
        at = given_at(record, manifest.nonce, person)
        opened = open_bundle(folder, manifest)
        judged = judge_bundle(opened, person, at, record.now())
        for finding in rejections(judged.findings):
            raise refuse_for(finding, judged.findings)
        submission = _submission(opened.run, manifest, person, record)
        event = _received(submission, manifest, judged, terms, sha256_of(bundle))
        with kept(record, submission.id, bundle):
            try:
                record.submit(
                    submission,
                    [event],
                    address=address,
                    limits=gate.limits_of(person),
                    nonce=manifest.nonce,
                )
            except Conflict as error:
                raise refuse("nonce-unused", error.message, error.remedy) from error
    return submission


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(blocking=False):
        raise Unavailable("Other bundles are being looked at.", "Send it again in a minute.")
    try:
        yield
    finally:
        _AT_ONCE.release()


@contextmanager
def unpacked(record: Record, bundle: Path) -> Iterator[Path]:
    """A folder with a bundle's members, gone afterwards. Raises Refused."""
    with tempfile.TemporaryDirectory(prefix="bundle-", dir=incoming(record)) as folder:
        unpack(bundle, Path(folder))
        yield Path(folder)


def incoming(record: Record) -> Path:
    """Where what comes lies until it is judged."""
    return _beside(record, "incoming")


def place_of(record: Record, submission_id: str) -> Path:
    """Where a bundle that was taken is kept."""
    return _beside(record, "bundles") / f"{submission_id}.zip"


@contextmanager
def kept(record: Record, submission_id: str, bundle: Path) -> Iterator[None]:
    """The bundle on the disk before the record tells of it; gone again where the record does not."""
    target = place_of(record, submission_id)
    partial = target.with_suffix(".part")
    try:
        with bundle.open("rb") as source, partial.open("wb") as file:
            shutil.copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        yield
    except BaseException:
        partial.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        raise


def tidy(record: Record) -> None:
    """At the start, before any bundle comes: what an end in the middle left, and what `drop_ended` drops.

    That is folders of bundles half unpacked, and files that no submission has.
    """
    for path in incoming(record).glob("bundle-*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for path in _beside(record, "bundles").iterdir():
        try:
            record.submission(path.stem if path.suffix == ".zip" else "")
        except NotFound:
            path.unlink(missing_ok=True)
    drop_ended(record)


def drop_ended(record: Record) -> list[str]:
    """Delete bundles that neither wait nor were accepted; returns the ids of their submissions.

    One of which the record does not tell yet is just being taken, and stays.
    """
    dropped = []
    for path in _beside(record, "bundles").glob("*.zip"):
        try:
            status = record.status(path.stem)
        except NotFound:
            continue
        if status.final and status is not Status.DONE:
            path.unlink(missing_ok=True)
            dropped.append(path.stem)
    return dropped


def _beside(record: Record, name: str) -> Path:
    folder = record.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def sha256_of(path: Path) -> str:
    """Of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _submission(run: Run, manifest: Manifest, person: Person, record: Record) -> Submission:
    model = run.plan.model
    owner = next((org for org in person.orgs if org.name.lower() == model.org.lower()), None)
    return Submission(
        id="".join(secrets.choice(_ID_ALPHABET) for _ in range(12)),
        plan=run.plan,
        facts=facts_of(run, manifest),
        submitted_by=person.subject,
        submitted_by_name=person.name,
        **_owner(owner),
        submitted_at=record.now(),
        note="" if manifest.title == model.repo_id else f"Readers call it {manifest.title}.",
    )


def _owner(org: Org | None) -> dict[str, str]:
    return {} if org is None else {"owner": org.subject, "owner_name": org.name}


def facts_of(run: Run, manifest: Manifest) -> ModelFacts:
    """What is known of a closed model: its run and its submitter say it, and not the Hub."""
    return ModelFacts(
        repo_id=run.plan.model.repo_id,
        sha=run.plan.model.sha,
        params=run.model.params,
        active_params=run.model.active_params,
        licence=manifest.licence,
        architectures=(run.model.architecture,),
        private=True,
        safetensors=True,
        weights_hash=run.model.weights_hash,
    )


def _received(
    submission: Submission, manifest: Manifest, judged: Judged, terms: Mapping[str, str], sha256: str
) -> Event:
    return Event(
        status=Status.RECEIVED,
        at=submission.submitted_at,
        actor=submission.submitted_by,
        message=f"None of the bundle's {len(judged.findings)} checks forbids it; it waits for an operator.",
        detail={
            "findings": [finding.model_dump(mode="json") for finding in judged.findings],
            "bundle": {
                "sha256": sha256,
                "title": manifest.title,
                "licence": manifest.licence,
                "harness_hash": manifest.harness_hash,
            },
            "terms": dict(terms),
            "recomputed": judged.recomputed._asdict(),
        },
    )
