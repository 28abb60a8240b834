"""`python -m leaderboard aggregate` from arguments to the table, or to one line that refuses."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from leaderboard.__main__ import main

PUBLISHED = Path(__file__).parents[2] / "leaderboard" / "catalogue" / "reference" / "aies-bad-readings.csv"


@pytest.mark.parametrize(
    ("args", "named", "unnamed"),
    [
        ([], ["iteration 5 (decode -80.18 Wh, generate 0 Wh)", "iteration 7 (prefill 0 Wh)"], []),
        (["--leave-out", "5"], ["iteration 7 (prefill 0 Wh)", "Left out, as asked: 5."], ["iteration 5"]),
        (["--leave-out", "7"], ["iteration 5 (", "Left out, as asked: 7."], ["iteration 7"]),
    ],
)
def test_bad_readings_are_no_figure_and_exit_1(
    args: list[str], named: list[str], unnamed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["aggregate", str(PUBLISHED), *args]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: aies-bad-readings.csv ")
    assert err.count("\n") == 1
    assert all(words in err for words in named)
    assert not any(words in err for words in unnamed)


def test_without_both_every_column_has_mean_spread_and_cv(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["aggregate", str(PUBLISHED), "--leave-out", "5, 7"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out == (
        "aies-bad-readings.csv: 8 iterations (1, 2, 3, 4, 6, 8, 9, 10)\n"
        "left out, because --leave-out says so: 5, 7\n"
        "\n"
        "phase       mean  spread     CV  unit\n"
        "prefill   79.988  0.0761  0.10%  Wh\n"
        "decode    68.386   0.136  0.20%  Wh\n"
        "generate  148.37  0.0841  0.06%  Wh\n"
    )


def test_standard_input_and_nothing_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"iteration,a_j\n1,2\n2,4\n")))
    assert main(["aggregate", "-"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "standard input: 2 iterations (1, 2)\nleft out, because --leave-out says so: none\n"
    )
    assert "a         3    1.41  47.14%  J\n" in out


def test_names_out_of_a_file_cannot_move_the_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"iteration,a\x1b[2J_j\n\x1b[1A,2\n2,4\n")
    assert main(["aggregate", str(path)]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["there-is-no-such-file.csv"], "There is no file there-is-no-such-file.csv."),
        ([str(PUBLISHED), "--leave-out", "11"], "There is no iteration '11'. Known: 1, 2, 3"),
    ],
)
def test_what_the_caller_can_mend_is_exit_2(
    args: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["aggregate", *args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {message}")


def test_the_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["aggregate", "--help"])
    out = capsys.readouterr().out
    assert caught.value.code == 0
    assert "example: " in out
    assert "python -m leaderboard aggregate leaderboard/catalogue/reference/aies-bad-readings.csv" in out
