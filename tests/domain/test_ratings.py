"""A rating says how much or why not; bands have what their rule needs; ids never change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leaderboard.domain import Bands, Cell, Edition, EditionStatus, Provenance, Reference, Rule, rating_id
from leaderboard.domain.editions import NamedThing
from tests import builders

REFERENCES = (Reference(model="a/b", energy=1.0), Reference(model="a/c", energy=2.0))


def test_ids_are_short_stable_and_different() -> None:
    assert rating_id("a", "b") == rating_id("a", "b") == "0hsyybe0tc"
    assert rating_id("a", "b") != rating_id("ab", "")


@given(st.lists(st.text(), min_size=1))
def test_ids_fit_a_rating(parts: list[str]) -> None:
    assert builders.rating(id=rating_id(*parts)).id == rating_id(*parts)


def test_a_row_knows_its_cell_and_its_maker() -> None:
    row = builders.rating(model="org/name", reasoning="high", task="reasoning", model_class="A")
    assert row.cell == Cell(row.edition, "reasoning", row.hardware, "A", row.protocol, "on")
    assert row.cell.key.endswith("/on")
    assert builders.rating(reasoning="off").cell.reasoning == "off"
    assert row.org == "org"


def test_a_row_without_stars_says_why() -> None:
    with pytest.raises(ValidationError, match="says why"):
        builders.rating(stars=None, stars_low=None, stars_high=None, not_rated="")
    assert builders.rating(stars=None, best=False).stars is None


@pytest.mark.parametrize(
    ("low", "high", "words"), [(1.0, None, "both ends"), (None, 9.0, "both ends"), (6.0, 9.0, "inside")]
)
def test_an_interval_holds_its_energy(low: float | None, high: float | None, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        builders.rating(energy_wh_per_1000=5.0, energy_low=low, energy_high=high)
    assert builders.rating(energy_wh_per_1000=5.0, energy_low=4.0, energy_high=6.0).energy_high == 6.0


def test_range_bands() -> None:
    assert Bands(rule=Rule.RANGE, low=1.0, high=2.0, references=REFERENCES).not_given == ()
    for wrong in ({"low": 2.0, "high": 1.0}, {"low": 1.0}, {"low": 1.0, "high": 2.0, "edges": ((1.5, 5),)}):
        with pytest.raises(ValidationError, match="range bands"):
            Bands.model_validate({"rule": Rule.RANGE, "references": REFERENCES, **wrong})


def test_quintile_bands() -> None:
    bands = Bands(rule=Rule.QUINTILE, edges=((1.0, 5), (2.0, 3), (4.0, 2)), references=REFERENCES)
    assert bands.not_given == (4,)
    for wrong in ({}, {"edges": ((1.0, 5),), "low": 1.0}):
        with pytest.raises(ValidationError, match="quintile bands"):
            Bands.model_validate({"rule": Rule.QUINTILE, "references": REFERENCES, **wrong})
    for edges in (((2.0, 5), (1.0, 4)), ((1.0, 4), (2.0, 5)), ((1.0, 4), (2.0, 4))):
        with pytest.raises(ValidationError, match="edges rise"):
            Bands(rule=Rule.QUINTILE, edges=edges, references=REFERENCES)


def test_provenance_knows_what_may_be_public() -> None:
    assert [p for p in Provenance if not p.public] == [Provenance.ESTIMATED, Provenance.SIMULATED]
    assert all(p.sentence for p in Provenance)


def test_an_edition_names_its_split() -> None:
    edition: Edition = builders.edition(id="dev-2026-11", status=EditionStatus.OPEN)
    assert edition.split == "edition_dev_2026_11"
    assert edition.reference == (edition.source is not None)
    assert NamedThing(id="gpqa", title="GPQA").summary == ""
