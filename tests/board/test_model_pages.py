"""A model's page and its twin: the answer, what takes less, the next star, cost, history, citation."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from leaderboard import catalogue
from leaderboard.board.reasoning_off import switch
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import DEVELOPMENT, client_of, fill, public_row
from tests.board.model_record import AS_GOOD, COPY, MODEL, OLD, SMALLER, fill_model


@pytest.fixture
def filled(record: Record) -> Record:
    fill_model(record)
    return record


@pytest.fixture
def site(filled: Record) -> TestClient:
    return client_of(filled)


def text_of(html: str) -> str:
    """What a reader sees, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def part(html: str, start: str, end: str) -> str:
    return text_of(html[html.index(start) : html.index(end, html.index(start))])


def page(site: TestClient, address: str = f"/models/{MODEL}") -> str:
    answer = site.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def twin(site: TestClient, model: str = MODEL, query: str = "") -> dict[str, Any]:
    answer = site.get(f"/api/v1/models/{model}{query}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_the_answer_comes_first(site: TestClient) -> None:
    lead = part(page(site), 'class="says"', "</section>")
    assert "0.350 Wh per 1,000 queries" in lead
    assert "Sentence similarity, on NVIDIA T4 16 GB" in lead
    assert "Of the 10 other models that its stars compare with, 6 take less energy; the median takes" in lead


def test_the_most_frugal_of_equal_or_better_quality_is_offered_first(site: TestClient) -> None:
    html = page(site)
    offer = part(html, 'class="offer"', "</section>")
    assert "as-good 0.175 Wh , 2.0× less, at 0.830 Spearman against 0.820." in offer
    better = part(html, 'id="better"', 'id="reasoning"')
    assert better.index("as-good") < better.index("quality unknown") < better.index("untold")
    assert "2 more take less and are known to be worse." in better
    # Nobody should rely on a figure that was withdrawn.
    assert "other/withdrawn" not in html


def test_where_quality_is_not_known_it_says_so(board: TestClient) -> None:
    html = page(board, "/models/Qwen/Qwen3-32B")
    assert "models take less; whether they are as good is not known." in text_of(html)
    assert "Not known: this row tells no quality." in html
    document = twin(board, "Qwen/Qwen3-32B")
    assert all(one["as_good"] == [] for one in document["alternatives"])
    assert all(one["quality_unknown_total"] > 0 for one in document["alternatives"])


def test_the_most_frugal_model_is_told_so(board: TestClient) -> None:
    html = page(board, "/models/avsolatorio/GIST-all-MiniLM-L6-v2")
    assert "No model here takes less. It is the most frugal known." in html


def test_how_to_gain_a_star_names_real_rows(site: TestClient) -> None:
    card = part(page(site), '<article class="card"', "</article>")
    assert "3 of 5 stars is given at 0.300 Wh or less: 0.0500 Wh (14.3 %) less than now." in card
    assert "batch 16 · fp32" in card
    assert "another protocol: stars do not compare" in card
    assert "a smaller model of acme named alike" in card
    assert "Widget-1B" in card


def test_the_reference_data_names_smaller_siblings(board: TestClient) -> None:
    stars = {one["rating"]: one for one in twin(board, "Qwen/Qwen3-32B")["next_star"]}
    rows = {row["id"]: row for row in twin(board, "Qwen/Qwen3-32B")["ratings"]}
    chat = next(
        stars[id]["next"]
        for id, row in rows.items()
        if row["best"] and (row["task"], row["hardware"]) == ("lm-arena-chat", "mlenergy-b200")
    )
    assert chat["stars"] == 4
    assert chat["edge_wh_per_1000"] == pytest.approx(21.797, rel=1e-4)
    names = [one["model"] for one in chat["siblings"]]
    assert names[:2] == ["Qwen/Qwen3-14B", "Qwen/Qwen3-8B"]
    assert all(one["energy_wh_per_1000"] <= chat["edge_wh_per_1000"] for one in chat["siblings"])
    assert "Run otherwise it takes up to" in page(board, "/models/Qwen/Qwen3-32B")


def test_reasoning_tells_its_factor_and_how_to_switch_it_off(site: TestClient) -> None:
    html = page(site)
    words = text_of(html)
    assert "Without reasoning the same model takes 3.0× less: 0.350 Wh" in words
    assert "reasoning on takes 3.0× the energy of off (1.05 against 0.350 Wh)." in words
    assert "enable_thinking=False" in html
    assert "not by its name" in words


@pytest.mark.parametrize("family", catalogue.reasoning_families().values(), ids=lambda family: family.id)
def test_every_familys_snippet_is_python_that_runs(family: Any) -> None:
    asked: dict[str, Any] = {}

    class Tokenizer:
        def apply_chat_template(self, messages: Any, **options: Any) -> str:
            asked.update(options, messages=messages)
            return "template"

    told = switch(family)
    names: dict[str, Any] = {"tokenizer": Tokenizer(), "question": "Why?"}
    exec(told.snippet, names)
    conversation = family.modes[told.mode]
    assert {name: asked[name] for name in conversation.template} == conversation.template
    assert asked["messages"][-1] == {"role": "user", "content": "Why?"}
    assert [one["content"] for one in asked["messages"][:-1]] == [
        system for system in (conversation.system,) if system
    ]
    assert names["text"] == "template" + conversation.prefix
    assert told.mode == ("off" if "off" in family.modes else "low")


def test_history_sets_editions_and_retests_beside_each_other(site: TestClient) -> None:
    history = part(page(site), 'id="history"', 'id="configurations"')
    assert history.index("2026-11-04") < history.index("Edition 2026-11") < history.index("Edition 2026-05")
    assert "edition 2026-05 → 2026-11: other bands, so stars do not compare" in history
    assert "measured again" in history
    assert "rejected by its checks" in history
    assert "torch 2.14.0 → 2.13.0" in history


def test_runs_tell_environment_checks_and_trace(site: TestClient) -> None:
    runs = part(page(site), 'id="runs"', 'id="reproduce"')
    assert runs.count("Tesla T4") == 3
    assert "driver 550.1, torch 2.14.0, transformers 5.1.0" in runs
    assert "1 of 1 not passed" in runs
    assert page(site).count("#trace") == 3


def test_other_names_of_the_same_weights_are_told(site: TestClient) -> None:
    assert "somebody/ Widget-Copy" in part(page(site), 'id="aliases"', "</ul>")
    assert [one["model"] for one in twin(site)["aliases"]] == [COPY]


def test_costs_follow_the_readers_prices(site: TestClient) -> None:
    html = page(site, f"/models/{MODEL}?price_per_kwh=1&price_per_gpu_hour=2")
    costs = part(html, 'id="costs"', 'id="history"')
    # 0.35 Wh × PUE 1.56 at 1 USD per kWh; 0.35 Wh at 70 W is 18 s of one GPU.
    assert "0.350 0.0546 0.258 0.0180 s 0.00500 1.00" in costs
    assert "not known" in costs
    assert "at 1.00 USD per kWh" in costs
    assert 'value="1"' in html


@pytest.mark.parametrize("price", ["nan", "-1", "a", "1e9", "99999", "1;2"])
def test_a_price_that_is_none_is_refused_in_words(site: TestClient, price: str) -> None:
    answer = site.get(f"/models/{MODEL}", params={"price_per_kwh": price})
    assert answer.status_code == 400
    assert "price_per_kwh is" in answer.text


def test_empty_prices_leave_the_address(site: TestClient) -> None:
    answer = site.get(f"/models/{MODEL}?price_per_kwh=&price_per_gpu_hour=2", follow_redirects=False)
    assert answer.headers["location"] == f"/models/{MODEL}?price_per_gpu_hour=2"


def test_the_twin_tells_alternatives_next_star_and_citation(site: TestClient) -> None:
    document = twin(site)
    first = document["alternatives"][0]
    assert [one["model"] for one in first["as_good"]] == [AS_GOOD]
    assert first["as_good"][0]["times_less"] == pytest.approx(2)
    assert [one["model"] for one in first["quality_unknown"]] == ["other/untold"]
    assert (first["worse"], first["whole"]) == (2, True)
    star = document["next_star"][0]
    assert (star["stars"], star["next"]["stars"], star["next"]["edge_wh_per_1000"]) == (2, 3, 0.3)
    assert [one["batch"] for one in star["next"]["configurations"]] == [16]
    assert [one["model"] for one in star["next"]["siblings"]] == [SMALLER]
    for cited in document["citation"]:
        assert f"http://127.0.0.1/r/{cited['rating']}" in cited["text"]
        assert cited["rating"] in cited["bibtex"]
    assert "harness 0.1.0" in document["citation"][0]["text"]
    old = twin(site, query=f"?edition={OLD}")
    assert {row["edition"] for row in old["ratings"]} == {OLD}
    assert len(old["alternatives"]) == 1


def test_a_citation_can_be_copied_from_the_page(site: TestClient) -> None:
    html = page(site)
    row = twin(site)["ratings"][0]["id"]
    assert f'data-copy-from="x-{row}"' in html
    assert f"@misc{{starwatt-{row}," in html


def test_a_model_of_a_development_edition_alone_stays_out_of_the_twin(record: Record) -> None:
    fill(record, builders.rating("a/b", edition=DEVELOPMENT), public_row("c/d"))
    site = client_of(record)
    assert "development" in page(site, "/models/a/b")
    document = twin(site, "a/b")
    assert [document[name] for name in ("ratings", "alternatives", "next_star", "citation")] == [[]] * 4
    assert len(twin(site, "a/b", f"?edition={DEVELOPMENT}")["citation"]) == 1


def test_a_page_asks_the_record_a_bounded_number_of_questions(record: Record) -> None:
    """Many rows of one model do not mean a question for each."""

    def questions(rows: int) -> int:
        asked: list[str] = []
        fill(
            record,
            *(public_row("a/b", precision=f"x{n}", quality=None, quality_metric=None) for n in range(rows)),
        )
        engine = record._readers._engine

        def keep(_: object, __: object, statement: str, *___: object) -> None:
            asked.append(statement)

        event.listen(engine, "before_cursor_execute", keep)
        try:
            page(client_of(record), "/models/a/b")
        finally:
            event.remove(engine, "before_cursor_execute", keep)
        return len(asked)

    assert questions(60) == questions(240)


def test_a_model_that_always_reasons_is_set_beside_its_least(board: TestClient) -> None:
    words = text_of(page(board, "/models/openai/gpt-oss-20b"))
    assert "reasoning high takes 4.9× the energy of low (5,510 against 1,140 Wh)." in words
    assert "With reasoning low the same model takes 4.9× less: 1,140 Wh" in words


def test_two_tasks_that_their_source_sets_beside_each_other_are_told_apart(board: TestClient) -> None:
    words = text_of(page(board, "/models/Qwen/Qwen3-0.6B"))
    assert "the energy of off , which is text generation: the source of these figures sets the two" in words


def test_an_unknown_model_is_a_404_that_names_those_alike(board: TestClient) -> None:
    assert board.get("/models/Qwen/Qwen3-33B").status_code == 404
    error = board.get("/api/v1/models/qwen/qwen3-33b").json()["error"]
    assert error["code"] == "not_found"
    assert error["remedy"].startswith("Named alike: Qwen/Qwen3-0.6B, Qwen/Qwen3-14B")
    assert "Named alike" not in board.get("/api/v1/models/no/body").json()["error"]["remedy"]


def test_the_page_of_an_unknown_model_leads_on(board: TestClient) -> None:
    answer = board.get("/models/Qwen/Qwen3-33B")
    assert answer.status_code == 404
    assert 'href="/submit?model=Qwen/Qwen3-33B"' in answer.text
    assert re.search(r'<input[^>]* id="q"[^>]* value="Qwen3-33B"', answer.text)
    # What is no model's name is offered to nobody.
    for path in ("/models/a%20b/c", "/models/nothing", "/nowhere/at/all"):
        other = board.get(path)
        assert other.status_code == 404, path
        assert "/submit?model=" not in other.text
        assert not re.search(r'<input[^>]* id="q"[^>]* value=', other.text)
