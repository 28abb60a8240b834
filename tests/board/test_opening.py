"""What the board opens on."""

from __future__ import annotations

import pytest

from leaderboard.board.opening import Openings
from leaderboard.board.view import ViewState
from leaderboard.domain import NotFound, UnknownName
from leaderboard.record import Record
from tests.board.conftest import DEVELOPMENT, PUBLIC, fill, public_row
from tests.builders import rating


def test_a_first_visit_sees_rated_text_generation(published: Record) -> None:
    opening = Openings(published).open(ViewState())
    assert opening.view.task == "text-generation"
    assert opening.view.edition == published.default_edition("text-generation")
    assert opening.view.hardware is not None
    assert opening.view.protocol is not None
    assert opening.asked == ViewState()


@pytest.mark.parametrize("task", ["reasoning", "summarization", "gpqa", "text-to-video"])
def test_a_view_never_mixes_hardware_protocol_or_edition(published: Record, task: str) -> None:
    view = Openings(published).open(ViewState(task=task, configurations="all")).view
    rows = published.ratings(view.rating_query(1000)).items
    assert rows
    assert len({(row.task, row.hardware, row.protocol, row.edition) for row in rows}) == 1


def test_the_hardware_with_stars_is_preferred(record: Record) -> None:
    many = [public_row(f"a/m{n}", hardware="cpu", stars=None, not_rated="3 of 10") for n in range(3)]
    fill(record, *many, public_row("a/one", hardware="t4-16gb"))
    assert Openings(record).open(ViewState()).view.hardware == "t4-16gb"


def test_reasoning_is_off_where_a_cell_has_both(record: Record) -> None:
    rows = [public_row(f"a/{mode}", reasoning=mode) for mode in ("off", "on", "high")]
    fill(record, *rows)
    openings = Openings(record)
    assert openings.open(ViewState()).view.reasoning == "off"
    everything = openings.open(ViewState(reasoning="any"))
    assert record.ratings(everything.view.rating_query()).total == 3


def test_development_editions_open_only_by_name(record: Record) -> None:
    fill(record, rating("a/dev"), public_row("a/public"))
    openings = Openings(record)
    assert openings.open(ViewState()).edition.id == PUBLIC
    named = openings.open(ViewState(edition=DEVELOPMENT))
    assert named.edition.development
    assert named.view.task == "sentence-similarity"


def test_an_empty_board_still_opens(record: Record) -> None:
    fill(record)
    opening = Openings(record).open(ViewState())
    assert opening.view.task == "text-generation"
    assert opening.hardware == []


def test_no_edition_at_all_says_what_to_do(record: Record) -> None:
    with pytest.raises(NotFound, match="no edition"):
        Openings(record).open(ViewState())


@pytest.mark.parametrize("kind", ["task", "hardware", "protocol", "edition"])
def test_a_name_nobody_knows_lists_the_known_ones(published: Record, kind: str) -> None:
    with pytest.raises(UnknownName) as refused:
        Openings(published).open(ViewState(**{kind: "no-such-thing"}))
    assert refused.value.known


def test_what_arrives_later_is_seen(record: Record) -> None:
    openings = Openings(record)
    fill(record)
    assert [choice.id for choice in openings.open(ViewState()).tasks] == ["text-generation"]
    fill(record, public_row())
    assert [choice.id for choice in openings.open(ViewState()).tasks] == ["sentence-similarity"]


def test_another_edition_keeps_the_task_only_if_it_has_it(record: Record) -> None:
    fill(record, public_row(), rating("a/b", task="reasoning"))
    opening = Openings(record).open(ViewState(task="sentence-similarity"))
    leads = {choice.id: choice.href for choice in opening.editions}
    assert leads == {
        PUBLIC: f"/?task=sentence-similarity&edition={PUBLIC}",
        DEVELOPMENT: f"/?edition={DEVELOPMENT}",
    }
