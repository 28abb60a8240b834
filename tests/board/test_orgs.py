"""Organisations: the list, one of them, and their twins for programs."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from leaderboard.record import Record
from tests import builders
from tests.board.conftest import DEVELOPMENT, client_of, fill, public_row
from tests.board.model_record import fill_model
from tests.board.test_hostile import HOSTILE
from tests.board.test_model_pages import page, text_of
from tests.board.test_pages import Outline, models, outline

MIXED = [
    public_row("Acme/big", stars=2, params=9, weights_open=True, data_open=False),
    public_row("Acme/big", task="text-classification", energy_wh_per_1000=9.0, stars=1),
    public_row("Acme/small", stars=5, energy_wh_per_1000=0.01, params=3),
    public_row("acme/closed", stars=None, provenance="attested", params=None),
    public_row("Acme/told", provenance="reference", stars=4, params=5, energy_wh_per_1000=0.02),
    public_row("Acmeister/other"),
    builders.rating("Acme/hidden", edition=DEVELOPMENT),
]


@pytest.fixture
def site(record: Record) -> TestClient:
    fill(record, *MIXED)
    return client_of(record)


def told(site: TestClient, path: str) -> dict[str, Any]:
    answer = site.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_an_organisation_is_measured_attested_undisclosed(site: TestClient) -> None:
    document = told(site, "/orgs/acme")
    assert (document["models"], document["measured"], document["attested"]) == (4, 2, 1)
    assert document["undisclosed"] == ["Acme/told"]
    words = text_of(page(site, "/orgs/acme"))
    assert "Not measured here, nor attested: 1 model has a figure that others published." in words
    assert "Acme/hidden" not in words
    assert "Acmeister" not in words


def test_openness_counts_what_is_known_and_nothing_else(site: TestClient) -> None:
    parts = {one["part"]: one for one in told(site, "/orgs/acme")["openness"]}
    assert parts["weights"] == {"part": "weights", "open": 1, "closed": 0, "unknown": 3}
    assert parts["training data"] == {"part": "training data", "open": 0, "closed": 1, "unknown": 3}
    html = page(site, "/orgs/acme")
    assert "weights open, data not open, licence not known" in html


def test_where_nothing_is_known_it_says_so_once(board: TestClient) -> None:
    html = page(board, "/orgs/Qwen")
    assert "Not known: no source of its figures tells" in html
    assert 'class="openness"' not in html


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["big", "closed", "small", "told"]),
        ("?order=desc", ["told", "small", "closed", "big"]),
        ("?sort=stars&order=desc", ["small", "told", "big", "closed"]),
        ("?sort=params", ["small", "told", "big", "closed"]),
        ("?sort=params&order=desc", ["big", "told", "small", "closed"]),
        ("?sort=energy", ["small", "told", "big", "closed"]),
    ],
)
def test_models_sort_with_what_is_not_known_last(site: TestClient, query: str, names: list[str]) -> None:
    found = [item["model"].split("/")[1] for item in told(site, f"/orgs/acme{query}")["items"]]
    assert found == names
    assert models(outline(site, f"/orgs/acme{query}"))[-len(names) - 2 : -2] == names


def test_a_head_says_how_it_is_sorted_and_turns_round(site: TestClient) -> None:
    shown = outline(site, "/orgs/acme?sort=stars&order=desc")
    assert [attrs["aria-sort"] for attrs in shown.all("th") if "aria-sort" in attrs] == ["descending"]
    assert "/orgs/Acme?sort=stars" in [attrs["href"] for attrs in shown.all("a")]


def test_the_best_of_each_task_is_told(site: TestClient) -> None:
    best = {(row["task"], row["model"]) for row in told(site, "/orgs/acme")["best"]}
    assert best == {("sentence-similarity", "Acme/small"), ("text-classification", "Acme/big")}


def test_a_model_stands_by_its_newest_edition_and_no_withdrawn_row(record: Record) -> None:
    fill_model(record)
    site = client_of(record)
    shown = {item["model"]: item["rating"]["edition"] for item in told(site, "/orgs/acme")["items"]}
    assert shown == {"acme/Widget-7B": "2026-11", "acme/Widget-1B": "2026-11"}
    assert "other/withdrawn" not in {row["model"] for row in told(site, "/orgs/other")["best"]}


def test_pages_of_an_organisation_meet_every_model_once(record: Record) -> None:
    fill(record, *(public_row(f"big/model-{number:03}") for number in range(230)))
    site = client_of(record)
    seen: list[str] = []
    path: str | None = "/orgs/big"
    while path:
        shown = outline(site, path)
        seen += [name for name in models(shown) if name.startswith("model-")]
        path = next((attrs["href"] for attrs in shown.all("a") if attrs.get("rel") == "next"), None)
    assert seen == [f"model-{number:03}" for number in range(230)]
    assert told(site, "/orgs/big")["next"] == "big/model-099"


@pytest.mark.parametrize("path", ["/orgs/nobody", "/orgs/acm"])
def test_an_unknown_organisation_is_a_helpful_404(site: TestClient, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 404
    assert "has a figure here" in answer.text
    error = site.get(f"/api/v1{path}").json()["error"]
    assert error["code"] == "not_found"
    assert "/orgs" in error["remedy"]


def test_a_misspelt_organisation_names_those_that_begin_alike(site: TestClient) -> None:
    error = site.get("/api/v1/orgs/acmee").json()["error"]
    assert "Acme, Acmeister" in error["remedy"]


@pytest.mark.parametrize("query", ["sort=beauty", "order=up", "after=Acme/nothing", "colour=red"])
def test_nonsense_is_a_400_that_says_what_is_known(site: TestClient, query: str) -> None:
    assert site.get(f"/orgs/acme?{query}").status_code == 400
    error = site.get(f"/api/v1/orgs/acme?{query}").json()["error"]
    assert (error["code"], bool(error["remedy"])) == ("bad_input", True)


def test_the_list_searches_and_links(board: TestClient) -> None:
    names = [item["name"] for item in told(board, "/orgs")["items"]]
    assert names == sorted(names, key=lambda name: f"{name}/".lower())
    assert len(names) == 70
    found = outline(board, "/orgs?q=LLAMA")
    assert models(found) == ["meta-llama"]
    assert "/orgs/meta-llama" in [attrs["href"] for attrs in found.all("a")]
    nothing = board.get("/orgs?q=zzz")
    assert (nothing.status_code, "No organisation is called so" in nothing.text) == (200, True)
    empty = board.get("/orgs?q=", follow_redirects=False)
    assert empty.headers["location"] == "/orgs"


def test_a_model_page_leads_to_its_organisation(board: TestClient) -> None:
    assert "/orgs/Qwen" in [attrs["href"] for attrs in outline(board, "/models/Qwen/Qwen3-32B").all("a")]


@pytest.mark.parametrize("path", ["/orgs", "/orgs/Qwen", "/api/v1/orgs", "/api/v1/orgs/Qwen"])
def test_they_answer_head_and_304(board: TestClient, path: str) -> None:
    answer = board.head(path)
    assert (answer.status_code, answer.text) == (200, "")
    again = board.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_inert(record: Record, text: str) -> None:
    name = text.replace("/", "")[:60]
    fill(record, public_row(f"{name}/model"), public_row(f"org/{name}"))
    site = client_of(record)
    for path in ("/orgs", "/orgs/org", f"/models/org/{name}"):
        answer = site.get(path)
        assert answer.status_code in (200, 400, 404)
        found = Outline(answer.text)
        assert all(tag != "img" or attrs["src"].startswith("/") for tag, attrs in found.tags)
        assert not [attrs for tag, attrs in found.tags if tag == "script" and "src" not in attrs]
        assert not [name for _, attrs in found.tags for name in attrs if name.startswith("on")]
