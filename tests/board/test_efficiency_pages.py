"""`/efficiency`: its figures, its chart, and the queries that it shows, each run as a reader would."""

from __future__ import annotations

import contextlib
import io
import re
from html import unescape

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from leaderboard.record import Record
from tests import builders
from tests.board.conftest import DEVELOPMENT, client_of, fill, site_of
from tests.board.serving import serving


@pytest.fixture(scope="module")
def queries(published: Record) -> dict[str, str]:
    """What each query of the page prints, by the words beside it."""
    app = FastAPI(docs_url=None, redoc_url=None)
    site_of(published).install(app)
    with serving(app) as address:
        page = httpx2.get(f"{address}/efficiency?task=gpqa", timeout=120).text
        found = re.findall(
            r'<details class="fold query"><summary>([^<]+)</summary>\s*<pre[^>]*><code[^>]*>(.*?)</code>',
            page,
            re.S,
        )
        printed: dict[str, str] = {}
        for words, code in found:
            sink = io.StringIO()
            with contextlib.redirect_stdout(sink):
                exec(compile(unescape(code), words, "exec"), {})
            printed.setdefault(words, "")
            printed[words] += sink.getvalue()
    assert len(found) == 4
    return printed


def test_the_shown_queries_give_what_the_page_says(queries: dict[str, str], board: TestClient) -> None:
    document = board.get("/api/v1/efficiency?task=gpqa").json()
    gain = queries["The query that gives the median"]
    assert gain.split() == ["113", "models", "on", "a", "card", "and", "a", "task;", "median", "6.08"]
    assert document["groups"] == 113
    assert round(document["median_times"], 2) == 6.08
    cards = queries["The query that gives the orders"]
    for one in document["agreements"]:
        ratio = round(one["median_first_over_second"], 2)
        line = f"{one['task']} {one['models']} models; mlenergy-b200 takes less for {one['second_better']} ;"
        assert f"{line} median ratio {ratio}" in cards
        if one["spearman"] is not None:
            orders = f"Spearman {round(one['spearman'], 2)} Kendall {round(one['kendall'], 2)}"
            assert f"{one['task']} {orders}" in cards
    tables = queries["The query that gives this table"]
    lines = {tuple(line.split()[:2]): line for line in tables.splitlines()}
    for gained in document["gains"]:
        line = lines[gained["model"], gained["hardware"]]
        assert gained["best"] in line
        assert float(line.split()[2]) == pytest.approx(gained["best_energy_j"], rel=1e-5)
        assert float(line.split()[3]) == pytest.approx(gained["times"], rel=1e-5)
    for rung in document["rungs"]:
        assert f"{rung['median_times_of_best']:.2f}" in tables


def test_the_page_tells_the_gain_and_the_cards(board: TestClient) -> None:
    page = board.get("/efficiency").text
    assert "6.1× <small>median of 113 models on a card and a task</small>" in page
    assert "1,858 <small>of 46 models</small>" in page
    assert "8 of 10 models" in page
    assert "Hopper" in page
    assert "Blackwell" in page
    assert "too few" in page


def test_each_task_opens_on_a_model_of_both_cards(board: TestClient) -> None:
    page = board.get("/efficiency?task=text-to-image").text
    assert page.count('class="plot"') == 2
    assert "Energy per query of" in page
    label = re.search(r'aria-label="(Energy per query of [^"]+)"', page)
    assert label
    assert "NVIDIA H100" in label[1]
    assert "NVIDIA B200" in label[1]
    assert "times less than batch 1" in label[1]


def test_a_chart_tells_the_same_as_its_table(board: TestClient) -> None:
    query = "edition=mlenergy-v3&task=gpqa&model=Qwen/Qwen3-14B"
    document = board.get(f"/api/v1/efficiency?{query}").json()
    gains = [gain for gain in document["gains"] if gain["model"] == "Qwen/Qwen3-14B"]
    page = board.get(f"/efficiency?{query}").text
    for gain in gains:
        assert f"×{gain['times_less_than_smallest_batch']:.1f} less" in page.split("</figure>")[0]
    table = page.split("The figures of this chart")[1].split("</table>")[0]
    assert table.count("<tr>") == 1 + sum(gain["configurations"] for gain in gains)
    assert table.count('<span class="mark measured">best</span>') == len(gains) == 2
    assert "9,600" in table


def test_sweeps_of_ours_come_by_themselves(record: Record) -> None:
    rows = [
        builders.rating(
            batch=batch, configuration=f"batch {batch}", best=batch == 4, energy_wh_per_1000=energy
        )
        for batch, energy in ((1, 8.0), (2, 5.0), (4, 2.0))
    ]
    fill(record, *rows)
    client = client_of(record)
    assert client.get("/efficiency").status_code == 404
    page = client.get(f"/efficiency?edition={DEVELOPMENT}")
    assert page.status_code == 200
    assert 'class="watermark"' in page.text
    assert "4.0× <small>median of 1 models" in page.text
    document = client.get(f"/api/v1/efficiency?edition={DEVELOPMENT}").json()
    assert document["development"] is True
    assert document["tasks"][0]["generation"] == "CPU"
    assert document["gains"][0]["best_energy_j"] == pytest.approx(7.2)
    assert document["agreements"] == []


def test_without_batches_there_are_figures_and_no_chart(record: Record) -> None:
    words = ("fp32", 8.0), ("int8", 4.0)
    fill(record, *(builders.rating(precision=name, energy_wh_per_1000=energy) for name, energy in words))
    page = client_of(record).get(f"/efficiency?edition={DEVELOPMENT}").text
    assert "2.0× <small>" in page
    assert 'class="plot"' not in page
    assert "at each batch" not in page


def test_a_best_row_without_a_batch_leaves_the_chart_whole(record: Record) -> None:
    rows = [builders.rating(batch=batch, configuration=f"batch {batch}") for batch in (1, 2)]
    fill(record, *rows, builders.rating(precision="int8", energy_wh_per_1000=0.01))
    page = client_of(record).get(f"/efficiency?edition={DEVELOPMENT}").text
    assert page.count('class="plot"') == 2


def test_an_edition_without_configurations_says_where_there_are_some(board: TestClient) -> None:
    page = board.get("/efficiency?edition=aies-2025-02").text
    assert "has no model in several configurations" in page
    assert 'href="/efficiency?edition=mlenergy-v3"' in page


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("edition=abacus", 404, "no edition"),
        ("task=abacus", 404, "no task"),
        ("task=sentence-similarity", 404, "several configurations"),
        ("task=gpqa&model=org/none", 404, "org/none"),
        ("task=GPQA", 400, "not an id"),
        ("batch=3", 400, "no parameter"),
        ("model=" + "x" * 300, 400, "model"),
    ],
)
def test_bad_parameters_are_told_in_words(board: TestClient, query: str, status: int, said: str) -> None:
    for address in ("/api/v1/efficiency", "/efficiency"):
        answer = board.get(f"{address}?{query}")
        assert answer.status_code == status
        assert said in unescape(answer.text)


def test_a_form_of_empty_fields_leads_to_a_clean_address(board: TestClient) -> None:
    answer = board.get("/efficiency?edition=mlenergy-v3&task=", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/efficiency?edition=mlenergy-v3")
