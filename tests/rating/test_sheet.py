"""Reading somebody's CSV: what is taken, and the one line that says why not (DESIGN §8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.domain import BadFile
from leaderboard.rating.sheet import number, read_bytes, read_sheet, shown

WANTED = ("energy", "task")


def read(data: bytes | str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], tuple[int, ...]]:
    sheet = read_sheet(data.encode() if isinstance(data, str) else data, "t.csv", WANTED)
    return sheet.header, sheet.rows, sheet.lines


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_named_not_guessed(separator: str, word: str) -> None:
    with pytest.raises(BadFile, match=f"t.csv is separated by {word}. Save it with commas"):
        read("task,energy,note\na,1.5,x\n,2,\n".replace(",", separator))
    with pytest.raises(BadFile, match=word):
        read(f"a{separator}b\n1{separator}2\n")


@pytest.mark.parametrize(
    "text", ['task,energy,"a;b"\nx,1,2\n', '"a;b",task,energy\nx,y,1\n', "task,energy,a;b;c;d\nx,1,2\n"]
)
def test_another_separator_inside_a_name_misleads_nobody(text: str) -> None:
    assert len(read(text)[0]) == 3


def test_a_byte_order_mark_is_named() -> None:
    with pytest.raises(BadFile, match=r"byte order mark.*without BOM"):
        read(b"\xef\xbb\xbftask,energy\na,1\n")


def test_any_line_ends_are_taken() -> None:
    plain = read(b"task,energy\na,1\nb,2\n")
    assert read(b"task,energy\r\na,1\r\nb,2") == plain
    assert read(b"task,energy\ra,1\rb,2\r") == plain


def test_blank_lines_are_passed_over_and_lines_still_count() -> None:
    assert read("\ntask,energy\n\na,1\n\n\nb,2\n\n")[2] == (4, 7)


def test_a_cell_over_several_lines_counts_from_its_first() -> None:
    _, rows, lines = read('task,energy\n"a\nb",1\n"c ""d""",2\n')
    assert rows == (("a\nb", "1"), ('c "d"', "2"))
    assert lines == (2, 4)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "t.csv is empty"),
        (b" \n\r\n", "t.csv is empty"),
        (b"\xef\xbb\xbf", "byte order mark"),
        (b"task,energy\n", "has a header and no rows"),
        (b"task,energy\n\n\n", "has a header and no rows"),
        (b"task,energy,task\na,1,b\n", "line 1: the column 'task' stands twice"),
        (b"task,energy\na,1\nb\n", "line 3: 1 cells, where the header has 2 columns"),
        (b"task,energy\na,1,2\n", "line 2: 3 cells"),
        (b"task,energy\na,1\n\xff,2\n", "line 3: it is not UTF-8"),
        ("task,energy\nä,1\n".encode("latin-1"), "line 2: it is not UTF-8"),
        (b"task,energy\na,1\n\0,2\n", "line 3: it holds NUL bytes"),
        ("task,energy\na,1\n".encode("utf-16"), "line 1: it holds NUL bytes"),
        (b'task,energy\na,1\n"b,2\n', "line 3: unexpected end of data"),
        (b'task,energy\n"a"b,2\n', "line 2: ',' expected after '\"'"),
        (b'"task,energy\na,1\n', "line 1: unexpected end of data"),
        (b"task,energy\n" + b"a" * 131_073 + b",1\n", "line 2: field larger than field limit"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(BadFile) as caught:
        read(data)
    assert message in caught.value.message
    assert caught.value.remedy


def test_a_missing_column_lists_those_there_are() -> None:
    sheet = read_sheet(b"task,wh\na,1\n", "t.csv", WANTED)
    assert sheet.column("wh") == 1
    with pytest.raises(BadFile) as caught:
        sheet.column("energy")
    assert str(caught.value) == "t.csv has no column 'energy'. Its columns are 'task', 'wh'."


def test_a_wide_file_lists_thirty_columns() -> None:
    header = ",".join(f"c{place}" for place in range(33))
    sheet = read_sheet(f"{header}\n{header}\n".encode(), "t.csv", WANTED)
    with pytest.raises(BadFile, match="'c29' and 3 more") as caught:
        sheet.column("energy")
    assert "'c30'" not in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5", 1.5), (" 2 ", 2.0), ("+3", 3.0), (".5", 0.5), ("5.", 5.0), ("1e-3", 0.001), ("6586.30", 6586.3)],
)
def test_numbers(text: str, value: float) -> None:
    assert number(text, "here") == value


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_blank_is_no_number_and_no_error(text: str) -> None:
    assert number(text, "here") is None


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1 Wh",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "Infinity",
        "n/a",
        "–",
        "1_000",
        "０．５",
        "0x1p3",
        "1e",
        "--1",
    ],
)
def test_text_in_a_number(text: str) -> None:
    with pytest.raises(BadFile, match=r"^here: '.*' is not a number\. Write a number above zero"):
        number(text, "here")


@pytest.mark.parametrize("text", ["0", "0.0", "-0", "-1.5", "1e-400", "1e400", "-1e400"])
def test_a_number_that_is_no_energy(text: str) -> None:
    with pytest.raises(BadFile, match=r"^here: '.*' cannot be an energy; it must be above zero and finite"):
        number(text, "here")


@pytest.mark.parametrize(
    "text", ["1,5", "-0,25", "1.234,5", "1,234.5", "1,234", "1 234.5", "1\u202f234", "12'345"]
)
def test_a_number_of_another_country_says_how_to_write_it(text: str) -> None:
    with pytest.raises(BadFile, match=r"is not a number\. Write numbers with a decimal point and without"):
        number(text, "here")


def test_what_is_shown_is_short_and_harmless() -> None:
    assert shown("a\nb\x1b[31m") == r"'a\nb\x1b[31m'"
    assert len(shown("x" * 1000)) == 42


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="There is no file"):
        read_bytes(tmp_path / "none.csv")
    with pytest.raises(BadFile, match="is a folder"):
        read_bytes(tmp_path)
    with pytest.raises(BadFile, match="cannot be read"):
        read_bytes(tmp_path / ("x" * 300))
    with pytest.raises(BadFile, match="cannot be read"):
        read_bytes(Path("a\0b"))
    (tmp_path / "t.csv").write_bytes(b"x")
    assert read_bytes(tmp_path / "t.csv") == b"x"
    with pytest.raises(BadFile, match="cannot be read"):
        read_bytes(tmp_path / "t.csv" / "below")
