"""A Space with a clock moved by hand, somebody with a nonce, and a synthetic run that was made with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from leaderboard.domain import Org, Person, Refused
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from runners.bundle import bundle
from submissions.attested import nonces
from submissions.attested.taking import take
from tests import builders
from tests.submissions.attested import synthetic

PERSON = Person(subject="u1", name="ann", orgs=(Org(subject="o1", name="acme"),))
OPERATOR = Person(subject="u9", name="olga", operator=True)
TERMS = {"public_figures": "a" * 64, "integrity": "b" * 64, "representativeness": "c" * 64}
HOUR_S = 3600.0
NONCE = "20261116-" + "7" * 24


@pytest.fixture(autouse=True, scope="package")
def pins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with synthetic.pinned(tmp_path_factory.mktemp("pins")):
        yield


@pytest.fixture
def clock() -> HandClock:
    return HandClock(builders.NOON)


class Made(NamedTuple):
    folder: Path
    bundle: Path


@pytest.fixture(scope="package")
def made(pins: None, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A run that was made with `NONCE`, and its bundle; nothing may change them."""
    return make(tmp_path_factory.mktemp("made"), NONCE)


def make(place: Path, nonce: str, seed: int = 1) -> Made:
    folder = place / "out"
    folder.mkdir(parents=True)
    synthetic.write_folder(folder, synthetic.plan(nonce), builders.NOON + timedelta(minutes=1), seed)
    bundle(folder, place / "bundle.zip")
    return Made(folder, place / "bundle.zip")


@pytest.fixture
def given(record: Record, clock: HandClock) -> None:
    """`PERSON` was given `NONCE` at noon; an hour has passed, and the run is over."""
    give(record, NONCE)
    clock.advance(HOUR_S)


def give(record: Record, nonce: str, person: Person = PERSON) -> None:
    body = json.dumps({"at": record.now().isoformat()})
    expires = builders.NOON + timedelta(days=14)
    record.put_ticket("nonce", nonce, subject=person.subject, body=body, expires=expires)


@pytest.fixture
def folder(made: Made, given: None, tmp_path: Path) -> Path:
    """A copy of the run's folder, to be changed."""
    return Path(shutil.copytree(made.folder, tmp_path / "out"))


@pytest.fixture
def packed(made: Made, given: None, tmp_path: Path) -> Path:
    """A copy of its bundle."""
    return Path(shutil.copyfile(made.bundle, tmp_path / "bundle.zip"))


Refusal = Callable[..., Refused]


@pytest.fixture
def refused(record: Record) -> Refusal:
    """How a bundle is refused; and that nothing of it is left, and its nonce still good."""

    def refuse(path: Path, person: Person = PERSON) -> Refused:
        before = left(record)
        count = nonces.open_of(record, PERSON)
        with pytest.raises(Refused) as caught:
            take(record, path, person, TERMS)
        assert left(record) == before
        assert nonces.open_of(record, PERSON) == count
        assert caught.value.remedy
        assert caught.value.findings[0].remedy == caught.value.remedy
        return caught.value

    return refuse


def left(record: Record) -> tuple[set[str], int]:
    """The files beside the record, and how many submissions there are."""
    files = {
        path.as_posix()
        for name in ("incoming", "bundles", "runs")
        for path in (record.folder / name).rglob("*")
    }
    return files, len(record.submissions())
