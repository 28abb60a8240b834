"""Stars for anyone's CSV (DESIGN §8): what comes out, and what is refused."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from leaderboard.domain import BadFile, BadInput, Rule
from leaderboard.rating.table import RatedTable, rate_bytes, rate_file

PUBLISHED = Path(__file__).parents[2] / "leaderboard" / "catalogue" / "reference" / "aies-2025-02.csv"


def rated(text: str, rule: Rule = Rule.RANGE, cell: str = "task", out: str = "rating") -> RatedTable:
    return rate_bytes(
        text.encode(), "t.csv", rule=rule, energy="energy", cell=cell.split(","), out_column=out
    )


def rows(table: RatedTable) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.text)))


def test_the_published_table_comes_out_with_its_own_stars() -> None:
    table = rate_file(
        PUBLISHED, rule=Rule.RANGE, energy="gpu_energy_wh_per_1000", cell=["task", "model_class"]
    )
    out = list(csv.DictReader(io.StringIO(table.text)))
    assert len(out) == 166
    assert [row["rating"] for row in out] == [row["stars"] for row in out]
    assert {row["cell_size"] for row in out if row["task"] == "object-detection"} == {"7"}
    assert (table.without_energy, table.small_cells) == ((), 0)


def test_every_column_stays_as_it_was_written() -> None:
    text = 'note,energy, Model ,task\n"a, ""b""",01.50,x,t\n,+2e1, y ,t\n"two\nlines",6586.30,=1+1,t\n'
    table = rated(text)
    before = list(csv.reader(io.StringIO(text)))
    assert [row[:4] for row in rows(table)] == before
    assert rows(table)[0][4:] == ["rating", "cell_size"]
    assert [row[4:] for row in rows(table)[1:]] == [["5", "3"], ["5", "3"], ["1", "3"]]


def test_cells_by_several_columns_and_blank_is_a_cell() -> None:
    text = "task,class,energy\na,,1\na,,2\na,A,7\n,A,9\n,,3\na,A,8\n"
    sizes = [row[4] for row in rows(rated(text, cell="task,class"))[1:]]
    assert sizes == ["2", "2", "2", "1", "1", "2"]
    stars = [row[3] for row in rows(rated(text, cell="task,class"))[1:]]
    assert stars == ["5", "1", "5", "5", "5", "1"]


def test_quintile_needs_ten_rows() -> None:
    ten = "".join(f"big,{4**place}\n" for place in range(10))
    nine = "".join(f"small,{4**place}\n" for place in range(9))
    table = rated("task,energy\n" + ten + nine, Rule.QUINTILE)
    assert [row[2:] for row in rows(table)[1:11]] == [[star, "10"] for star in "5544332211"]
    assert [row[2:] for row in rows(table)[11:]] == [["", "9"]] * 9
    assert table.small_cells == 1


def test_blank_energy_is_neither_rated_nor_counted() -> None:
    table = rated("task,energy\na,1\na,\na,2\nb, \n")
    assert rows(table)[1:] == [
        ["a", "1", "5", "2"],
        ["a", "", "", "2"],
        ["a", "2", "1", "2"],
        ["b", " ", "", "0"],
    ]
    assert table.without_energy == (3, 5)
    assert table.small_cells == 0


def test_a_name_for_the_new_column() -> None:
    assert rows(rated("task,energy,rating\na,1,x\n", out="stars"))[0][3:] == ["stars", "cell_size"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task,wh\na,1\n", "t.csv has no column 'energy'. Its columns are 'task', 'wh'."),
        ("tasks,energy\na,1\n", "t.csv has no column 'task'. Its columns are 'tasks', 'energy'."),
        ("task,energy,rating\na,1,2\n", "t.csv has a column 'rating' already. Rename"),
        ("task,energy,cell_size\na,1,2\n", "t.csv has a column 'cell_size' already. Rename"),
        ("task,energy\na,1\na,lots\n", "t.csv, line 3, column 'energy': 'lots' is not a number."),
        ("task,energy\na,1\na,nan\n", "t.csv, line 3, column 'energy': 'nan' is not a number."),
        ("task,energy\na,1\na,0\n", "t.csv, line 3, column 'energy': '0' cannot be an energy"),
        ("task;energy\na;1,5\n", "t.csv is separated by semicolons. Save it with commas"),
        (
            'task,energy\na,"1,5"\n',
            "t.csv, line 2, column 'energy': '1,5' is not a number. Write numbers with",
        ),
        ('task,energy\n"a\n\nb",-2\n', "t.csv, line 2, column 'energy': '-2' cannot be an energy"),
        ("", "t.csv is empty."),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(text: str, message: str) -> None:
    with pytest.raises(BadFile) as caught:
        rated(text)
    assert str(caught.value).startswith(message)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("cell", ["", "task,", ",task"])
def test_cells_need_columns(cell: str) -> None:
    with pytest.raises(BadInput, match="--cell names no column"):
        rated("task,energy\na,1\n", cell=cell)


@pytest.mark.parametrize("out", ["", "cell_size"])
def test_the_new_column_needs_a_name_of_its_own(out: str) -> None:
    with pytest.raises(BadInput, match="--out-column is"):
        rated("task,energy\na,1\n", out=out)


def test_no_column_list_at_all() -> None:
    with pytest.raises(BadInput, match="--cell names no column"):
        rate_bytes(b"", "t.csv", rule=Rule.RANGE, energy="energy", cell=[])


@pytest.mark.parametrize(("rows", "few"), [(3, 1), (9, 1), (10, 0)])
def test_a_small_cell_rated_by_range_is_counted(rows: int, few: int) -> None:
    table = "task,energy\n" + "".join(f"a,{number + 1}\n" for number in range(rows))
    for rule, expected in ((Rule.RANGE, (0, few)), (Rule.QUINTILE, (few, 0))):
        made = rate_bytes(table.encode(), "t.csv", rule=rule, energy="energy", cell=["task"])
        assert (made.small_cells, made.few_cells) == expected
