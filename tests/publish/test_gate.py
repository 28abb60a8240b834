"""No estimate, simulation or development figure ever reaches a public data set."""

from __future__ import annotations

import itertools

import pytest

from leaderboard.domain import Device, Provenance, Rating, Refused, Run
from leaderboard.publish import build, gate
from leaderboard.publish.hub import MemoryHub
from leaderboard.publish.layout import MANIFEST, SUFFIXES, Suffix, public
from leaderboard.publish.manifest import Manifest, entry_of
from leaderboard.publish.parquet import parquet_bytes, read_parquet
from leaderboard.publish.push import push
from leaderboard.publish.tables import ratings_of, ratings_table, runs_of, runs_table
from leaderboard.publish.view import RecordView
from tests import builders
from tests.publish import views

OFFICIAL = builders.profile(id="official", starts=2, block=None)


def every_row() -> list[tuple[bool, Rating]]:
    """Every provenance, marked as development or not, in a public and in a development edition."""
    rows = []
    for place, (provenance, marked, edition) in enumerate(
        itertools.product(Provenance, (False, True), ("2026-11", "dev-2026-11"))
    ):
        row = builders.rating(f"org/m{place}", edition=edition, provenance=provenance, development=marked)
        rows.append((edition == "2026-11" and not marked and provenance.public, row))
    return rows


def every_run() -> list[tuple[bool, Run]]:
    runs = []
    for provenance, profile, device, hardware in itertools.product(
        Provenance,
        (OFFICIAL, builders.profile()),
        Device,
        ("t4-16gb", "cpu", "no-such-card"),
    ):
        plan = builders.plan(profile=profile, device=device, hardware=hardware)
        may = provenance.public and profile is OFFICIAL and device is Device.CUDA and hardware == "t4-16gb"
        runs.append((may, builders.run(plan, provenance=provenance)))
    return runs


def view() -> RecordView:
    rows = [row for _, row in every_row()]
    return RecordView(
        version=1,
        editions=(builders.edition("2026-11"), builders.edition("dev-2026-11")),
        rows={
            edition: tuple(row for row in rows if row.edition == edition)
            for edition in ("2026-11", "dev-2026-11")
        },
        runs=tuple(run for _, run in every_run()),
    )


def published(suffix: Suffix) -> dict[str, bytes]:
    return {path: content for path, content in build(view())[suffix].items() if path.endswith(".parquet")}


def test_public_ratings_are_exactly_those_that_may_be() -> None:
    ids = {row.id for content in published("ratings").values() for row in ratings_of(read_parquet(content))}
    assert ids == {row.id for may, row in every_row() if may}
    assert len(ids) == 3


def test_public_runs_are_exactly_those_that_may_be() -> None:
    runs = [run for content in published("runs").values() for run in runs_of(read_parquet(content))]
    assert sorted(runs, key=str) == sorted((run for may, run in every_run() if may), key=str)
    assert len(runs) == 3


def test_development_data_sets_hold_the_rest_and_every_row_is_marked() -> None:
    for suffix in ("ratings-dev", "runs-dev"):
        tables = [read_parquet(content) for content in published(suffix).values()]
        assert tables
        assert all(mark for table in tables for mark in table["development"].to_pylist())
    (content,) = published("runs-dev").values()
    assert len(runs_of(read_parquet(content))) == sum(not may for may, _ in every_run())


def test_rows_that_contradict_their_edition_are_published_nowhere_and_named() -> None:
    named = set(gate.withheld(view()))
    everywhere = {
        row.id
        for suffix in ("ratings", "ratings-dev")
        for content in published(suffix).values()
        for row in ratings_of(read_parquet(content))
    }
    contradicting = {
        row.id for may, row in every_row() if not may and (row.edition == "2026-11" or not row.development)
    }
    assert named == contradicting and named
    assert not named & everywhere


@pytest.mark.parametrize(
    "row",
    [
        builders.rating(development=False, provenance=Provenance.ESTIMATED),
        builders.rating(development=False, provenance=Provenance.SIMULATED),
        builders.rating(development=True, provenance=Provenance.MEASURED),
    ],
)
def test_the_gate_looks_at_the_bytes_themselves(row: Rating) -> None:
    fine = views.reference_row("org/fine")
    path = "text-generation/latest.parquet"
    gate.check("ratings", {path: parquet_bytes(ratings_table([fine]))})
    content = parquet_bytes(ratings_table([fine, row]))
    gate.check("ratings-dev", {path: content})
    with pytest.raises(Refused, match="nothing was published"):
        gate.check("ratings", {path: content})


@pytest.mark.parametrize(
    ("run", "development"),
    [
        (builders.run(provenance=Provenance.MEASURED), False),
        (views.public_run().model_copy(update={"provenance": Provenance.SIMULATED}), False),
        (views.public_run(), True),
    ],
)
def test_the_gate_looks_at_runs_too(run: Run, development: bool) -> None:
    gate.check("runs", {"x/runs.parquet": parquet_bytes(runs_table([views.public_run()], lambda run: False))})
    with pytest.raises(Refused, match="nothing was published"):
        gate.check("runs", {"x/runs.parquet": parquet_bytes(runs_table([run], lambda run: development))})


def test_nothing_gets_past_it_on_the_way_out() -> None:
    hub = MemoryHub()
    path = "sentence-similarity/edition_2026_11.parquet"
    content = parquet_bytes(ratings_table([builders.rating()]))
    manifest = Manifest(record_version=1, files={path: entry_of(content, 1)}).content()
    with pytest.raises(Refused):
        push(hub, "org/x-ratings", "ratings", {path: content, MANIFEST: manifest})
    assert hub.head("org/x-ratings") is None


def test_two_data_sets_are_public_and_two_are_not() -> None:
    assert [suffix for suffix in SUFFIXES if public(suffix)] == ["ratings", "runs"]
