"""Where things lie, and which edition `latest` shows."""

from __future__ import annotations

from datetime import date

import pytest

from leaderboard.domain import BadInput, EditionStatus
from leaderboard.publish.layout import check_dataset, latest_edition, repository
from tests import builders
from tests.publish import views

OLD = views.reference_edition("aies-2025-02", date(2025, 2, 1))
NEW = views.reference_edition("mlenergy-v3", date(2026, 2, 16))
OPEN = builders.edition("2027-05", dated=date(2027, 5, 1))
FROZEN = builders.edition("2026-11", dated=date(2024, 1, 1), status=EditionStatus.FROZEN)
OLDER_FROZEN = builders.edition("2026-05", dated=date(2023, 1, 1), status=EditionStatus.FROZEN)
SUPERSEDED = builders.edition("2025-11", dated=date(2027, 1, 1), status=EditionStatus.SUPERSEDED)
EVERY = [OPEN, OLD, SUPERSEDED, NEW, OLDER_FROZEN, FROZEN]


def test_latest_is_the_newest_frozen_one_of_ours() -> None:
    assert latest_edition(EVERY, [edition.id for edition in EVERY]) == FROZEN


def test_latest_is_the_newest_reference_edition_where_none_of_ours_is_frozen() -> None:
    assert latest_edition(EVERY, [OPEN.id, OLD.id, NEW.id, SUPERSEDED.id]) == NEW


def test_latest_looks_only_at_editions_that_have_the_task() -> None:
    assert latest_edition(EVERY, [OLD.id]) == OLD
    assert latest_edition(EVERY, [OPEN.id]) is None
    assert latest_edition(EVERY, []) is None


def test_among_development_editions_the_newest_is_latest() -> None:
    first = builders.edition("dev-2026-05", dated=date(2026, 5, 1), status=EditionStatus.FROZEN)
    second = builders.edition("dev-2026-11", dated=date(2026, 11, 1))
    assert latest_edition([first, second], [first.id, second.id]) == second


def test_names_on_the_hub() -> None:
    assert repository(check_dataset("starwatt/energy"), "ratings-dev") == "starwatt/energy-ratings-dev"


@pytest.mark.parametrize(
    "dataset", ["", "energy", "a/b/c", "a/../b", "a/b--c", "<b>/x", "a/" + "b" * 90, "/b", "a/"]
)
def test_what_is_no_prefix_is_said_with_an_example(dataset: str) -> None:
    with pytest.raises(BadInput, match="starwatt/energy"):
        check_dataset(dataset)
