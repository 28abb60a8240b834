"""Addresses of labels and badges stand in other people's READMEs: they are pinned here."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
import zxingcpp
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from leaderboard.record import Record
from tests import builders
from tests.board.conftest import client_of, fill, public_row, site_of
from tests.board.serving import serving

PLACE = "2026-11/sentence-similarity/t4-16gb/sentence-transformers/all-MiniLM-L6-v2"


@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        (f"/label/{PLACE}.svg", "image/svg+xml"),
        (f"/label/{PLACE}.png", "image/png"),
        (f"/badge/{PLACE}.svg", "image/svg+xml"),
        (f"/badge/{PLACE}.json", "application/json"),
        (f"/label/{PLACE.replace('2026-11', 'latest', 1)}.svg", "image/svg+xml"),
        (f"/badge/{PLACE.replace('2026-11', 'latest', 1)}.json", "application/json"),
    ],
)
def test_these_addresses_stay(record: Record, address: str, media_type: str) -> None:
    fill(record, public_row())
    client = client_of(record)
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "max-age" in answer.headers["cache-control"]
    assert answer.headers["content-disposition"].startswith("inline; filename=")
    again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(address).status_code == 200


def test_what_never_was_is_not_found_in_its_own_form(board: TestClient) -> None:
    picture = board.get("/label/2026-11/text-generation/t4-16gb/nobody/nothing.svg")
    assert (picture.status_code, picture.headers["content-type"]) == (404, "image/svg+xml")
    document = board.get("/badge/2026-11/text-generation/t4-16gb/nobody/nothing.json")
    assert (document.status_code, document.json()["isError"]) == (404, True)
    assert board.get("/label/2026-11/text-generation/t4-16gb/nobody/nothing.gif").status_code == 404


def test_a_query_chooses_the_row(record: Record) -> None:
    fill(record, public_row(precision="fp16"), public_row(precision="int8", energy_wh_per_1000=0.05))
    client = client_of(record)
    assert "0.0500 Wh" in client.get(f"/badge/{PLACE}.json").json()["message"]
    assert "0.139 Wh" in client.get(f"/badge/{PLACE}.json?precision=fp16").json()["message"]
    assert client.get(f"/badge/{PLACE}.json?precision=fp8").status_code == 404


def test_a_withdrawn_figure_keeps_its_address_and_loses_its_figure(record: Record) -> None:
    row = public_row()
    fill(record, row)
    client = client_of(record)
    assert "0.139" in client.get(f"/label/{PLACE}.svg").text
    record.add_notice(builders.notice(row.id, kind="withdrawn"))
    answer = client.get(f"/label/{PLACE}.svg")
    assert answer.status_code == 200
    assert "Withdrawn" in answer.text
    assert "0.139" not in answer.text
    assert client.get(f"/r/{row.id}", follow_redirects=False).status_code == 307


def test_development_is_shown_only_by_name(record: Record) -> None:
    fill(record, builders.rating())
    client = client_of(record)
    place = f"sentence-similarity/cpu/{builders.MODEL}.json"
    assert client.get(f"/badge/latest/{place}").status_code == 404
    assert "development" in client.get(f"/badge/dev-2026-11/{place}").json()["message"]


def test_a_name_without_an_organisation_has_a_page_and_a_label(record: Record) -> None:
    row = public_row("gpt2")
    fill(record, row)
    client = client_of(record)
    assert client.get("/label/2026-11/sentence-similarity/t4-16gb/gpt2.svg").status_code == 200
    assert client.get(f"/r/{row.id}").status_code == 200


def test_the_page_has_what_to_paste(record: Record) -> None:
    row = public_row()
    fill(record, row)
    page = client_of(record).get(f"/models/{row.model}").text
    assert f"/label/{PLACE}.svg?protocol=offline-b1" in page
    assert f"[![{row.model}" in page
    assert "img.shields.io/endpoint?url=http" in page
    assert f"/evidence/{row.id}.pdf" in page


def test_on_a_space_the_label_names_the_spaces_address(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_HOST", "org-starwatt.hf.space")
    row = public_row()
    fill(record, row)
    assert f"https://org-starwatt.hf.space/r/{row.id}" in client_of(record).get(f"/label/{PLACE}.svg").text


@pytest.mark.parametrize("scale", [1, 2])
def test_a_phone_gets_from_the_label_to_the_figure(record: Record, scale: int, tmp_path: Path) -> None:
    row = public_row()
    fill(record, row)
    app = FastAPI()
    site_of(record).install(app)
    with serving(app) as address, httpx2.Client() as client:
        label = client.get(f"{address}/label/{PLACE}.png?scale={scale}")
        codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(label.content)).convert("RGB"))
        assert codes[0].text == f"{address}/r/{row.id}"
        led = client.get(codes[0].text)
        assert led.status_code == 307
        assert urlsplit(led.headers["location"]).fragment == f"r-{row.id}"
        page = client.get(address + led.headers["location"])
        assert f'id="r-{row.id}"' in page.text
