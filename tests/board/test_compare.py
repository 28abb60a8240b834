"""Models side by side: what is best, what cannot be told apart, what is said of names that are not here."""

from __future__ import annotations

import pytest

from leaderboard.alternatives import distinguishable
from leaderboard.board.calculator import Factors
from leaderboard.board.compare import Line, compared, quality_direction
from leaderboard.domain import Rating
from leaderboard.record import Record
from tests.board.conftest import DEVELOPMENT, client_of, fill, public_row
from tests.board.test_hostile import HOSTILE
from tests.board.test_pages import Outline

A, B, C = "a/one", "b/two", "c/three"


def lines(*rows: Rating) -> dict[str, Line]:
    return {line.key: line for line in compared(rows, Factors.defaults()).lines}


def spread(model: str, energy: float, **fields: object) -> Rating:
    return public_row(
        model, energy_wh_per_1000=energy, energy_low=energy * 0.9, energy_high=energy * 1.1, **fields
    )


def test_the_least_energy_is_best_and_ties_share_it() -> None:
    found = lines(public_row(A, energy_wh_per_1000=2), public_row(B, energy_wh_per_1000=1))
    assert [cell.best for cell in found["energy"].cells] == [False, True]
    assert [cell.text for cell in found["times"].cells] == ["2.00×", "1.00×"]
    tie = lines(*(public_row(name, energy_wh_per_1000=energy) for name, energy in ((A, 1), (B, 1), (C, 2))))
    assert [cell.best for cell in tie["energy"].cells] == [True, True, False]


def test_nothing_is_best_where_all_are_the_same_or_one_is_alone() -> None:
    assert not any(cell.best for cell in lines(public_row(A), public_row(B))["energy"].cells)
    assert not any(cell.best for cell in lines(public_row(A))["energy"].cells)


def test_quality_is_best_by_the_direction_of_its_task() -> None:
    rows = [
        public_row(A, quality=0.8, quality_metric="Spearman"),
        public_row(B, quality=0.7, quality_metric="Spearman"),
    ]
    assert [cell.best for cell in lines(*rows)["quality"].cells] == [True, False]
    speech = {"task": "automatic-speech-recognition", "quality_metric": "WER"}
    rows = [public_row(A, quality=0.1, **speech), public_row(B, quality=0.2, **speech)]
    assert [cell.best for cell in lines(*rows)["quality"].cells] == [True, False]
    other = [
        public_row(A, quality=0.8, quality_metric="their own"),
        public_row(B, quality=0.7, quality_metric="their own"),
    ]
    assert not any(cell.best for cell in lines(*other)["quality"].cells)
    assert quality_direction("gpqa", "Spearman") == ""


def test_overlapping_intervals_are_not_distinguishable() -> None:
    near, far = spread(B, 1.1), spread(C, 5)
    assert distinguishable(spread(A, 1), near) is False
    assert distinguishable(spread(A, 1), far) is True
    assert distinguishable(spread(A, 1), public_row(B)) is None
    found = compared(
        [spread(A, 1), near, far, public_row("d/four", energy_wh_per_1000=9)], Factors.defaults()
    )
    assert found.alike == ((A, B),)
    assert found.unsure == ("d/four",)
    times = next(line for line in found.lines if line.key == "times")
    assert [cell.beside for cell in times.cells][:3] == ["", "not distinguishable", ""]


def test_stars_of_several_classes_have_no_best() -> None:
    found = lines(public_row(A, stars=5, model_class="A"), public_row(B, stars=2, model_class="B"))
    assert not any(cell.best for cell in found["stars"].cells)
    rows = [public_row(A, stars=5, model_class="A"), public_row(B, stars=2, model_class="B")]
    assert compared(rows, Factors.defaults()).classes == ("A", "B")


def test_cost_and_carbon_follow_from_the_factors() -> None:
    found = lines(public_row(A, energy_wh_per_1000=1000, mean_power_w=3.6))
    assert found["co2e"].cells[0].text == "738"
    assert found["electricity"].cells[0].text == "19.5"
    # 1 Wh at 3.6 W is a thousand seconds of a T4 at 0.40 USD an hour, for each query.
    assert found["machine"].cells[0].text == "11,100"
    assert "machine" not in lines(public_row(A, mean_power_w=None))


def test_the_page_shows_them_in_the_reader_s_order(record: Record) -> None:
    fill(record, spread(A, 3), spread(B, 1, quality=0.5), spread(C, 2))
    answer = client_of(record).get(f"/compare?model={C}&model={A}&model={B}")
    assert answer.status_code == 200
    page = Outline(answer.text)
    links = [attrs["href"] for attrs in page.all("a") if attrs.get("class") == "model"]
    assert links == [f"/models/{name}" for name in (C, A, B)]
    assert len(page.all("caption")) == 1
    assert "◆</span> lowest" in answer.text
    away = [attrs["href"] for attrs in page.all("a") if "away" in attrs.get("class", "")]
    assert away[0].startswith(f"/compare?model={A}&model={B}&task=")
    labels = {attrs["for"] for attrs in page.all("label")}
    assert {attrs["id"] for tag in ("input", "select") for attrs in page.all(tag) if "id" in attrs} <= labels


def test_an_unknown_model_is_told_and_the_rest_kept(record: Record) -> None:
    fill(record, public_row(A), public_row("a/one-large"), public_row("x/elsewhere", task="summarization"))
    client = client_of(record)
    answer = client.get(f"/compare?model={A}&model=one-l&model=x/elsewhere&model=<b>nobody</b>")
    assert answer.status_code == 200
    assert "Did you mean" in answer.text
    assert "a/one-large" in answer.text
    assert "It stands in" in answer.text
    assert "Summarization" in answer.text
    assert "<b>nobody</b>" not in answer.text
    assert "have it measured" in answer.text
    twin = client.get(f"/api/v1/compare?model={A}&model=x/elsewhere&model=no/body").json()
    assert [row["model"] for row in twin["items"]] == [A]
    assert twin["missing"] == [
        {"model": "x/elsewhere", "known_elsewhere": True},
        {"model": "no/body", "known_elsewhere": False},
    ]


def test_only_unknown_models_are_a_404(record: Record) -> None:
    fill(record, public_row(A))
    client = client_of(record)
    assert client.get("/compare?model=no/body").status_code == 404
    twin = client.get("/api/v1/compare?model=no/body")
    assert twin.status_code == 404
    assert twin.json()["error"]["code"] == "not_found"


def test_more_than_six_are_told(record: Record) -> None:
    names = [f"m/{letter}" for letter in "abcdefgh"]
    fill(record, *(public_row(name) for name in names))
    client = client_of(record)
    query = "&".join(f"model={name}" for name in names)
    text = client.get(f"/compare?{query}").text
    assert "Only 6 models fit" in text
    assert "m/g, m/h" in text
    assert client.get(f"/api/v1/compare?{query}").json()["left_out"] == ["m/g", "m/h"]


def test_the_place_is_where_most_of_them_stand(record: Record) -> None:
    both = {"task": "summarization"}
    fill(record, public_row(A), public_row(A, **both), public_row(B, **both))
    place = client_of(record).get(f"/api/v1/compare?model={A}&model={B}").json()["place"]
    assert place["task"] == "summarization"


def test_a_development_row_is_shown_only_where_nothing_else_is(record: Record) -> None:
    development = {"edition": DEVELOPMENT, "development": True, "provenance": "estimated"}
    fill(record, public_row(A), public_row(B, **development))
    client = client_of(record)
    assert client.get(f"/api/v1/compare?model={A}&model={B}").json()["place"]["edition"] == "2026-11"
    alone = client.get(f"/compare?model={B}")
    assert alone.status_code == 200
    assert "watermark" in alone.text


def test_a_place_without_rows_is_let_go_and_said(record: Record) -> None:
    fill(record, public_row(A))
    answer = client_of(record).get(f"/compare?model={A}&hardware=h100-sxm-80gb&edition=2026-11")
    assert answer.status_code == 200
    assert "Nothing stands exactly there" in answer.text
    assert f'href="/models/{A}"' in answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [("task=no-such-task", 404), ("task=No+Such", 400), ("edition=none", 404), ("model=" + "x" * 300, 400)],
)
def test_bad_parameters_are_told(record: Record, query: str, status: int) -> None:
    fill(record, public_row(A))
    client = client_of(record)
    for path in ("/compare", "/api/v1/compare"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == status
    assert set(answer.json()["error"]) >= {"code", "message", "remedy"}


def test_nothing_chosen_offers_the_most_frugal(record: Record) -> None:
    fill(record, public_row(A, energy_wh_per_1000=5), public_row(B, energy_wh_per_1000=1))
    text = client_of(record).get("/compare").text
    assert "No model yet" in text
    assert text.index(f">{B}</a>") < text.index(f">{A}</a>")


def test_the_board_and_a_model_s_page_lead_here(record: Record) -> None:
    fill(record, public_row(A, energy_wh_per_1000=2), public_row(B, energy_wh_per_1000=1))
    client = client_of(record)
    hrefs = [attrs.get("href", "") for attrs in Outline(client.get("/").text).all("a")]
    assert any(href.startswith(f"/compare?model={B}&model={A}&") for href in hrefs)
    assert {"/compare", "/pareto", "/calculator"} <= set(hrefs)
    hrefs = [attrs.get("href", "") for attrs in Outline(client.get(f"/models/{A}").text).all("a")]
    assert f"/compare?model={A}" in hrefs
    assert f"/calculator?model={A}" in hrefs
    # A page is kept for its version of the record, and told apart by its query.
    first = client.get(f"/compare?model={A}")
    again = client.get(f"/compare?model={A}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("page", ["compare", "calculator"])
def test_names_are_inert_side_by_side(record: Record, page: str, name: str) -> None:
    fill(record, public_row(name, licence="<b>mit</b>"), public_row(B))
    answer = client_of(record).get(f"/{page}", params=[("model", name), ("to", B)])
    # What no model can be called is refused by name; the rest is shown as it is.
    assert answer.status_code == (200 if name.isprintable() and len(name) <= 200 else 400)
    tags = [tag for tag, _ in Outline(answer.text).tags]
    assert "img" not in tags
    assert tags.count("script") == 0
    assert "<b>mit</b>" not in answer.text
    assert not [a for _, a in Outline(answer.text).tags if a.get("href", "").startswith("javascript:")]
