"""Published repeats: a bad reading is refused by name and averaged into nothing (METHOD §1, §3)."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from leaderboard.domain import BadFile, MeasurementFailed, UnknownName
from leaderboard.rating.readings import Readings, read_readings

PUBLISHED = Path(__file__).parents[2] / "leaderboard" / "catalogue" / "reference" / "aies-bad-readings.csv"


def published(*leave_out: str) -> Readings:
    return read_readings(PUBLISHED.read_bytes(), PUBLISHED.name, leave_out)


def read(text: str, *leave_out: str) -> Readings:
    return read_readings(text.encode(), "t.csv", leave_out)


def test_the_published_bad_readings_are_refused_all_at_once() -> None:
    with pytest.raises(MeasurementFailed) as caught:
        published()
    assert caught.value.message == (
        "aies-bad-readings.csv has readings that are not above zero and finite: "
        "iteration 5 (decode -80.18 Wh, generate 0 Wh), iteration 7 (prefill 0 Wh)."
    )
    assert "--leave-out" in caught.value.remedy
    assert caught.value.exit_code == 1


def test_leaving_one_of_them_out_leaves_the_other_refused() -> None:
    with pytest.raises(MeasurementFailed, match=r"iteration 7 \(prefill 0 Wh\)") as caught:
        published("5")
    assert "iteration 5" not in caught.value.message
    assert "Left out, as asked: 5." in caught.value.message


def test_without_both_the_published_mean_is_sound() -> None:
    got = published("7", "5")
    prefill, decode, generate = got.columns
    assert [each.phase for each in got.columns] == ["prefill", "decode", "generate"]
    assert {each.unit for each in got.columns} == {"Wh"}
    assert round(generate.mean, 2) == 148.37
    assert generate.cv == pytest.approx(generate.deviation / generate.mean)
    assert 0.0005 < generate.cv < 0.0006
    # Decode was published as the difference of the other two.
    assert prefill.mean + decode.mean == pytest.approx(generate.mean, abs=0.001)
    assert got.iterations == ("1", "2", "3", "4", "6", "8", "9", "10")
    assert got.left_out == ("5", "7")


def test_by_generate_alone_repeat_seven_looks_sound_and_only_five_is_refused() -> None:
    rows = [line.split(",") for line in PUBLISHED.read_text().splitlines()]
    generate = "".join(f"{row[0]},{row[3]}\n" for row in rows)
    with pytest.raises(MeasurementFailed, match=r"finite: iteration 5 \(generate 0 Wh\)\."):
        read(generate)
    assert round(read(generate, "5").columns[0].mean, 2) == 148.39


def test_mean_deviation_and_spread_by_hand() -> None:
    (got,) = read("iteration,run_j\na,1\nb,2\nc,6\n").columns
    assert (got.phase, got.unit, got.mean) == ("run", "J", 3.0)
    assert got.deviation == pytest.approx(statistics.stdev([1, 2, 6]))
    assert got.cv == pytest.approx(got.deviation / 3)


def test_the_largest_and_the_least_figures_have_a_mean_too() -> None:
    huge, tiny = read("iteration,a_j,b_j\n1,1.7e308,5e-324\n2,1.5e308,5e-324\n").columns
    assert huge.mean == pytest.approx(1.6e308)
    assert (tiny.mean, tiny.cv) == (5e-324, 0.0)


@pytest.mark.parametrize(
    ("column", "phase", "unit"),
    [
        ("gpu_energy_wh_per_1000", "gpu_energy", "Wh per 1,000 queries"),
        ("run_kwh", "run", "kWh"),
        ("decode_wh", "decode", "Wh"),
        ("call_j", "call", "J"),
        ("mean_power_w", "mean_power", "W"),
        ("latency_s", "latency", "s"),
    ],
)
def test_the_unit_is_in_the_columns_name(column: str, phase: str, unit: str) -> None:
    (got,) = read(f"iteration,{column}\n1,1\n2,1\n").columns
    assert (got.phase, got.unit) == (phase, unit)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("0", "a 0 J"),
        ("-0.0", "a -0 J"),
        ("-3", "a -3 J"),
        ("", "a missing"),
        ("  ", "a missing"),
        ("NaN", "a missing"),
        ("inf", "a inf J"),
        ("-Infinity", "a -inf J"),
        ("1e999", "a inf J"),
        ("1e-999", "a 0 J"),
    ],
)
def test_what_is_no_reading_is_a_fault_of_its_iteration(cell: str, said: str) -> None:
    with pytest.raises(MeasurementFailed) as caught:
        read(f"iteration,a_j\n1,1\n2,{cell}\n3,1\n")
    assert f"iteration 2 ({said})." in caught.value.message
    assert read(f"iteration,a_j\n1,1\n2,{cell}\n3,1\n", "2").columns[0].mean == 1.0


@pytest.mark.parametrize("text", ["x", "1_000", "1,5", "0x10", "1e", "١"])
def test_what_is_no_number_is_another_file(text: str) -> None:
    cell = f'"{text}"'
    with pytest.raises(BadFile, match=r"t\.csv, line 3: .* in 'a_j' is not a number"):
        read(f"iteration,a_j\n1,1\n2,{cell}\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("repeat,a_j\n1,1\n2,1\n", "no column 'iteration'"),
        ("iteration\n1\n2\n", "no column of readings"),
        ("iteration,a_j,note\n1,1,x\n", "the unit of the column 'note' is not known"),
        ("iteration,_j\n1,1\n", "the unit of the column '_j' is not known"),
        ("iteration,a_j\n1,1\n1,2\n", "line 3: the iteration '1' stands twice"),
        ("iteration,a_j\n1,1\n ,2\n", "line 3: the iteration has no name"),
        ("", "empty"),
    ],
)
def test_another_file_is_refused_with_what_to_do(text: str, message: str) -> None:
    with pytest.raises(BadFile, match=message) as caught:
        read(text)
    assert caught.value.remedy


def test_an_iteration_that_is_not_there_cannot_be_left_out() -> None:
    with pytest.raises(UnknownName, match="no iteration '11'"):
        published("5", "11")


@pytest.mark.parametrize("leave_out", [("1",), ("1", "2")])
def test_one_iteration_does_not_tell_how_it_repeats(leave_out: tuple[str, ...]) -> None:
    with pytest.raises(MeasurementFailed, match="needs two") as caught:
        read("iteration,a_j\n1,1\n2,1\n", *leave_out)
    assert "Left out, as asked: 1" in caught.value.message
