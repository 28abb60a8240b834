"""A figure as a paper names it."""

from __future__ import annotations

import re

from leaderboard.domain import Rating
from leaderboard.publish.citation import Citation, bibtex_text
from leaderboard.publish.labels import Statement
from leaderboard.standing import Mark, Standing, StandingStatus
from tests import builders

SITE = "https://board.example"


def cited(row: Rating, harness: str | None = "0.1.0", **fields: object) -> Citation:
    said = Statement(row, builders.edition(), f"{SITE}/r/{row.id}", **fields)  # type: ignore[arg-type]
    return Citation(said, harness)


def test_it_holds_address_edition_date_harness_and_the_figure() -> None:
    row = builders.rating(energy_low=0.12, energy_high=0.15)
    text = cited(row).text
    for part in (
        f"{SITE}/r/{row.id}",
        "dev-2026-11",
        "2026-11-02",
        "harness 0.1.0",
        "0.139 Wh",
        "0.120–0.150",
    ):
        assert part in text
    assert "3 of 5 stars" in text
    assert cited(row, None).text.count("harness") == 1


def test_a_withdrawn_figure_is_cited_as_withdrawn() -> None:
    gone = Standing((Mark(StandingStatus.WITHDRAWN, "wrong card"),))
    text = cited(builders.rating(), standing=gone).text
    assert "withdrawn" in text
    assert "of 5 stars" not in text


def test_an_entry_of_bibtex_is_whole_whatever_the_name() -> None:
    entry = cited(builders.rating("a/{b}_50%&#$~^\\x")).bibtex
    assert entry.startswith("@misc{starwatt-")
    # Braces balance once those that are text are left out.
    plain = re.sub(r"\\[{}&%$#_]", "", entry)
    assert plain.count("{") == plain.count("}")
    assert r"a/\{b\}\_50\%\&\#\$\textasciitilde{}\textasciicircum{}\textbackslash{}x" in entry
    assert entry.endswith("\n}")
    assert "year = {2026}" in entry


def test_plain_text_stays_plain() -> None:
    assert bibtex_text("Text generation, H100") == "Text generation, H100"
