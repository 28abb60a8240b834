"""The lines of a model's card: put in once, renewed in place, and nothing else touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.domain import Refused
from leaderboard.publish.card_snippet import BEGIN, END, placed, snippet
from leaderboard.publish.eval_results import travelling
from tests.publish.test_eval_results import FROZEN, MODEL, SITE, no_notices, row

WORDS = f"{BEGIN}\nnew\n{END}"
OLD = f"{BEGIN.replace('renewed', 'kept')}\nold\n{END}"


def test_the_snippet_has_a_badge_for_each_row_that_leads_to_its_rating() -> None:
    found = travelling(MODEL, [row(), row(task="text-generation", model_class="A")], [FROZEN], no_notices)
    words = snippet(found, SITE)
    assert words.startswith(BEGIN) and words.endswith(END)
    assert f"({SITE}/badge/2026-11/sentence-similarity/t4-16gb/org/model.svg)]({SITE}/r/{row().id})" in words
    assert "4 of 5 stars, could be 3–4, 0.500 Wh per 1,000 queries, measured" in words
    assert words.count("[![") == 2


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (None, f"{WORDS}\n"),
        ("", f"{WORDS}\n"),
        ("text\n", f"{WORDS}\n\ntext\n"),
        ("# T\n\ntext\n", f"# T\n\n{WORDS}\n\ntext\n"),
        ("# T", f"{WORDS}\n\n# T"),
        ("---\nlicense: mit\n---\n# T\ntext\n", f"---\nlicense: mit\n---\n# T\n\n{WORDS}\n\ntext\n"),
        ("---\nlicense: mit\n---\n\ntext\n", f"---\nlicense: mit\n---\n\n{WORDS}\n\ntext\n"),
        # A comment of a script is no heading.
        ("```\n# not a title\n```\n# T\n", f"{WORDS}\n\n```\n# not a title\n```\n# T\n"),
        (f"# T\n\n{OLD}\n\ntext\n", f"# T\n\n{WORDS}\n\ntext\n"),
        (f"{OLD}", WORDS),
    ],
)
def test_where_it_goes(card: str | None, expected: str) -> None:
    assert placed(card, WORDS) == expected


def test_a_card_of_windows_lines_keeps_them() -> None:
    assert placed("# T\r\n\r\ntext\r\n", WORDS) == f"# T\n\n{WORDS}\n\ntext\n".replace("\n", "\r\n")


@pytest.mark.parametrize(
    "card", [f"{BEGIN}\n", f"{END}\n", f"{END}\n{BEGIN}\n", f"{OLD}\n{OLD}\n", f"{OLD}\n{END}\n"]
)
def test_markers_that_are_not_a_pair_are_refused(card: str) -> None:
    with pytest.raises(Refused, match="not one pair"):
        placed(card, WORDS)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=200))
def test_twice_is_once_and_what_was_there_stays(card: str) -> None:
    once = placed(card, WORDS)
    assert placed(once, WORDS) == once
    left = once.replace(WORDS, "")
    assert left.replace("\n", "") == card.replace("\n", "")
