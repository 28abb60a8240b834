"""The front: which models no other beats, who is left out, the drawing, the page and its twin."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.board.charts import NARROW
from leaderboard.board.charts.pareto import MOST_DRAWN, pareto_chart
from leaderboard.board.charts.scales import log_ticks
from leaderboard.board.pareto import MOST_NAMED, Better, front, is_log, plane
from leaderboard.domain import Rating
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import client_of, fill, public_row
from tests.board.test_hostile import HOSTILE
from tests.board.test_pages import Outline

pairs = st.lists(st.tuples(st.integers(1, 12).map(float), st.integers(-6, 6).map(float)), max_size=40)
betters = st.sampled_from(["higher", "lower"])


def beats(one: tuple[float, float], other: tuple[float, float], better: Better) -> bool:
    """Takes as little or less, is as good or better, and one of the two truly."""
    sign = -1 if better == "higher" else 1
    return one[0] <= other[0] and sign * one[1] <= sign * other[1] and one != other


@given(pairs, betters)
def test_the_front_is_exactly_who_nobody_beats(values: list[tuple[float, float]], better: Better) -> None:
    expected = [not any(beats(one, other, better) for one in values) for other in values]
    assert front(values, better) == expected


@given(pairs, betters)
def test_everybody_beside_the_front_is_beaten_by_somebody_on_it(
    values: list[tuple[float, float]], better: Better
) -> None:
    marks = front(values, better)
    on_front = [value for value, mark in zip(values, marks, strict=True) if mark]
    assert bool(on_front) == bool(values)
    for value, mark in zip(values, marks, strict=True):
        assert mark or any(beats(one, value, better) for one in on_front)


def scored(model: str, energy: float, quality: float | None, **fields: object) -> Rating:
    return public_row(
        model,
        **{"energy_wh_per_1000": energy, "quality": quality, "quality_metric": "Spearman", **fields},
    )


def test_models_without_a_quality_are_left_out_and_named() -> None:
    found = plane([scored("a/a", 1, 0.5), scored("b/b", 2, None), scored("c/c", 3, 0.4)], "quality")
    assert [point.rating.model for point in found.front] == ["a/a"]
    assert [point.rating.model for point in found.beside] == ["c/c"]
    assert found.left_out == ("b/b",)
    assert found.better == "higher"


def test_a_quality_in_another_metric_is_left_out() -> None:
    rows = [scored("a/a", 1, 0.5), scored("b/b", 2, 0.6), scored("c/c", 3, 99, quality_metric="theirs")]
    assert plane(rows, "quality").left_out == ("c/c",)


def test_lower_is_better_where_the_task_says_so() -> None:
    speech = {"task": "automatic-speech-recognition", "quality_metric": "WER"}
    found = plane([scored("a/a", 1, 0.3, **speech), scored("b/b", 2, 0.1, **speech)], "quality")
    assert found.better == "lower"
    assert len(found.front) == 2


def test_ten_models_at_most_have_numbers() -> None:
    found = plane([scored(f"m/{n:02d}", n + 1, n / 100) for n in range(25)], "quality")
    numbers = [point.number for point in found.front if point.number]
    assert len(found.front) == 25
    assert numbers == list(range(1, MOST_NAMED + 1))
    assert (found.front[0].number, found.front[-1].number) == (1, MOST_NAMED)


def test_axes_are_logarithmic_where_values_are_spread() -> None:
    assert is_log([1, 10])
    assert not is_log([1, 9])
    assert not is_log([0, 100])
    assert not is_log([])


@given(st.floats(1e-6, 1e9), st.floats(10, 1e9))
def test_marks_of_a_log_axis_lie_inside_it_and_are_few(low: float, spread: float) -> None:
    found = log_ticks(low, low * spread, 6)
    assert 1 <= len(found) <= 7
    assert all(low <= tick <= low * spread for tick in found)
    assert found == sorted(found)


def test_the_drawing_links_every_point_and_tells_shapes_apart() -> None:
    found = plane([scored("a/a", 1, 0.5, energy_low=0.9, energy_high=1.2), scored("b/b", 20, 0.4)], "quality")
    svg = str(pareto_chart(found).draw(NARROW))
    assert re.findall(r'<a href="([^"]*)"( tabindex="-1")?>', svg) == [
        ("/models/b/b", ' tabindex="-1"'),
        ("/models/a/a", ""),
    ]
    assert "point.invalid" not in svg
    assert 'role="group"' in svg
    assert 'aria-label="a/a, 1.00 Wh"' in svg
    assert "2 models, 1 of them on the front" in svg
    # A circle and a diamond are seen; the circles that can be hit are transparent.
    seen = re.findall(r'<path transform="[^"]*" d="([^"]*)"[^>]* (?:stroke|fill)="var', svg)
    assert len(set(seen)) == 2


def test_a_crowd_is_thinned_out_but_never_the_front() -> None:
    rows = [scored(f"m/{n}", n + 1, 0.9 if n == 0 else 0.1) for n in range(MOST_DRAWN + 200)]
    svg = str(pareto_chart(plane(rows, "quality")).draw(NARROW))
    links = re.findall(r'<a href="([^"]*)"', svg)
    assert len(links) <= MOST_DRAWN + 1
    assert "/models/m/0" in links


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_inert_in_the_drawing(record: Record, name: str) -> None:
    fill(record, scored(name, 1, 0.5), scored("b/b", 2, 0.6))
    answer = client_of(record).get("/pareto?edition=2026-11")
    assert answer.status_code == 200
    tags = [tag for tag, _ in Outline(answer.text).tags]
    assert "img" not in tags
    assert tags.count("script") == 1
    assert not [
        attrs for _, attrs in Outline(answer.text).tags if attrs.get("href", "").startswith("javascript:")
    ]


def test_the_page_has_a_table_of_the_same_points(record: Record) -> None:
    fill(record, scored("a/a", 1, 0.5), scored("b/b", 5, 0.4), scored("c/c", 20, 0.9), scored("d/d", 2, None))
    client = client_of(record)
    answer = client.get("/pareto?edition=2026-11&task=sentence-similarity")
    page = Outline(answer.text)
    assert [text.split()[0] for text in page.row_headers] == ["a/a", "c/c", "b/b"]
    assert "1 left out" in answer.text
    assert "d/d" in answer.text
    assert answer.text.count('<div class="plot"') == 2
    assert len(page.all("caption")) == 1
    twin = client.get("/api/v1/pareto?edition=2026-11&task=sentence-similarity").json()
    assert [(point["model"], point["on_front"]) for point in twin["points"]] == [
        ("a/a", True),
        ("b/b", False),
        ("c/c", True),
    ]
    assert twin["left_out"] == ["d/d"]
    assert (twin["x"], twin["better"], twin["metric"]) == ("quality", "higher", "Spearman")


def test_a_model_stands_once_and_a_withdrawn_row_not_at_all(record: Record) -> None:
    fill(record, scored("a/a", 1, 0.5), scored("a/a", 2, 0.6, precision="fp16"), scored("b/b", 3, 0.7))
    points = client_of(record).get("/api/v1/pareto?edition=2026-11").json()["points"]
    assert [point["model"] for point in points] == ["a/a", "b/b"]
    gone = record.ratings_of("b/b")[0]
    record.add_notice(builders.notice(gone.id, kind="withdrawn"))
    record.add_notice(builders.notice(record.ratings_of("a/a")[0].id))
    points = client_of(record).get("/api/v1/pareto?edition=2026-11").json()["points"]
    assert [point["model"] for point in points] == ["a/a"]
    page = client_of(record).get("/pareto?edition=2026-11").text
    assert ">disputed<" in page
    assert "Only one model has a known quality" in page


def test_published_figures_open_where_there_is_something_to_draw(board: TestClient) -> None:
    answer = board.get("/pareto")
    assert answer.status_code == 200
    assert "Energy against parameters" in answer.text
    assert "No quality is known here" in answer.text
    assert answer.text.count('<div class="plot"') == 2
    nothing = board.get("/pareto?edition=aies-2025-12")
    assert nothing.status_code == 200
    assert "Nothing to draw here" in nothing.text
    assert 'href="/pareto?edition=mlenergy-v3"' in nothing.text
    assert "edition=dev-2026-11" not in nothing.text.split("Look at:")[1].split("</ul>")[0]


def test_bad_parameters_are_told(board: TestClient) -> None:
    for path in ("/pareto", "/api/v1/pareto"):
        assert board.get(f"{path}?x=colour").status_code == 400
        assert board.get(f"{path}?edition=none").status_code == 404
    assert "quality or params" in board.get("/pareto?x=colour").text
    assert (
        board.get("/pareto?x=&task=gpqa", follow_redirects=False).headers["location"] == "/pareto?task=gpqa"
    )


def test_a_superseded_edition_is_said_beside_its_front(record: Record) -> None:
    fill(record, scored("a/a", 1, 0.5), scored("b/b", 2, 0.6))
    client = client_of(record)
    assert "Superseded" not in client.get("/pareto?edition=2026-11").text
    edition = builders.edition("2026-11", status="superseded")
    rows = [record.ratings_of(name)[0] for name in ("a/a", "b/b")]
    record.put_edition(edition, {row.cell: builders.bands() for row in rows}, rows, "followed")
    assert "Superseded" in client.get("/pareto?edition=2026-11").text


def test_a_crowded_place_is_read_to_its_end_and_its_table_says_how_much_it_shows(record: Record) -> None:
    fill(record, *(scored(f"m/{n:04d}", n + 1, (n * 7919 % 1000) / 1000) for n in range(1200)))
    client = client_of(record)
    assert len(client.get("/api/v1/pareto?edition=2026-11").json()["points"]) == 1200
    page = client.get("/pareto?edition=2026-11")
    assert "the first 100 of 1,200" in page.text
    assert client.head("/api/v1/pareto?edition=2026-11").status_code == 200
