"""`/right-size`, its JSON twin and the questions answered with it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient

from leaderboard import catalogue
from leaderboard.board.asked_need import AskedNeed
from leaderboard.domain import Rating
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import DEVELOPMENT, client_of, fill

SIMILARITY = "task=sentence-similarity&hardware=aies-h100-80gb&edition=aies-2025-02"
CHAT = "task=text-generation&hardware=aies-h100-80gb&edition=aies-2025-12"
SPEECH = f"task=automatic-speech-recognition&hardware=t4-16gb&edition={DEVELOPMENT}"


def asked(board: TestClient, query: str) -> dict[str, Any]:
    answer = board.get(f"/api/v1/right-size?{query}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def spoken(model: str, energy: float, quality: float | None, **fields: object) -> Rating:
    return builders.rating(
        model,
        **{
            "task": "automatic-speech-recognition",
            "hardware": "t4-16gb",
            "energy_wh_per_1000": energy,
            "quality": quality,
            "quality_metric": "WER",
            "precision": "fp16",
            "provenance": "simulated",
            "stars": None,
            **fields,
        },
    )


@pytest.fixture
def speech(record: Record) -> TestClient:
    """A development edition with four models that write down what is said."""
    fill(
        record,
        spoken("openai/whisper-tiny", 15, 0.15, params=39_000_000),
        spoken("openai/whisper-base", 22, 0.11, params=74_000_000),
        spoken("openai/whisper-medium", 160, None, params=769_000_000),
        spoken("openai/whisper-large-v3", 320, 0.05, params=1_540_000_000),
        spoken("openai/whisper-small", 1, 0.08, hardware="cpu"),
    )
    return client_of(record)


def test_sentence_similarity_can_be_checked_on_the_board(board: TestClient) -> None:
    answer = asked(board, SIMILARITY)
    rows = [row for row in catalogue.reference_rows("aies-2025-02") if row.task == "sentence-similarity"]
    by_hand = sorted((row.energy_wh_per_1000, row.model) for row in rows)
    assert [(item["energy_wh_per_1000"], item["model"]) for item in answer["items"]] == by_hand
    assert answer["best"]["model"] == "avsolatorio/GIST-all-MiniLM-L6-v2"
    assert answer["best"]["quality"] is None
    assert answer["best"]["kwh_per_year"] == pytest.approx(0.106329 * 10_000 * 365 / 1e6)
    page = words(board.get(f"/right-size?{SIMILARITY}").text)
    assert "Least energy: avsolatorio/ GIST-all-MiniLM-L6-v2" in page
    assert "Quality not published: try it on your own work first." in page
    assert "Quality not known" in page
    assert "SFR-Embedding-Mistral 5.22 49.1× 19.1 +18.7 kWh" in page
    link = re.search(r'Look each figure up <a href="([^"]+)"', board.get(f"/right-size?{SIMILARITY}").text)
    assert link
    first = board.get(unescape(link[1])).text.split("<tbody>")[1]
    assert first.index("GIST-all-MiniLM-L6-v2") < first.index("bge-small-en-v1.5")


def test_chat_is_asked_with_reasoning_off(board: TestClient) -> None:
    answer = asked(board, CHAT)
    assert answer["need"]["reasoning"] == "off"
    assert {item["reasoning"] for item in answer["items"]} == {"off"}
    assert (answer["total"], answer["best"]["model"]) == (22, "tencent/Hunyuan-1.8B-Instruct")
    thinking = asked(board, "task=reasoning&edition=aies-2025-12")
    assert thinking["items"] == []
    assert {way["needs"][0]: way["models"] for way in thinking["loosen"]} == {"reasoning": 10}
    # Three models of the 13 stand there by a figure that the source's known faults put in doubt.
    assert thinking["left_out"]["in_doubt"] == 3


def test_the_newest_edition_with_stars_is_meant_unless_one_is_named(board: TestClient) -> None:
    assert asked(board, "task=text-generation")["edition"]["id"] == "aies-2025-12"
    assert asked(board, "task=sentence-similarity")["edition"]["id"] == "aies-2025-02"
    assert asked(board, "task=gpqa")["need"]["hardware"].startswith("mlenergy-")


def test_a_word_error_rate_on_a_t4_from_a_development_edition(speech: TestClient) -> None:
    answer = asked(speech, f"{SPEECH}&quality_min=0.11&memory_gb=14")
    assert [item["model"] for item in answer["items"]] == ["openai/whisper-base", "openai/whisper-large-v3"]
    assert answer["quality"] == {"metric": "WER", "direction": "lower"}
    assert answer["development"] is True
    assert answer["left_out"]["unknown"] == {"quality_min": 1}
    assert answer["items"][1]["times"] == pytest.approx(320 / 22)
    assert answer["best"]["weights_gb"] == pytest.approx(0.148)
    page = speech.get(f"/right-size?{SPEECH}&quality_min=0.11&memory_gb=14").text
    assert 'class="watermark"' in page
    assert "Quality, at most (WER)" in page
    assert "Left out: 1 model that may fit, because the quality of 1 is not known" in words(page)


def test_the_unknown_are_shown_marked_below_those_that_fit(speech: TestClient) -> None:
    answer = asked(speech, f"{SPEECH}&quality_min=0.11&unknown=include")
    assert answer["items"][-1]["model"] == "openai/whisper-medium"
    assert answer["items"][-1]["unknown"] == ["quality_min"]
    assert answer["left_out"]["unknown_models"] == 0
    assert "quality not known" in words(
        speech.get(f"/right-size?{SPEECH}&quality_min=0.11&unknown=include").text
    )


def test_an_empty_answer_leads_to_one_that_is_not(speech: TestClient) -> None:
    query = f"{SPEECH}&quality_min=0.01&memory_gb=0.1"
    answer = asked(speech, query)
    assert (answer["best"], answer["items"]) == (None, [])
    [way] = answer["loosen"]
    assert (way["needs"], way["models"], way["nearest"]) == (["quality_min"], 1, 0.15)
    assert asked(speech, urlsplit(way["url"]).query)["total"] == 1
    page = speech.get(f"/right-size?{query}").text
    assert "the quality : 1 model, the nearest at 0.150" in words(page)


def test_other_hardware_is_a_way_out_and_never_mixed_in(speech: TestClient) -> None:
    query = f"task=automatic-speech-recognition&hardware=h100-sxm-80gb&edition={DEVELOPMENT}"
    answer = asked(speech, query)
    assert answer["items"] == []
    assert [way["needs"] for way in answer["loosen"]] == [["hardware"]]
    assert {item["hardware"] for item in asked(speech, SPEECH)["items"]} == {"t4-16gb"}


def test_withdrawn_figures_are_not_offered(record: Record) -> None:
    rows = [spoken("org/gone", 1, 0.1), spoken("org/stays", 2, 0.1)]
    fill(record, *rows)
    record.add_notice(builders.notice(rows[0].id, kind="withdrawn"))
    answer = asked(client_of(record), SPEECH)
    assert [item["model"] for item in answer["items"]] == ["org/stays"]
    assert answer["left_out"]["withdrawn"] == 1


def test_a_task_without_rows_here_is_pointed_elsewhere(board: TestClient) -> None:
    answer = asked(board, "task=summarization&edition=aies-2025-12")
    assert answer["items"] == []
    assert answer["loosen"] == []
    assert [other["edition"] for other in answer["other_editions"]] == ["aies-2025-02"]
    page = board.get("/right-size?task=summarization&edition=aies-2025-12").text
    assert "/right-size?task=summarization&amp;edition=aies-2025-02" in page


def test_money_needs_a_price(board: TestClient) -> None:
    answer = asked(board, f"{CHAT}&price_per_kwh=0.3&queries_per_day=1000000")
    assert answer["best"]["kwh_per_year"] == pytest.approx(1533)
    assert answer["best"]["cost_per_year"] == pytest.approx(459.9)
    assert asked(board, CHAT)["best"]["cost_per_year"] is None
    assert "More money a year" not in board.get(f"/right-size?{CHAT}").text
    assert "460 at 0.3 per kWh" in words(
        board.get(f"/right-size?{CHAT}&price_per_kwh=0.3&queries_per_day=1000000").text
    )


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 400, "`task` is missing"),
        ("task=abacus", 404, "no task"),
        ("task=gpqa&hardware=abacus", 404, "no hardware class"),
        ("task=gpqa&edition=abacus", 404, "no edition"),
        ("task=gpqa&quality_min=good", 400, "no number"),
        ("task=gpqa&quality_min=nan", 400, "no number"),
        ("task=gpqa&memory_gb=0", 400, "memory_gb is 0"),
        ("task=gpqa&latency_s=-1", 400, "latency_s is -1"),
        ("task=gpqa&queries_per_day=0", 400, "queries_per_day"),
        ("task=gpqa&queries_per_day=1e9", 400, "queries_per_day"),
        ("task=gpqa&price_per_kwh=-1", 400, "price_per_kwh"),
        ("task=gpqa&unknown=yes", 400, "unknown is"),
        ("task=gpqa&reasoning=loud", 400, "reasoning"),
        ("task=gpqa&licence=%3Cscript%3E", 400, "licence"),
        ("task=gpqa&speed=1", 400, "no parameter"),
        ("task=gpqa&limit=0", 400, "limit"),
    ],
)
def test_bad_parameters_are_told_in_words(board: TestClient, query: str, status: int, said: str) -> None:
    answer = board.get(f"/api/v1/right-size?{query}")
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]
    assert answer.json()["error"]["remedy"]


def test_the_page_keeps_what_was_typed_beside_the_error(board: TestClient) -> None:
    answer = board.get("/right-size?task=gpqa&quality_min=good&memory_gb=14&licence=mit")
    assert answer.status_code == 400
    assert "quality_min is &#39;good&#39;, which is no number." in answer.text
    assert 'value="good"' in answer.text
    assert 'value="14"' in answer.text
    assert '<option value="gpqa" selected>' in answer.text
    assert "etag" not in answer.headers
    assert board.get("/right-size?task=abacus").status_code == 404


def test_the_form_works_without_javascript(board: TestClient) -> None:
    page = board.get("/right-size").text
    assert '<form class="need" action="/right-size" method="get"' in page
    names = re.findall(r'<(?:select|input)[^>]* name="(\w+)"', page)
    sent = dict.fromkeys(names, "") | {"task": "gpqa", "queries_per_day": "500", "reasoning": "off"}
    answer = board.get("/right-size", params=sent, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"] == "/right-size?task=gpqa&queries_per_day=500"
    assert "A year of 500 queries a day" in board.get(answer.headers["location"]).text


def test_an_address_is_one_spelling_of_a_need() -> None:
    query = "task=gpqa&reasoning=any&quality_min=0.25&memory_gb=14&unknown=include&queries_per_day=5"
    assert AskedNeed.from_query(parse_qsl(query)).query == query


def test_a_page_is_asked_for_once(board: TestClient) -> None:
    first = board.get(f"/right-size?{CHAT}")
    again = board.get(f"/right-size?{CHAT}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert board.head(f"/api/v1/right-size?{CHAT}").status_code == 200


@pytest.mark.parametrize(("query", "anchor"), [(SIMILARITY, "sentence similarity"), (CHAT, "for chat")])
def test_the_questions_tell_what_the_right_size_answers(board: TestClient, query: str, anchor: str) -> None:
    page = board.get("/faq").text
    assert f'href="/right-size?{query.replace("&", "&amp;")}"' in page
    told = words(page.split(anchor)[2])
    answer = asked(board, query)
    first, second, last = answer["items"][0], answer["items"][1], answer["items"][-1]
    assert f"The answer is {first['model']} with" in told
    for value in (first["energy_wh_per_1000"], first["kwh_per_year"], second["times"], last["times"]):
        assert f"{value:.3g}" in told
    assert f"The next, {second['model']} , takes" in told
    assert f"the last of the {answer['total']}, {last['model']} , " in told
