"""A view as files: exactly its rows and columns, and whatever they hold is text."""

from __future__ import annotations

import csv
import io
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from leaderboard.board.latex import escaped
from leaderboard.record import Record
from tests.board.conftest import client_of, fill, public_row
from tests.payloads import PAYLOADS

VIEW = "task=gpqa&hardware=mlenergy-b200&configurations=best&sort=params&order=desc"


def test_every_format_has_the_rows_of_the_view_in_its_order(board: TestClient) -> None:
    items = board.get(f"/api/v1/ratings?{VIEW}").json()["items"]
    expected = [item["model"] for item in items]
    assert len(expected) == 12
    text = board.get(f"/api/v1/ratings.csv?{VIEW}").text
    assert [row["model"] for row in csv.DictReader(io.StringIO(text, newline=""))] == expected
    table = pq.read_table(pa.BufferReader(board.get(f"/api/v1/ratings.parquet?{VIEW}").content))
    assert table.column("model").to_pylist() == expected
    tex = board.get(f"/api/v1/ratings.tex?{VIEW}").text
    lines = tex.split("\\midrule\n")[1].split("\n\\bottomrule")[0].splitlines()
    assert [line.split(" & ")[0] for line in lines] == [escaped(name) for name in expected]


def test_chosen_columns_are_the_fields_of_every_format(board: TestClient) -> None:
    query = f"{VIEW}&columns=energy,library,params"
    fields = ["model", "revision", "energy_wh_per_1000", "energy_low", "energy_high", "params", "library"]
    assert list(board.get(f"/api/v1/ratings?{query}").json()["items"][0]) == fields
    assert board.get(f"/api/v1/ratings.csv?{query}").text.splitlines()[0].split(",") == fields
    table = pq.read_table(pa.BufferReader(board.get(f"/api/v1/ratings.parquet?{query}").content))
    assert table.column_names == fields
    tex = board.get(f"/api/v1/ratings.tex?{query}").text
    assert "Model & Energy & Parameters & Library \\\\" in tex
    assert "\\begin{tabular}{lrrl}" in tex


def test_a_column_nobody_has_is_refused_with_those_there_are(board: TestClient) -> None:
    answer = board.get("/api/v1/ratings.tex?columns=colour")
    assert answer.status_code == 400
    assert "queries_per_kwh" in answer.json()["error"]["remedy"]


def test_stars_and_interval_stand_in_the_latex_table(record: Record) -> None:
    sure = {"energy_low": 1.9, "energy_high": 2.1, "energy_wh_per_1000": 2.0}
    fill(
        record,
        public_row("a/one", stars=4, stars_low=3, stars_high=4, **sure),
        public_row("a/two", stars=None, not_rated="not rated (3 of 10)", energy_wh_per_1000=3.0),
    )
    answer = client_of(record).get("/api/v1/ratings.tex?columns=energy,stars")
    assert answer.headers["content-type"].startswith("application/x-tex")
    assert re.search(r'filename="starwatt.*\.tex"', answer.headers["content-disposition"])
    assert "a/one & 2.00 (1.90--2.10) & 4 (3--4) \\\\\na/two & 3.00 & -- \\\\\n" in answer.text
    assert answer.text.startswith("% Starwatt, 2 rows: /?")


HOSTILE = (
    r"evil/\input{/etc/passwd}",
    r"evil/\write18{rm}",
    "[x]*/name",
    "evil/a&b%c$d#e_f{g}h~i^j",
    "evil/\u202egnp.exe\u0000\n\\end{tabular}",
    "evil/<script>|\"'`",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_inert_in_latex(name: str) -> None:
    """No backslash but of an escape of ours, no bare sign that LaTeX would read."""
    text = escaped(name)
    plain = re.sub(r"\\[&%$#_{}]|\\text[a-z]+\{\}|\{[\[*]\}|\$\\[a-z]+\$", "", text)
    assert not set(plain) & set("\\&%$#_{}~^[*<>|\"'`\n\u0000\u202e")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("模型/7B", "{[}U+6A21]{[}U+578B]/7B"),
        ("lab/\U0001f999", "lab/{[}U+1F999]"),
        # What a letter and its accent make together is one sign; an accent that no letter takes is none.
        ("n\u0061i\u0308ve", "naïve"),
        ("x\u0338", "x{[}U+0338]"),
        ("Müller/Łódź–x", "Müller/Łódź--x"),
        ("a--b,,c---d", "a-{}-b,{},c-{}-{}-d"),
        ("CO₂ ≥ 1 → 2…", r"CO$_{2}$ $\geq$ 1 $\rightarrow$ 2\dots{}"),
    ],
)
def test_signs_that_latex_lacks_are_told_by_number(name: str, printed: str) -> None:
    """Each was an error of pdflatex, which then writes no table; or was set as another sign."""
    assert escaped(name) == printed


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_payload_has_a_sign_that_latex_cannot_print(name: str) -> None:
    assert all(ord(sign) < 0x180 or sign in "‘’“”†‡•€™" for sign in escaped(name))


def test_a_view_without_rows_is_an_empty_file_with_its_columns(board: TestClient) -> None:
    answer = board.get("/api/v1/ratings.parquet?q=nobody-is-called-so")
    assert answer.status_code == 200
    table = pq.read_table(pa.BufferReader(answer.content))
    assert (table.num_rows, "energy_wh_per_1000" in table.column_names) == (0, True)
