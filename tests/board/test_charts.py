"""Charts as a browser gets them: documents that Vega draws, where strangers' text is only data."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import vl_convert
from fastapi.testclient import TestClient

from leaderboard.board.charts import FORMS, NARROW, WIDE
from leaderboard.board.charts import drawing as drawn
from leaderboard.board.charts.drawing import _LIGHT
from leaderboard.board.charts.pareto import pareto_chart
from leaderboard.board.charts.theme import HIGHLIGHT, POINTS
from leaderboard.board.charts.trace import trace_chart
from leaderboard.board.inlined import STATIC
from leaderboard.board.pareto import plane
from leaderboard.board.traces import Span, Trace
from leaderboard.record import Record
from tests import builders
from tests.board import test_control_pages as controls
from tests.board import test_run_pages as runs
from tests.board.conftest import client_of, fill, public_row
from tests.board.test_hostile import HOSTILE
from tests.board.test_pages import Outline

_EXPRESSIONS = ("expr", "signal", "test", "update", "init", "on", "events", "condition")
OTHERS = ("/", "/models/Qwen/Qwen3-14B", "/editions", "/method", "/faq", "/calculator", "/right-size")


def scored(model: str, energy: float, quality: float, **fields: object) -> Any:
    return public_row(
        model, energy_wh_per_1000=energy, quality=quality, **{"quality_metric": "Spearman", **fields}
    )


def figures(client: TestClient, path: str) -> list[dict[str, str]]:
    """The charts of a page: where their documents are."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return [attrs for attrs in Outline(answer.text).all("figure") if "data-wide" in attrs]


def marks(part: Any) -> Iterator[dict[str, Any]]:
    for mark in part.get("marks", ()):
        yield mark
        yield from marks(mark)


def expressions(part: Any, key: str = "") -> Iterator[str]:
    """Every text of a document that may be an expression; data are none."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name not in ("values", "usermeta"):
                yield from expressions(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from expressions(value, key)
    elif isinstance(part, str) and key in _EXPRESSIONS:
        yield part


def rows_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The marks that can be pointed at."""
    return [row for data in spec["data"] for row in data.get("values", ()) if "words" in row]


def check(spec: dict[str, Any]) -> None:
    """It is drawn by the Vega that compiled it, and holds what `charts.js` looks for."""
    assert spec["$schema"].endswith("/vega/v6.json")
    names = {signal["name"] for signal in spec["signals"]}
    meta = spec["usermeta"]
    assert {HIGHLIGHT, *(axis["signal"] for axis in meta["axes"])} <= names
    assert all(axis["ends"][0] < axis["ends"][1] for axis in meta["axes"])
    assert meta["near"] in ("x", "xy")
    assert any(mark.get("name", "").startswith(POINTS) for mark in marks(spec))
    assert rows_of(spec)
    assert list(expressions(spec))
    assert not [data for data in spec["data"] if "url" in data]
    svg = vl_convert.vega_to_svg(spec)
    assert "NaN" not in svg
    assert "undefined" not in svg


@pytest.mark.parametrize("path", ["/pareto", "/pareto?edition=mlenergy-v3&task=text-to-image", "/efficiency"])
def test_charts_of_published_figures_are_vega(board: TestClient, path: str) -> None:
    (figure,) = figures(board, path)
    for form in ("data-wide", "data-narrow"):
        answer = board.get(figure[form])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        check(answer.json())


def test_charts_of_runs_and_controls_are_vega(record: Record) -> None:
    address = runs.put(record, runs.run(), runs.samples(held_back=True, foreign=2))
    controls.put(record, [0.5, 0.51, 0.62, 0.5])
    client = client_of(record)
    for path in (address, "/control"):
        (figure,) = figures(client, path)
        for form in ("data-wide", "data-narrow"):
            check(client.get(figure[form]).json())
    told = [row["words"] for row in rows_of(client.get(figures(client, address)[0]["data-wide"]).json())]
    assert told[0] == ["0.0 s: 70.0 W", "41 °C", "1,980 MHz", "idle"]
    assert any("forward, start 1, window 2" in words for words in told)


def test_a_reader_who_has_a_document_gets_304(board: TestClient) -> None:
    (figure,) = figures(board, "/pareto")
    first = board.get(figure["data-wide"])
    again = board.get(figure["data-wide"], headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert len(gzip.compress(first.content)) < 5_000


def test_chart_pages_carry_the_script_and_no_others_do(board: TestClient) -> None:
    for path in ("/pareto", "/efficiency"):
        scripts = [attrs["src"] for attrs in Outline(board.get(path).text).all("script")]
        assert sum("charts.js" in src for src in scripts) == 1
        # Vega itself comes only when a chart is in sight.
        assert not [src for src in scripts if "vega" in src]
    for path in OTHERS:
        text = board.get(path).text
        assert "charts.js" not in text, path
        assert "charts.css" not in text, path
        assert "vega" not in text.lower(), path


def test_nothing_to_draw_needs_no_script(board: TestClient) -> None:
    assert "charts.js" not in board.get("/pareto?edition=aies-2025-12").text


def test_what_a_chart_page_loads(board: TestClient) -> None:
    """Before Vega little; Vega itself once and for ever."""
    text = board.get("/pareto").text
    paths = set(re.findall(r'"(/static/[^"]+)"', text))
    sizes = {path: len(gzip.compress(board.get(path).content)) for path in paths}
    vega = {path: size for path, size in sizes.items() if "/vega" in path}
    assert len(vega) == 2
    assert sum(vega.values()) < 185_000
    assert sum(sizes.values()) - sum(vega.values()) + len(gzip.compress(text.encode())) < 50_000
    assert "immutable" in board.get(next(iter(vega))).headers["cache-control"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_data_and_nothing_else(record: Record, name: str) -> None:
    fill(record, scored(name, 1, 0.5), scored("b/b", 20, 0.4), scored("c/c", 30, 0.7))
    client = client_of(record)
    (figure,) = figures(client, "/pareto?edition=2026-11")
    answer = client.get(figure["data-wide"])
    spec = answer.json()
    check(spec)
    assert [row for row in rows_of(spec) if row["words"][0] == name]
    assert not [text for text in expressions(spec) if name in text]
    assert all(row["href"].startswith("/models/") for row in rows_of(spec))
    assert not [mark for mark in marks(spec) if "href" in json.dumps(mark.get("encode", {}))]


@pytest.mark.parametrize("text", [*HOSTILE, "' + alert(1) + '", '"]; alert(1); //'])
def test_metrics_phases_and_cards_are_no_expressions(text: str) -> None:
    rows = [scored("a/a", 1, 0.5, quality_metric=text), scored("b/b", 2, 0.6, quality_metric=text)]
    spans = [Span(text, 0.0, 5.0), Span("forward", 5.0, 10.0, text)]
    trace = Trace(10.0, [(0.0, 70.0), (10.0, 400.0)], [(0.0, 40.0)], [], spans)
    for chart in (pareto_chart(plane(rows, "quality")), trace_chart(trace, "a run")):
        spec = chart.vega(NARROW)
        check(spec)
        assert not [one for one in expressions(spec) if text in one]
        ElementTree.fromstring(chart.picture(NARROW))


def test_the_figures_leave_as_a_file_that_runs_nothing(record: Record) -> None:
    fill(record, scored("=cmd|'/c calc'!A1/x", 1, 0.5), scored("b/b", 20, 0.4, energy_low=18, energy_high=22))
    answer = client_of(record).get("/charts/pareto/data.csv?edition=2026-11")
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="starwatt-energy-against-quality.csv"' in answer.headers["content-disposition"]
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert header[0] == "Model"
    assert [row[0] for row in rows] == ["'=cmd|'/c calc'!A1/x", "b/b"]
    assert rows[1][1:4] == ["20.0", "18.0", "22.0"]


def test_the_drawing_leaves_as_a_file_with_colours_of_its_own(board: TestClient) -> None:
    for path in ("/charts/pareto/chart.svg", "/charts/efficiency/chart.svg"):
        answer = board.get(path)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "var(" not in answer.text
        assert "href=" not in answer.text
        root = ElementTree.fromstring(answer.text)
        title = root.find("{http://www.w3.org/2000/svg}title")
        assert title is not None
        assert title.text
        assert title.text.startswith("Energy")


def test_the_file_has_the_style_sheets_light_colours() -> None:
    sheet = dict(re.findall(r"--([a-z]+): light-dark\((#[0-9a-f]+),", (STATIC / "site.css").read_text()))
    assert {name: sheet[name] for name in _LIGHT} == _LIGHT


def test_every_chart_has_its_figures_as_a_table(record: Record) -> None:
    address = runs.put(record, runs.run(), runs.samples())
    controls.put(record, [0.5, 0.51, 0.62, 0.5])
    client = client_of(record)
    for path, rows in ((address, 5), ("/control", 4)):
        page = client.get(path).text
        table = page.split("The figures of this chart")[1].split("</table>")[0]
        assert "<caption>" in table
        assert table.count("<tr>") == rows + 1
        (figure,) = figures(client, path)
        lines = client.get(figure["data-wide"].replace("wide.json", "data.csv")).text.splitlines()
        assert len(lines) == rows + 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/charts/pareto/poster.gif", 404),
        ("/charts/pareto/wide.json?x=colour", 400),
        ("/charts/pareto/wide.json?edition=none", 404),
        ("/charts/pareto/wide.json?edition=aies-2025-12", 404),
        ("/charts/efficiency/wide.json?task=cooking", 404),
        ("/charts/control/wide.json?board=x&series=y", 404),
        ("/charts/runs/0123456789ab/wide.json", 404),
    ],
)
def test_what_there_is_not_is_told(board: TestClient, path: str, status: int) -> None:
    assert board.get(path).status_code in (status, 400)
    assert "Traceback" not in board.get(path).text


def test_every_form_answers_a_head(board: TestClient) -> None:
    for form in FORMS:
        assert board.head(f"/charts/efficiency/{form}").status_code == 200


def test_the_browsers_vega_is_the_one_that_compiles() -> None:
    assert f'version="{vl_convert.get_vega_version()}"' in (STATIC / "vendor" / "vega.min.js").read_text()


def test_a_run_without_power_still_has_a_chart() -> None:
    chart = trace_chart(Trace(5.0, [(0.0, 1.0)], [], [], [Span("idle", 0.0, 5.0)]), "a run")
    check(chart.vega(WIDE))
    assert chart.rows == (("idle", "", 0.0, 5.0, 1.0, 1.0),)
    assert builders.MODEL not in chart.words


def test_a_crowd_that_wants_drawings_keeps_no_other_page_waiting(
    board: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    (figure,) = figures(board, "/efficiency")
    drawing = figure["data-wide"].replace("wide.json", "chart.svg")
    monkeypatch.setattr(drawn, "_room", threading.BoundedSemaphore(1))
    drawn._svg.cache_clear()
    with drawn._one_at_a_time():
        refused = board.get(drawing)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert board.get("/faq").status_code == 200
    assert board.get(drawing).status_code == 200


def test_colours_of_drawings_are_the_style_sheet_s() -> None:
    sheet = (STATIC / "site.css").read_text()
    folder = Path(drawn.__file__).parent
    used = {name for path in folder.glob("*.py") for name in re.findall(r"var\(--(\w+)\)", path.read_text())}
    assert used
    assert [name for name in sorted(used) if f"--{name}:" not in sheet] == []
