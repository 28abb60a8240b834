"""What strangers wrote is text in every file that leaves: tables, feeds, labels, badges, sheets and cards."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pyarrow.parquet as pq
import pytest
import yaml
from lxml import etree

from leaderboard.publish import build
from leaderboard.publish.view import view_of
from tests.house import House, addresses
from tests.house.furniture import EDITION
from tests.payloads import CALCULATES, PAYLOADS

WORDS = ("model", "licence", "note", "source", "configuration")
"""Columns that hold them."""
CELL = f"{EDITION}/sentence-similarity/cpu"
ADDRESSED = [text for text in PAYLOADS if "\n" not in text]
_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = {
    *("svg", "title", "desc", "defs", "pattern", "rect", "path", "g"),
    *("text", "tspan", "use", "line", "circle"),
}
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_STRICT = etree.XMLParser(resolve_entities=False, no_network=True)


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=house.address, timeout=120) as opened:
        yield opened


def export(client: httpx2.Client, suffix: str) -> httpx2.Response:
    answer = client.get(f"/api/v1/ratings{suffix}?{addresses.PLACE}&limit=1000")
    assert answer.status_code == 200, answer.text
    return answer


def test_json_has_them_letter_by_letter(client: httpx2.Client) -> None:
    rows = {row["model"]: row for row in export(client, "").json()["items"]}
    assert rows.keys() >= set(PAYLOADS)
    for text in PAYLOADS:
        assert {rows[text][name] for name in WORDS} == {text}


def test_parquet_has_them_letter_by_letter(client: httpx2.Client) -> None:
    table = pq.read_table(io.BytesIO(export(client, ".parquet").content))
    for name in WORDS:
        assert set(table.column(name).to_pylist()) >= set(PAYLOADS), name


def test_no_cell_of_a_csv_is_a_formula(client: httpx2.Client) -> None:
    lines = list(csv.reader(io.StringIO(export(client, ".csv").content.decode(), newline="")))
    header, rows = lines[0], lines[1:]
    assert all(len(row) == len(header) for row in rows)
    models = [row[header.index("model")] for row in rows]
    for text in PAYLOADS:
        kept = f"'{text}" if text.startswith(CALCULATES) else text
        assert kept in models, ascii(text)
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            if cell.startswith(CALCULATES):
                float(cell)  # a number may have a sign
                assert name not in WORDS


@pytest.mark.parametrize("text", ADDRESSED, ids=range(len(ADDRESSED)))
def test_labels_and_badges_are_drawings_of_text(client: httpx2.Client, text: str) -> None:
    spoken = {}
    for kind in ("label", "badge"):
        answer = client.get(f"/{kind}/{CELL}/{quote(text, safe='')}.svg")
        assert answer.status_code == 200, ascii(text)
        drawing = etree.fromstring(answer.content, _STRICT)
        for element in drawing.iter():
            assert str(element.tag).removeprefix(_SVG) in _DRAWN, (kind, element.tag)
            names = {str(name).lower(): value for name, value in element.attrib.items()}
            assert not [name for name in names if name.startswith("on")]
            assert all(value.startswith("#") for name, value in names.items() if "href" in name)
        spoken[kind] = _seen("".join(drawing.itertext()))
    # What a screen reader reads names the model, less what no XML may hold.
    assert _seen(_NOT_XML.sub("", text)) in spoken["label"]


def _seen(text: str) -> str:
    """Without blanks and marks that nobody sees, such as those that turn the writing's direction."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf" and not sign.isspace())


@pytest.mark.parametrize("text", sorted(set(PAYLOADS) - set(ADDRESSED)), ids=ascii)
def test_a_name_with_a_line_break_has_no_address(client: httpx2.Client, text: str) -> None:
    answer = client.get(f"/badge/{CELL}/{quote(text, safe='')}.svg")
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


def test_feeds_are_well_formed_and_hold_no_markup(house: House, client: httpx2.Client) -> None:
    paths = ["/feed.atom", f"/feed.atom?{addresses.PLACE}"]
    paths += [f"/submissions/{id}.atom" for id in house.there.submissions]
    for path in paths:
        feed = etree.fromstring(client.get(path).content, _STRICT)
        for element in feed.iter("{http://www.w3.org/2005/Atom}link"):
            assert element.get("href").startswith(house.address), element.get("href")
        for element in feed.iter(
            "{http://www.w3.org/2005/Atom}content", "{http://www.w3.org/2005/Atom}summary"
        ):
            assert element.get("type", "text") == "text" or "<script" not in (element.text or "")


def test_sheets_of_evidence_run_nothing(house: House, client: httpx2.Client) -> None:
    for text in PAYLOADS[::9]:
        sheet = client.get(f"/evidence/{house.there.ratings[text]}.pdf")
        assert sheet.content.startswith(b"%PDF-"), ascii(text)
        for word in (b"/JavaScript", b"/Launch", b"/SubmitForm", b"/URI (javascript"):
            assert word not in sheet.content


def test_the_names_that_files_are_saved_under_are_plain(client: httpx2.Client) -> None:
    for text in ADDRESSED:
        answer = client.get(f"/badge/{CELL}/{quote(text, safe='')}.json")
        assert answer.status_code == 200
        assert re.fullmatch(r'inline; filename="[\w.-]+"', answer.headers["content-disposition"])
        assert "hurt" not in answer.headers.get("set-cookie", "")
        assert answer.json()["schemaVersion"] == 1


def test_the_data_set_holds_them_and_its_card_does_not(house: House) -> None:
    files = build(view_of(house.record), "starwatt/energy")["ratings-dev"]
    table = pq.read_table(io.BytesIO(files["sentence-similarity/latest.parquet"]))
    assert set(table.column("licence").to_pylist()) >= set(PAYLOADS)
    card = files["README.md"].decode()
    assert yaml.safe_load(card.split("---\n")[1])["pretty_name"].startswith("DEVELOPMENT")
    assert not [text for text in PAYLOADS if text in card]
