"""`python -m leaderboard rate` from arguments to bytes: whole output or none, notes on stderr."""

from __future__ import annotations

import csv
import io
import os
import stat
import sys
from pathlib import Path

import pytest

from leaderboard.__main__ import main

PUBLISHED = Path(__file__).parents[2] / "leaderboard" / "catalogue" / "reference" / "aies-2025-02.csv"
ARGS = ["--rule", "range", "--energy", "energy", "--cell", "task"]
TABLE = "task,energy\na,1\na,2\n"
RATED = "task,energy,rating,cell_size\na,1,5,2\na,2,1,2\n"


def write(folder: Path, data: bytes | str) -> Path:
    path = folder / "t.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_published_stars(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    code = main(
        [
            *["rate", str(PUBLISHED), "--rule", "range", "--energy", "gpu_energy_wh_per_1000"],
            *["--cell", "task,model_class", "--out-column", "rating"],
        ]
    )
    out, err = capsysbinary.readouterr()
    rows = list(csv.DictReader(io.StringIO(out.decode())))
    note = b"note: rated, but 3 cells have fewer than 10 rows with energy: each row moves the whole scale\n"
    assert (code, err) == (0, note)
    assert (sum(row["rating"] == row["stars"] for row in rows), len(rows)) == (166, 166)


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TABLE.encode())))
    assert main(["rate", "-", *ARGS]) == 0
    assert capsysbinary.readouterr().out.decode() == RATED
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert main(["rate", "-", *ARGS]) == 2
    assert capsysbinary.readouterr().err.startswith(b"error: standard input is empty.")


def test_text_of_any_script_comes_out_as_utf_8(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["rate", str(write(tmp_path, "task,energy\nüß — 日本,1\n")), *ARGS]) == 0
    assert capsysbinary.readouterr().out.decode() == "task,energy,rating,cell_size\nüß — 日本,1,5,1\n"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "task,energy\n",
        "task,wh\na,1\n",
        "tasks,energy\na,1\n",
        "task,energy,task\na,1,b\n",
        "task,energy,rating\na,1,5\n",
        "task,energy,cell_size\na,1,5\n",
        "task,energy\na,1\na\n",
        "task,energy\na,lots\n",
        "task,energy\na,0\n",
        "task,energy\na,-3\n",
        "task,energy\na,NaN\n",
        "task,energy\na,inf\n",
        "task;energy\na;1.5\n",
        b"\xef\xbb\xbftask,energy\na,1\n",
        "task\tenergy\na\t1.5\n",
        'task,energy\n"a,1\n',
        b"task,energy\n\xff,1\n",
        b"task,energy\na\0,1\n",
        'task,energy\n"a\nb",x\ny\n',
    ],
)
def test_a_bad_table_is_one_line_exit_2_and_nothing_written(
    data: bytes | str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, data)
    kept = tmp_path / "out.csv"
    kept.write_text("what was there")
    for output in ([], ["--output", str(kept)]):
        assert main(["rate", str(path), *ARGS, *output]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        assert err.count(". ") >= 1, "a sentence that says what happened, and one that says what to do"
    assert kept.read_text() == "what was there"
    assert names(tmp_path) == ["out.csv", "t.csv"]


def test_a_folder_and_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, what in ((tmp_path, "is a folder"), (tmp_path / "none.csv", "There is no file")):
        assert main(["rate", str(path), *ARGS]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert what in err
        assert err.count("\n") == 1


def test_the_output_file_is_whole_and_replaces_the_old(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, TABLE)
    output = tmp_path / "out.csv"
    for _ in range(2):
        assert main(["rate", str(path), *ARGS, "--output", str(output)]) == 0
        assert output.read_text() == RATED
    out, notes = capsys.readouterr()
    assert (out, notes.count("note: rated, but 1 cell has fewer than 10 rows")) == ("", 2)
    assert names(tmp_path) == ["out.csv", "t.csv"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(output.stat().st_mode) == 0o666 & ~mask


def test_a_table_may_be_rated_into_itself(tmp_path: Path) -> None:
    path = write(tmp_path, TABLE)
    assert main(["rate", str(path), *ARGS, "--output", str(path)]) == 0
    assert path.read_text() == RATED


def test_an_output_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, TABLE)
    for output, what in (
        (tmp_path / "no" / "out.csv", "No such file or directory"),
        (tmp_path, "is not a file"),
        (Path("/dev/null"), "is not a file"),
        (Path(), "is not a file"),
    ):
        assert main(["rate", str(path), *ARGS, "--output", str(output)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert what in err
        assert err.count("\n") == 1

    def no_space(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    kept = tmp_path / "out.csv"
    kept.write_text("what was there")
    assert main(["rate", str(path), *ARGS, "--output", str(kept)]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert kept.read_text() == "what was there"
    assert names(tmp_path) == ["out.csv", "t.csv"]


def test_what_is_not_rated_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "task,energy\na,1\na,\nb,2\n")
    assert main(["rate", str(path), "--rule", "quintile", *ARGS[2:]]) == 0
    out, err = capsys.readouterr()
    assert out == "task,energy,rating,cell_size\na,1,,1\na,,,1\nb,2,,1\n"
    assert err == (
        "note: not rated and not counted, because the energy is blank: line 3\n"
        "note: not rated: 2 cells have fewer than 10 rows with energy\n"
    )
    path = write(tmp_path, "task,energy\na,1\n" + "a,\n" * 12)
    assert main(["rate", str(path), "--rule", "quintile", *ARGS[2:]]) == 0
    err = capsys.readouterr().err
    assert "lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more\n" in err
    assert "1 cell has fewer" in err
