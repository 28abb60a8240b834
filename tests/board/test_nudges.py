"""What is offered first is the frugal way, and everything else is one step away (behaviour, not words)."""

from __future__ import annotations

import inspect
import re

import pytest
from fastapi.testclient import TestClient

from leaderboard import catalogue
from leaderboard.board.view import ViewState
from leaderboard.publish.labels import draw_label
from leaderboard.publish.labels.layout import lines_of
from leaderboard.publish.labels.qr import qr_of
from submissions.intake import Request
from tests.labels.cases import statement

QWEN = "/label/mlenergy-v3/lm-arena-chat/mlenergy-h100/Qwen/Qwen3-32B.svg"


def test_reasoning_is_off_where_nobody_says_otherwise(board: TestClient) -> None:
    # Asking for a measurement, over the form, the API, the command line or the tools: all make this.
    assert Request(model="a/b", task="reasoning", hardware="cpu").reasoning == "off"
    assert inspect.signature(catalogue.make_plan).parameters["reasoning"].default == "off"
    # Asking what to take.
    answer = board.get("/api/v1/right-size?task=text-generation&hardware=aies-h100-80gb").json()
    assert answer["need"]["reasoning"] == "off"


@pytest.mark.parametrize("mode", ["on", "any", "high"])
def test_any_other_way_is_one_parameter_away(board: TestClient, mode: str) -> None:
    query = f"task=reasoning&hardware=aies-h100-80gb&edition=aies-2025-12&reasoning={mode}"
    answer = board.get(f"/api/v1/right-size?{query}").json()
    assert answer["need"]["reasoning"] == mode
    assert answer["items"]
    rows = board.get(f"/api/v1/ratings?{query}").json()["items"]
    assert rows
    assert mode == "any" or {row["reasoning"] for row in rows} == {mode}
    assert ViewState.from_query([("reasoning", mode)]).reasoning == mode


def test_the_site_says_why_off_comes_first(board: TestClient) -> None:
    faq = board.get("/faq").text
    assert 'id="why-is-reasoning-off-by-default"' in faq
    reason = faq[faq.index('id="why-is-reasoning-off-by-default"') :][:1500]
    assert "multiplies the energy" in reason
    assert "no verdict" in reason


def test_the_figure_in_the_reason_is_the_editions(board: TestClient) -> None:
    rows = {
        row.reasoning: row for row in catalogue.reference_rows("aies-2025-12") if "gpt-oss-20b" in row.model
    }
    times = rows["high"].energy_wh_per_1000 / rows["low"].energy_wh_per_1000
    assert f"takes {times:.1f} times as much" in board.get("/faq").text.replace("\n", " ")


def test_a_label_names_the_configuration(board: TestClient) -> None:
    svg = board.get(QWEN).text
    description = re.sub(r"\s+", " ", svg[svg.index("<desc") : svg.index("</desc>")])
    assert "batch 256" in description
    assert "bf16" in description
    # And on its face, not in the words behind it alone.
    face = svg[svg.index("</desc>") :]
    assert "batch 256" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", face))


def test_a_label_of_a_rung_is_no_rating() -> None:
    made = statement(
        configuration="batch 8 · fp16",
        best=False,
        stars=None,
        not_rated="shown, never rated",
        protocol="offline-sweep",
        precision="fp16",
    )
    assert "Batch and precision sweep, batch 8 · fp16" in made.sentences
    assert "No stars: shown, never rated" in made.sentences
    assert "batch 8 · fp16" in " ".join(line.text for line in lines_of(made, qr_of(made.address)))
    assert "<svg" in draw_label(made, "light")


def test_switching_off_is_known_for_families_that_were_published_with_it_on() -> None:
    on = {row.model for row in catalogue.reference_rows("aies-2025-12") if row.reasoning != "off"}
    known = {model for model in on if catalogue.reasoning_family(model) is not None}
    assert {"HuggingFaceTB/SmolLM3-3B", "Qwen/Qwen3-0.6B", "openai/gpt-oss-20b"} <= known
    # What is not declared is not guessed.
    assert catalogue.reasoning_family("google/gemma-3-4b") is None
