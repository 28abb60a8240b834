"""What a year takes: the arithmetic, the factors with their sources, the form, the page and its twin."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard import catalogue
from leaderboard.board.calculator import (
    Factors,
    impact,
    machines,
    rental_of,
    seconds_per_query,
    yearly,
)
from leaderboard.board.calculator_form import MACHINE, QUERIES, read_form, read_number
from leaderboard.record import Record
from tests.board.conftest import client_of, fill, public_row
from tests.board.test_pages import Outline

PLAIN = Factors(1, 1, 0.001, 0.001, 0.001, 0.001)
ONE, OTHER = "a/one", "b/other"


def test_every_figure_follows_from_its_formula() -> None:
    factors = Factors(1.5, 1.2, 400, 0.5, 3, 0.2, machine_price=2)
    found = impact(1_000_000, 100, factors, seconds_per_query=0.36)
    assert found.gpu_kwh == pytest.approx(100)
    assert found.it_kwh == pytest.approx(150)
    assert found.facility_kwh == pytest.approx(180)
    assert found.co2e_kg == pytest.approx(72)
    assert found.site_water_l == pytest.approx(75)
    assert found.grid_water_l == pytest.approx(540)
    assert found.electricity_usd == pytest.approx(36)
    assert found.machine_hours == pytest.approx(100)
    assert found.machine_usd == pytest.approx(200)


def test_a_year_has_365_days_and_time_follows_from_power() -> None:
    row = public_row(energy_wh_per_1000=10, mean_power_w=72)
    assert seconds_per_query(row) == pytest.approx(0.5)
    found = yearly(1000, row, PLAIN)
    assert found.gpu_kwh == pytest.approx(3.65)
    assert found.machine_hours == pytest.approx(365_000 * 0.5 / 3600)
    assert found.machine_usd is None
    assert machines(172_800, 0.5) == pytest.approx(1)


def test_what_is_not_known_is_no_number() -> None:
    row = public_row(mean_power_w=None)
    found = yearly(1000, row, PLAIN)
    assert (seconds_per_query(row), found.machine_hours, found.machine_usd) == (None, None, None)
    assert (found - found).machine_hours is None
    assert (found - found).co2e_kg == 0


@given(st.floats(1, 1e9), st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
def test_a_switch_there_and_back_saves_nothing(queries: float, one: float, other: float) -> None:
    factors = Factors.defaults()
    there = impact(queries, one, factors) - impact(queries, other, factors)
    back = impact(queries, other, factors) - impact(queries, one, factors)
    assert there.facility_kwh == pytest.approx(-back.facility_kwh)
    assert (there.co2e_kg > 0) == (one > other)


def test_every_factor_has_a_source_a_year_and_a_formula() -> None:
    found = catalogue.factors()
    assert {factor.parameter for factor in found.values()} | {MACHINE} == set(asdict(Factors.defaults()))
    for factor in found.values():
        assert factor.source and factor.formula and factor.unit
        assert 2020 <= factor.year <= 2030


def test_rent_is_known_where_the_catalogue_has_it() -> None:
    rent = rental_of("t4-16gb")
    assert rent is not None
    assert rent[0] == 0.40
    assert "2026-11-25" in rent[1]
    assert rental_of("aies-h100-80gb") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,000,000", 1e6), ("20k", 20e3), ("3 M", 3e6), (".25", 0.25), ("1_000", 1000), ("0.1", 0.1)],
)
def test_numbers_as_people_type_them(text: str, value: float) -> None:
    read, problem = read_number(text, 0, 1e9)
    assert read == pytest.approx(value)
    assert problem == ""


@pytest.mark.parametrize("text", ["-5", "1e300", "+1", "0", "1" * 30, "0.5"])
def test_a_number_that_is_none_of_ours_is_told_the_range(text: str) -> None:
    value, problem = read_number(text, 1, 1e12)
    assert value is None
    assert problem.startswith("Give a number from 1 to 1,000,000,000,000")


@pytest.mark.parametrize("text", ["abc", "-1", "1e9", "nan", "inf", "1,5", "=1+1", "٣x", "9" * 30, "1.5.5"])
def test_what_is_no_number_is_told(text: str) -> None:
    value, problem = read_number(text, 0, 1e9)
    assert value is None
    assert problem


def test_a_form_keeps_what_cannot_be_read_and_what_was_changed() -> None:
    form = read_form([("pue", "0.5"), ("grid_intensity", "55"), (QUERIES, "2k")], "t4-16gb")
    assert [one.name for one in form.problems] == ["pue"]
    assert next(one for one in form.fields if one.name == "pue").text == "0.5"
    assert form.factors.grid_intensity == 55
    assert form.factors.machine_price == 0.40
    assert form.queries_per_day == 2000
    assert form.pairs == [(QUERIES, "2k"), ("pue", "0.5"), ("grid_intensity", "55")]


def test_the_page_calculates_a_year_and_a_switch(record: Record) -> None:
    fill(
        record,
        public_row(ONE, energy_wh_per_1000=20, energy_low=19, energy_high=21, mean_power_w=70),
        public_row(OTHER, energy_wh_per_1000=10, energy_low=9, energy_high=11, mean_power_w=70),
    )
    client = client_of(record)
    ask = f"model={ONE}&to={OTHER}&queries_per_day=1k&pue=2"
    answer = client.get(f"/calculator?{ask}")
    assert answer.status_code == 200
    assert "The energy is that of the GPU alone" in answer.text
    page = Outline(answer.text)
    assert [text.split("\n")[0] for text in page.row_headers][:2] == [
        "Energy of the GPU alonekWh",
        "Electricity of the sitekWh",
    ]
    assert "<b>14.6</b>" in answer.text
    assert "50 %" in answer.text
    assert "Not distinguishable" not in answer.text
    twin = client.get(f"/api/v1/calculator?{ask}").json()
    assert twin["per_year"]["facility_kwh"] == pytest.approx(14.6)
    assert twin["saved_per_year"]["facility_kwh"] == pytest.approx(7.3)
    assert twin["distinguishable"] is True
    pue = next(one for one in twin["factors"] if one["name"] == "pue")
    assert (pue["value"], pue["source"]) == (2, "the caller")
    # Every field has a label, and what is said of it belongs to it.
    labels = {attrs["for"] for attrs in page.all("label")}
    fields = [
        attrs for tag in ("input", "select") for attrs in page.all(tag) if attrs.get("type") != "hidden"
    ]
    assert {attrs["id"] for attrs in fields} <= labels
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert {attrs["aria-describedby"] for attrs in fields if "aria-describedby" in attrs} <= ids


def test_a_switch_that_cannot_be_told_apart_or_takes_more_is_said(record: Record) -> None:
    fill(
        record,
        public_row(ONE, energy_wh_per_1000=10, energy_low=9, energy_high=11),
        public_row(OTHER, energy_wh_per_1000=10.5, energy_low=9.5, energy_high=11.5),
    )
    text = client_of(record).get(f"/calculator?model={ONE}&to={OTHER}").text
    assert "Not distinguishable" in text
    assert "<b>more</b>" in text


def test_bad_factors_keep_the_page_and_are_400(record: Record) -> None:
    fill(record, public_row(ONE))
    client = client_of(record)
    answer = client.get(f"/calculator?model={ONE}&pue=0.2&grid_intensity=<script>")
    assert answer.status_code == 400
    page = Outline(answer.text)
    typed = {attrs["name"]: attrs for attrs in page.all("input")}
    assert typed["pue"]["value"] == "0.2"
    assert typed["pue"]["aria-invalid"] == "true"
    assert typed["grid_intensity"]["value"] == "<script>"
    assert typed["model"]["value"] == ONE
    assert "<script>&" not in answer.text
    twin = client.get(f"/api/v1/calculator?model={ONE}&pue=0.2")
    assert twin.status_code == 400
    assert twin.json()["error"]["message"] == "pue is '0.2'."


def test_without_a_model_or_with_an_unknown_one(record: Record) -> None:
    fill(record, public_row(ONE))
    client = client_of(record)
    bare = client.get("/calculator")
    assert bare.status_code == 200
    assert "No model yet" in bare.text
    assert ONE in bare.text
    unknown = client.get("/calculator?model=who/knows&queries_per_day=5")
    assert unknown.status_code == 404
    assert "who/knows" in unknown.text
    assert 'value="5"' in unknown.text
    assert client.get("/api/v1/calculator?model=who/knows").status_code == 404
    assert client.get("/api/v1/calculator").status_code == 400


def test_empty_fields_are_taken_out_of_the_address(record: Record) -> None:
    fill(record, public_row(ONE))
    answer = client_of(record).get(f"/calculator?model={ONE}&to=&pue=1.2", follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"/calculator?model={ONE}&pue=1.2"


@pytest.mark.parametrize("name", ["calculator", "compare", "pareto"])
def test_a_misspelt_parameter_is_not_passed_over_by_a_twin(record: Record, name: str) -> None:
    fill(record, public_row(ONE))
    client = client_of(record)
    answer = client.get(f"/api/v1/{name}?pu=1.2")
    assert answer.status_code == 400
    assert "pu" in answer.json()["error"]["message"]
    # A page is lenient: links from elsewhere bring parameters of their own.
    assert client.get(f"/{name}?utm_source=x").status_code == 200
    listed = client.get("/openapi.json").json()["paths"][f"/api/v1/{name}"]["get"]["parameters"]
    assert {"task", "hardware", "edition"} <= {one["name"] for one in listed}
