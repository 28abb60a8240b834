"""Which rows are offered above the table, and what is said of those that are in doubt."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from leaderboard.board.opening import Openings
from leaderboard.board.picks import picks
from leaderboard.board.view import ViewState
from leaderboard.record import Record
from tests.board.conftest import client_of, fill, public_row

UNKNOWN = "Quality not published: try it on your own work first."
DECEMBER = "/?edition=aies-2025-12&task="


def picked(record: Record, **asked: object) -> list[str]:
    return [pick.rating.model for pick in picks(record, Openings(record).open(ViewState(**asked)))]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def above(client: TestClient, path: str = "/") -> str:
    """The part of the page above the table's switches, in words."""
    html = client.get(path).text
    return words(html[html.index('class="hero"') : html.index('class="tasks"')])


def test_where_quality_is_known_the_pick_is_at_least_the_median(record: Record) -> None:
    told = (("o/toy", 0.1, 0.50), ("o/good", 0.4, 0.92), ("o/mid", 0.5, 0.80), ("o/best", 0.9, 0.93))
    rows = [public_row(name, energy_wh_per_1000=wh, quality=quality) for name, wh, quality in told]
    silent = public_row("o/silent", energy_wh_per_1000=0.2, quality=None, quality_metric="")
    fill(record, *rows, silent)
    assert picked(record) == ["o/good"]
    said = above(client_of(record))
    assert "Each has the median quality of its" in said and UNKNOWN not in said


def test_of_an_error_rate_less_is_better(record: Record) -> None:
    told = (("o/toy", 0.1, 0.9), ("o/good", 0.4, 0.05), ("o/mid", 0.5, 0.2))
    rows = [
        public_row(
            name,
            task="automatic-speech-recognition",
            energy_wh_per_1000=wh,
            quality=quality,
            quality_metric="WER",
        )
        for name, wh, quality in told
    ]
    fill(record, *rows)
    assert picked(record, task="automatic-speech-recognition") == ["o/good"]


def test_where_quality_is_not_known_it_is_said(board: TestClient) -> None:
    said = above(board)
    assert "Least energy in each class for text generation" in said
    assert "Take " not in said
    assert UNKNOWN in said
    assert re.search(r"Class A \(12 models ?\).*Class B \(3 models ?\).*Class C \(7 models ?\)", said)


def test_a_row_at_fault_is_no_pick_and_says_its_fault(published: Record, board: TestClient) -> None:
    assert "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B" not in picked(published, edition="aies-2025-12")
    ambiguous = "Qwen/Qwen3-Next-80B-A3B"
    assert ambiguous not in picked(published, edition="aies-2025-12", task="reasoning", reasoning="any")
    html = board.get(f"{DECEMBER}text-generation").text
    row = html[html.index("<b>DeepSeek-R1-Distill-Qwen-32B</b>") :].split("</th>")[0]
    assert 'href="/editions/aies-2025-12#faults"' in row
    assert "A 32B model stands in class C" in words(row)
    assert 'id="faults"' in board.get("/editions/aies-2025-12").text


@pytest.mark.parametrize("task", ["text-generation", "reasoning"])
def test_no_factor_is_told_of_a_figure_in_doubt(board: TestClient, task: str) -> None:
    html = board.get(f"{DECEMBER}{task}").text
    row = html[html.index("<b>Qwen3-235B-A22B</b>", html.index("<tbody")) :].split("</th>")[0]
    chip = words(row[row.index('class="costs"') :])
    assert "in doubt" in chip and "×" not in chip
    assert "0.983" not in html


def test_a_factor_between_two_tasks_says_what_it_divides(board: TestClient) -> None:
    html = board.get(f"{DECEMBER}text-generation").text
    start = html.rindex("<a", 0, html.index("×352"))
    chip = html[start:].split("</a>")[0]
    assert words(chip).endswith("on the reasoning task : ×352 energy")
    assert "Other queries" in chip
    phone = re.sub(r'<span class="word">[^<]*</span>', "", chip)
    assert phone.endswith(">reasoning: ×352")


def test_bars_keep_their_lengths_when_a_reader_searches(board: TestClient) -> None:
    def bar(path: str) -> str:
        html = board.get(path).text
        row = html[html.index("<b>Qwen3-0.6B</b>", html.index("<tbody")) :]
        found = re.search(r'class="fill"[^>]*width="([\d.]+%)"', row)
        assert found is not None
        return found[1]

    assert bar(f"{DECEMBER}text-generation") == bar(f"{DECEMBER}text-generation&q=0.6B")
