"""A thousand publishings to a Hub that fails three calls in ten: nothing lost, nothing doubled, no haste.

The thousand go through an in-memory Hub, ten through the real client and a loopback Hub (two hundred in
`make faults`). Time is a clock that only sleeping moves.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from huggingface_hub import constants

from leaderboard.domain import HubUnavailable, Rating
from leaderboard.publish import (
    MemoryHub,
    Pace,
    Patience,
    Publisher,
    RecordView,
    build,
    ratings_of,
    read_parquet,
    repository,
)
from leaderboard.publish.hub import Hub, HubBusy, StaleParent
from leaderboard.publish.huggingface import HfHub
from leaderboard.publish.manifest import Change
from leaderboard.publish.pace import COMMITS_PER_HOUR, HOUR_S
from leaderboard.publish.push import push
from tests import builders
from tests.fakes.hub import Fault, LoopbackHub
from tests.faults.conftest import Report
from tests.faults.rounds import rounds
from tests.publish import records, views
from tests.publish.clocks import Clock

# The client's own: it hands LFS uploads to its HTTP library under a deprecated name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

PUBLISHINGS = 1000
CLIENT_PUBLISHINGS = rounds("publishing")
FAILING = 0.3
DATASET = "starwatt/energy"
NAME = repository(DATASET, "ratings-dev")
EDITION = "dev-2026-11"
LATEST = "sentence-similarity/latest.parquet"
T = TypeVar("T")


class FaultyHub(MemoryHub):
    """Answers three calls in ten with 429, 503, a dropped connection, a lost reply or somebody's commit."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        super().__init__()
        self.clock, self.chance = clock, chance
        self.not_before_s = 0.0
        self.faults = 0
        self.made_at_s: list[float] = []
        """When each commit of ours was made, its reply lost or not."""
        self.foreign: dict[str, bytes] = {}

    def ensure(self, repository: str, *, private: bool = False) -> None:
        self._answer(lambda: super(FaultyHub, self).ensure(repository, private=private))

    def head(self, repository: str) -> str | None:
        return self._answer(lambda: super(FaultyHub, self).head(repository))

    def read(self, repository: str, path: str, revision: str) -> bytes | None:
        return self._answer(lambda: super(FaultyHub, self).read(repository, path, revision))

    def listing(self, repository: str, revision: str) -> Mapping[str, str]:
        return self._answer(lambda: super(FaultyHub, self).listing(repository, revision))

    def commit(self, repository: str, change: Change, parent: str, message: str) -> str:
        def really() -> str:
            made = super(FaultyHub, self).commit(repository, change, parent, message)
            self.made_at_s.append(self.clock.now_s)
            return made

        if self.chance.random() < FAILING / 5:
            # Ahead of ours by a moment: 412.
            self.faults += 1
            self.somebody_commits(repository)
        return self._answer(really)

    def somebody_commits(self, repository: str) -> None:
        head = MemoryHub.head(self, repository)
        assert head is not None
        path = f"notes/{len(self.foreign)}.md"
        self.foreign[path] = b"Somebody's words."
        # Not only words of theirs beside ours: ours are written over too.
        change = Change({path: self.foreign[path], "README.md": b"Written over."})
        MemoryHub.commit(self, repository, change, head, "Somebody")

    def now(self, path: str) -> bytes | None:
        """What lies at a path, without faults."""
        head = MemoryHub.head(self, NAME)
        return MemoryHub.read(self, NAME, path, head) if head is not None else None

    def _answer(self, really: Callable[[], T]) -> T:
        assert self.clock.now_s >= self.not_before_s, "called before the wait was over"
        self.clock.sleep(self.chance.uniform(0.01, 2.0))
        if self.chance.random() >= FAILING:
            return really()
        self.faults += 1
        kind = self.chance.choice(("429", "503", "503 wait", "dropped", "412", "lost"))
        if kind == "lost":
            really()
        if kind in ("429", "503 wait"):
            wait_s = self.chance.choice((1.0, 7.0, 30.0, 100.0, 900.0))
            self.not_before_s = self.clock.now_s + wait_s
            raise HubBusy(f"HTTP {kind}", wait_s)
        if kind == "412":
            raise StaleParent(NAME)
        raise HubBusy(kind)


def grown(place: int, rows: dict[str, Rating]) -> RecordView:
    """The record after one more run: a new model, or a known one measured again."""
    row = builders.rating(f"org/model-{place % 40:02}", energy_wh_per_1000=0.5 + place / 7)
    rows[row.id] = row
    edition = builders.edition(EDITION)
    return RecordView(version=place + 1, editions=(edition,), rows={EDITION: tuple(rows.values())})


def until_done(publish: Callable[[], object], clock: Clock) -> int:
    """Publish as the scheduler does: once a minute until it is done. Returns how often it took."""
    for tries in range(1, 1000):
        try:
            publish()
            return tries
        except (HubUnavailable, StaleParent):
            clock.sleep(60.0)
    raise AssertionError("never done")


def most_in_an_hour(at_s: list[float]) -> int:
    return max(sum(1 for other in at_s if at <= other < at + HOUR_S - 1e-6) for at in at_s)


def test_a_thousand_publishings_lose_no_row_and_double_none() -> None:
    clock, chance = Clock(), random.Random(20261101)
    hub = FaultyHub(clock, chance)
    rows: dict[str, Rating] = {}
    patience = Patience(sleep=clock.sleep, clock=clock, pace=Pace())
    tries = 0
    for place in range(PUBLISHINGS):
        files = build(grown(place, rows), DATASET)["ratings-dev"]
        tries += until_done(lambda: push(hub, NAME, "ratings-dev", files, patience=patience), clock)  # noqa: B023
        content = hub.now(LATEST)
        assert content == files[LATEST]
        if place % 25 == 0:
            found = {row.id: row for row in ratings_of(read_parquet(content))}
            assert found == rows and len(ratings_of(read_parquet(content))) == len(rows)
    assert all(hub.now(path) == content for path, content in files.items())
    assert all(hub.now(path) == content for path, content in hub.foreign.items())
    # Each publishing is made by one commit, and by a second one only where somebody wrote over ours.
    assert PUBLISHINGS <= len(hub.made_at_s) <= PUBLISHINGS + len(hub.foreign)
    assert most_in_an_hour(hub.made_at_s) <= COMMITS_PER_HOUR
    assert hub.faults > PUBLISHINGS and tries > PUBLISHINGS and len(hub.foreign) > 30


class Weather:
    """Faults on the wire of the loopback Hub, three requests in ten, and what they ask for."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self.clock, self.chance = clock, chance
        self.not_before_s = 0.0
        self.faults = self.early = 0

    def __call__(self, method: str, path: str, phase: str) -> Fault | None:
        if phase == "before":
            self.early += self.clock.now_s < self.not_before_s
        if self.chance.random() >= FAILING / 2:
            return None
        self.faults += 1
        if phase == "after":
            return Fault(0)
        # The client does not let us see a wait in the answer to its check of the card's front matter.
        waits = () if "validate-yaml" in path else ("429", "limit")
        kind = self.chance.choice((*waits, "503", "dropped", "412"))
        if kind == "412" and "/commit/" in path:
            return Fault(412)
        if kind == "dropped":
            return Fault(0)
        if kind in ("429", "limit"):
            wait_s = self.chance.choice((1, 5, 60, 300))
            self.not_before_s = self.clock.now_s + wait_s
            said = {"Retry-After": str(wait_s)} if kind == "429" else {"RateLimit": f'"api";r=0;t={wait_s}'}
            return Fault(429, said)
        return Fault(503)


@pytest.fixture
def loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with LoopbackHub(tmp_path / "hub") as running:
        yield running


def test_the_real_client_on_a_bad_day(
    loopback: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    clock = Clock()
    # The client itself waits between tries of an upload beside the commit.
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", clock.sleep)
    weather = Weather(clock, random.Random(20261101))
    hub: Hub = HfHub(loopback.endpoint, loopback.write_token)
    rows: dict[str, Rating] = {}
    patience = Patience(sleep=clock.sleep, clock=clock, pace=Pace())
    with records.filled(tmp_path / "data", views.view(runs=())) as record:
        publisher = Publisher(record, hub, tmp_path / "published", DATASET, patience=patience)
        loopback.faults = weather
        for place in range(CLIENT_PUBLISHINGS):
            records.put(record, builders.edition(EDITION), tuple(grown(place, rows).rows[EDITION]))
            until_done(publisher.publish, clock)
            assert record.outbox() == []
        loopback.faults = None
    (repo,) = [repo for repo in loopback.store.repos("dataset") if repo.id == NAME]
    history = list(loopback.store.history(repo, "main"))
    content = hub.read(NAME, LATEST, history[0].oid)
    assert content is not None
    published = ratings_of(read_parquet(content))
    assert {row.id: row for row in published} == rows and len(published) == len(rows)
    # The first commit is the Hub's own.
    assert len(history) - 1 == CLIENT_PUBLISHINGS
    assert weather.faults > CLIENT_PUBLISHINGS and weather.early == 0
    report("publishing", CLIENT_PUBLISHINGS, f"{weather.faults} faults, one commit each")
