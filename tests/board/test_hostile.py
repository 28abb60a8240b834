"""Names, licences and notes come from strangers: they are text on every page and in every file."""

from __future__ import annotations

import csv
import io

import pytest

from leaderboard.record import Record
from tests.board.conftest import client_of, fill, public_row
from tests.board.test_pages import Outline

HOSTILE = (
    "evil/<script>alert(1)</script>",
    'evil/"><img src=x onerror=alert(1)>',
    "evil/{{7*7}}{% include 'layout.html' %}",
    "evil/javascript:alert(1)",
    "evil/\u202egnp.exe",
    "evil/" + "long" * 125,
    "evil/a'b&c",
    "=cmd|'/c calc'!A1/x",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_inert_on_the_board(record: Record, name: str) -> None:
    text = {
        "licence": "<b>mit</b>",
        "library": "<script>alert(2)</script>",
        "configuration": "</td><img src=x>",
    }
    fill(record, public_row(name, note="<i>x</i>", source="</table>", **text))
    answer = client_of(record).get("/", params={"columns": "energy,openness,licence,library,configuration"})
    assert answer.status_code == 200
    page = Outline(answer.text)
    tags = [tag for tag, _ in page.tags]
    assert "img" not in tags
    assert tags.count("script") == 0
    assert tags.count("table") == 1
    assert "<b>mit</b>" not in answer.text
    assert "49" not in page.row_headers[0]
    shown = "".join(page.row_headers[0].split())
    assert shown.startswith("".join(name.split()))
    assert not [attrs for _, attrs in page.tags if attrs.get("href", "").startswith("javascript:")]


def test_what_no_filter_can_ask_for_is_not_offered(record: Record) -> None:
    fill(record, public_row("a/one", library="<b>x</b>"), public_row("a/two", library="gguf"))
    page = client_of(record).get("/", params={"library": "gguf"})
    offered = {attrs.get("value") for attrs in Outline(page.text).all("option")}
    assert "gguf" in offered and not [value for value in offered if value and "<" in value]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{7*7}}", "\u202eabc", "x" * 100])
def test_what_was_searched_for_is_inert(record: Record, text: str) -> None:
    fill(record, public_row())
    answer = client_of(record).get("/", params={"q": text})
    # Control characters of the writing direction are refused, the rest is shown as it was typed.
    assert answer.status_code == (200 if text.isprintable() else 400)
    assert "<script>alert" not in answer.text
    assert "49" not in [attrs.get("value") for attrs in Outline(answer.text).all("input")]


def test_addresses_are_inert_on_error_pages(record: Record) -> None:
    fill(record, public_row())
    client = client_of(record)
    for path in ("/models/<script>alert(1)<%2Fscript>/x", "/?task=<script>alert(1)</script>"):
        answer = client.get(path)
        assert answer.status_code in (400, 404)
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_cells_are_no_formulas(record: Record, start: str) -> None:
    fill(record, public_row(f"{start}cmd/x", note=f'{start}HYPERLINK("a")'))
    text = client_of(record).get("/api/v1/ratings.csv").text
    header, row = csv.reader(io.StringIO(text, newline=""))
    cells = dict(zip(header, row, strict=True))
    assert cells["model"] == f"'{start}cmd/x"
    assert cells["note"].startswith("'")


def test_numbers_in_csv_stay_numbers(record: Record) -> None:
    fill(record, public_row(quality=-0.25))
    text = client_of(record).get("/api/v1/ratings.csv").text
    header, row = csv.reader(io.StringIO(text, newline=""))
    cells = dict(zip(header, row, strict=True))
    assert float(cells["quality"]) == -0.25
    assert cells["best"] == "true"
    assert cells["energy_low"] == ""
