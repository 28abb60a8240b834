"""What a model's energy means over a year: electricity, CO₂e, water, money (METHOD §8). Arithmetic alone.

IT energy = GPU energy × server share; facility energy = IT energy × PUE; CO₂e = facility energy × grid
emissions; site water = IT energy × WUE; off-site water = facility energy × the grid's water.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leaderboard import catalogue
from leaderboard.domain import Rating, joules_per_query

DAYS_A_YEAR = 365
SECONDS_A_DAY = 86_400
WH_A_KWH = 1000.0
G_A_KG = 1000.0


@dataclass(frozen=True)
class Factors:
    """What a calculation multiplies by; the defaults and their sources are the catalogue's."""

    server_share: float
    """kWh of the whole server for each kWh of its GPUs."""
    pue: float
    """kWh of the building for each kWh of its servers."""
    grid_intensity: float
    """g CO₂e per kWh."""
    site_water: float
    """Litres per kWh of the servers."""
    grid_water: float
    """Litres per kWh of the building."""
    electricity_price: float
    """USD per kWh."""
    machine_price: float | None = None
    """USD per hour of the machine; None: not counted."""

    @classmethod
    def defaults(cls, changed: Mapping[str, float] | None = None) -> Factors:
        """The catalogue's values, with a reader's own in place of some."""
        values = {factor.parameter: factor.value for factor in catalogue.factors().values()}
        return cls(**{**values, **(changed or {})})


@dataclass(frozen=True)
class Impact:
    """What a number of queries takes; every field is a total for all of them."""

    gpu_kwh: float
    it_kwh: float
    facility_kwh: float
    co2e_kg: float
    site_water_l: float
    grid_water_l: float
    electricity_usd: float
    machine_hours: float | None
    """Hours of one machine at work; None: the time of a query is not known."""
    machine_usd: float | None
    """None: the hours or the price are not known."""

    def __sub__(self, other: Impact) -> Impact:
        """What the other takes less; below zero where it takes more."""
        return Impact(
            gpu_kwh=self.gpu_kwh - other.gpu_kwh,
            it_kwh=self.it_kwh - other.it_kwh,
            facility_kwh=self.facility_kwh - other.facility_kwh,
            co2e_kg=self.co2e_kg - other.co2e_kg,
            site_water_l=self.site_water_l - other.site_water_l,
            grid_water_l=self.grid_water_l - other.grid_water_l,
            electricity_usd=self.electricity_usd - other.electricity_usd,
            machine_hours=_less(self.machine_hours, other.machine_hours),
            machine_usd=_less(self.machine_usd, other.machine_usd),
        )


def _less(mine: float | None, other: float | None) -> float | None:
    return None if mine is None or other is None else mine - other


def impact(
    queries: float, energy_wh_per_1000: float, factors: Factors, seconds_per_query: float | None = None
) -> Impact:
    """What `queries` queries take.

    Args:
        queries: how many, above zero.
        energy_wh_per_1000: GPU energy, Wh per 1,000 queries.
        factors: what to multiply by.
        seconds_per_query: how long the machine works for one query; None: not known.
    """
    gpu_kwh = queries * energy_wh_per_1000 / 1000 / WH_A_KWH
    it_kwh = gpu_kwh * factors.server_share
    facility_kwh = it_kwh * factors.pue
    hours = None if seconds_per_query is None else queries * seconds_per_query / 3600
    return Impact(
        gpu_kwh=gpu_kwh,
        it_kwh=it_kwh,
        facility_kwh=facility_kwh,
        co2e_kg=facility_kwh * factors.grid_intensity / G_A_KG,
        site_water_l=it_kwh * factors.site_water,
        grid_water_l=facility_kwh * factors.grid_water,
        electricity_usd=facility_kwh * factors.electricity_price,
        machine_hours=hours,
        machine_usd=None if hours is None or factors.machine_price is None else hours * factors.machine_price,
    )


def yearly(queries_per_day: float, rating: Rating, factors: Factors) -> Impact:
    """What a model takes in a year of 365 days."""
    return impact(
        queries_per_day * DAYS_A_YEAR, rating.energy_wh_per_1000, factors, seconds_per_query(rating)
    )


def seconds_per_query(rating: Rating) -> float | None:
    """How long the machine works for one query: energy ÷ mean power. None: the power is not known.

    Not the latency: where queries are answered together, each waits longer than it keeps the machine.
    """
    if rating.mean_power_w is None:
        return None
    return joules_per_query(rating.energy_wh_per_1000) / rating.mean_power_w


def machines(queries_per_day: float, seconds: float) -> float:
    """How many machines are at work on average."""
    return queries_per_day * seconds / SECONDS_A_DAY


def rental_of(hardware: str) -> tuple[float, str] | None:
    """USD per hour of a hardware class and whose price that is; None: no price in USD is known."""
    known = catalogue.hardware_classes().get(hardware)
    if known is None or known.rental is None or known.rental.currency != "USD":
        return None
    return known.rental.price_per_hour, f"{known.rental.source}, {known.rental.dated.isoformat()}"
