"""The board's own choices: columns, filters by openness and library, reasoning beside, the snapshot."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from leaderboard.board import create_site
from leaderboard.record import Record
from tests.board.conftest import client_of, fill, public_row
from tests.board.test_pages import Outline, models, outline


def heads_of(page: Outline) -> list[str]:
    return [attrs["id"][2:] for attrs in page.all("th") if attrs.get("scope") == "col"]


def test_a_chosen_column_is_shown_and_its_box_is_ticked(board: TestClient) -> None:
    page = outline(board, "/?task=gpqa&columns=power,energy")
    assert heads_of(page) == ["model", "energy", "power"]
    boxes = [attrs for attrs in page.all("input") if attrs.get("type") == "checkbox"]
    assert {attrs["value"] for attrs in boxes if "checked" in attrs} == {"energy", "power"}
    assert "/?task=gpqa" in [attrs["href"] for attrs in page.all("a")], (
        "the way back to the board's own choice"
    )


def test_ticked_boxes_of_a_plain_form_become_one_address(board: TestClient) -> None:
    answer = board.get("/?task=gpqa&columns=model&columns=stars&columns=energy", follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"] == "/?task=gpqa&columns=model,energy,stars"


def test_both_forms_carry_along_what_is_not_theirs(board: TestClient) -> None:
    html = board.get("/?task=gpqa&columns=model,energy,power&precision=fp8&sort=model").text
    filters = html.split('<form class="filters"')[1].split("</form>")[0]
    assert 'name="columns" value="model,energy,power"' in filters
    picker = html.split('<form class="picker"')[1].split("</form>")[0]
    for name, value in (("task", "gpqa"), ("precision", "fp8"), ("sort", "model")):
        assert f'type="hidden" name="{name}" value="{value}"' in picker


def test_rows_are_filtered_by_library_and_by_what_is_open(record: Record) -> None:
    open_all = {"weights_open": True, "data_open": True, "licence_open": True}
    fill(
        record,
        public_row("a/open", library="transformers", **open_all),
        public_row("a/weights", library="diffusers", weights_open=True, licence_open=False),
        public_row("a/closed", weights_open=False),
        public_row("a/unknown"),
    )
    client = client_of(record)
    found = {
        query: sorted(models(outline(client, f"/?{query}")))
        for query in ("openness=weights", "openness=all", "library=diffusers", "library=x&openness=data")
    }
    assert found == {
        "openness=weights": ["a/open", "a/weights"],
        "openness=all": ["a/open"],
        "library=diffusers": ["a/weights"],
        "library=x&openness=data": [],
    }
    page = outline(client, "/?openness=weights")
    assert "/" in [
        attrs["href"] for attrs in page.all("a") if "Remove filter: open: weights open" in str(attrs)
    ]
    options = [attrs["value"] for attrs in page.all("option")]
    assert {"weights", "data", "licence", "all", "transformers", "diffusers"} <= set(options)
    api = client.get("/api/v1/ratings?openness=data&library=transformers").json()
    assert [item["model"] for item in api["items"]] == ["a/open"]
    meters = [attrs["aria-label"] for attrs in page.all("span") if attrs.get("class") == "openness"]
    assert "weights open, data not known, licence not open" in meters
    assert "Any library" in client.get("/?library=x").text


def test_the_best_quality_of_the_whole_view_is_marked(record: Record) -> None:
    rows = [public_row(f"a/m{n}", energy_wh_per_1000=n + 1.0, quality=n / 100) for n in range(60)]
    fill(record, *rows)
    client = client_of(record)
    first = client.get("/").text
    assert "best of this view" not in first, "the best stands on the second page"
    path = next(attrs["href"] for attrs in Outline(first).all("a") if attrs.get("rel") == "next")
    assert re.findall(r"<b>(\S+)</b><span class=\"hidden\"> best of this view", client.get(path).text) == [
        "0.590"
    ]


def test_reasoning_stands_beside_with_its_factor(board: TestClient, published: Record) -> None:
    on = next(
        row
        for row in published.edition_rows("aies-2025-12")
        if row.model == "HuggingFaceTB/SmolLM3-3B" and row.task == "reasoning"
    )
    html = board.get("/?edition=aies-2025-12&task=text-generation").text
    assert f'href="/models/HuggingFaceTB/SmolLM3-3B#r-{on.id}"' in html
    assert html.count('class="costs"') == 9
    assert 'reasoning<span class="word"> task</span>: ×697<' in html
    assert 'class="costs"' not in board.get("/?edition=aies-2025-02&task=text-generation").text
    other = board.get("/?edition=aies-2025-12&task=reasoning").text
    assert "×697 of text generation<" in other


def test_off_is_first_and_every_other_way_is_one_step_away(record: Record) -> None:
    rows = [
        public_row("a/thinks", reasoning=mode, energy_wh_per_1000=energy)
        for mode, energy in (("off", 1.0), ("low", 20.0), ("high", 80.0))
    ]
    fill(record, *rows)
    client = client_of(record)
    html = client.get("/").text
    page = Outline(html)
    assert len(page.row_headers) == 1
    hrefs = [attrs["href"] for attrs in page.all("a")]
    assert {"/?reasoning=low", "/?reasoning=high", "/?reasoning=any"} <= set(hrefs)
    assert "low: from ×20.0" in re.sub(r"<[^>]+>", "", html)
    assert "Off is the default because" in html
    everything = re.sub(r"<[^>]+>", "", client.get("/?reasoning=any").text)
    assert "×80.0 of reasoning off" in everything


def test_the_snapshot_is_the_edition_on_the_hub(published: Record) -> None:
    app = FastAPI()
    create_site(published, version="0.1.0", single_user=True, dataset="starwatt/energy").install(app)
    client = TestClient(app, base_url="http://127.0.0.1")
    hrefs = [attrs["href"] for attrs in outline(client, "/?task=gpqa").all("a")]
    expected = "https://huggingface.co/datasets/starwatt/energy-ratings/viewer/gpqa/edition_mlenergy_v3"
    assert expected in hrefs


def test_without_data_sets_there_is_no_snapshot(board: TestClient) -> None:
    assert "/datasets/" not in board.get("/").text


@pytest.mark.parametrize("query", ["columns=model,energy", "openness=all", "library=diffusers"])
def test_new_parameters_are_views_of_their_own_for_every_cache(board: TestClient, query: str) -> None:
    plain, other = board.get("/?task=gpqa"), board.get(f"/?task=gpqa&{query}")
    assert plain.text != other.text
    again = board.get(f"/?task=gpqa&{query}", headers={"If-None-Match": other.headers["etag"]})
    assert again.status_code == 304
    assert board.get(f"/?task=gpqa&{query}").text == other.text


def test_authors_are_found_by_their_name(board: TestClient) -> None:
    assert models(outline(board, "/?q=huggingfacetb")) == ["HuggingFaceTB/SmolLM3-3B"]


def test_programs_have_a_page_for_people(board: TestClient) -> None:
    foot = board.get("/").text.split("<footer")[1]
    assert '<a href="/api">API</a>' in foot
    page = board.get("/api")
    assert page.status_code == 200
    assert "http://127.0.0.1/gradio_api/mcp/" in page.text
    assert 'href="/openapi.json"' in page.text
    assert "{address}" not in page.text


def test_links_and_filters_are_there_where_a_row_has_a_value(record: Record, board: TestClient) -> None:
    bare = board.get("/").text
    assert "/pareto?" not in bare.split("<footer")[0]
    assert "params_max" not in bare and "size-steps" not in bare
    assert "params_max" in board.get("/?params_max=3B").text
    fill(record, public_row("o/a"), public_row("o/b", energy_wh_per_1000=2.0))
    full = client_of(record).get("/").text
    assert ">Energy against quality</a>" in full.split("<footer")[0]
    assert 'name="params_max"' in full and "size-steps" in full
    fill(record, *(public_row(name, quality=None, quality_metric="") for name in ("o/c", "o/d")))
    assert ">Energy against parameters</a>" in client_of(record).get("/").text.split("<footer")[0]


def test_size_classes_are_told_as_the_edition_draws_them(record: Record, board: TestClient) -> None:
    said = board.get("/").text.split('id="help-model_class"')[1].split("</div>")[0]
    assert "up to 20 billion" in said and "7.5 billion" not in said
    fill(record, public_row())
    ours = client_of(record).get("/").text.split('id="help-model_class"')[1].split("</div>")[0]
    assert "up to 7.5 billion" in ours


def test_right_size_and_compare_stand_at_the_top(board: TestClient) -> None:
    top = board.get("/").text.split('<header class="top">')[1].split("</header>")[0]
    assert '<a href="/right-size">Right size</a>' in top and '<a href="/compare">Compare</a>' in top
