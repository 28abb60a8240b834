"""The archive and an edition's own page: figures and models, sources, faults, what compares."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from leaderboard import catalogue


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_figures_and_models_are_not_one_number(board: TestClient) -> None:
    assert "Figures 113 of 46 models" in words(board.get("/editions").text)
    assert "Figures 40 of 26 models" in words(board.get("/editions/aies-2025-12").text)


def test_an_edition_tells_its_source_terms_and_faults_itself(board: TestClient) -> None:
    for edition in catalogue.editions().values():
        if edition.source is None:
            continue
        html = board.get(f"/editions/{edition.id}").text
        said = words(html)
        assert 'id="faults"' in html
        for text in (edition.source.title, edition.source.terms, *edition.source.faults):
            assert words(text) in said


@pytest.mark.parametrize("id", ["aies-2025-02", "aies-2025-12", "mlenergy-v3"])
def test_no_comparison_is_offered_that_would_be_empty(board: TestClient, id: str) -> None:
    assert "Compare with" not in board.get(f"/editions/{id}").text


def test_an_edition_without_a_figure_says_what_it_waits_for(board: TestClient) -> None:
    html = board.get("/?edition=2026-11").text
    said = words(html)
    assert "Nothing measured yet" in said and "0 of 371 reference models" in said
    assert "Nothing fits this view" not in said and "no hardware yet" not in said
    assert 'href="/?edition=aies-2025-12"' in html.split('class="empty"')[1]
