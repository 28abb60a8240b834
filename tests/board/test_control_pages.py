from __future__ import annotations

import re

from leaderboard.domain import Outcome, Provenance
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import client_of


def put(record: Record, energies: list[float], **fields: object) -> None:
    """Controls a minute apart; what is a fifth off is out of line, and the driver changes at the last."""
    for place, energy in enumerate(energies):
        run = builders.run(builders.plan(occasion=place, hardware=fields.get("hardware", "cpu")))
        outcome = Outcome.FAILED if energy > 0.6 else Outcome.PASSED
        driver = "580" if place == len(energies) - 1 else "570"
        record.add_control(
            builders.control(
                run,
                energy_per_query_j=energy,
                at=builders.NOON.replace(minute=place),
                driver=driver,
                idle_power_w=70.0 + place,
                outcome=outcome,
                **fields,
            ),
            run,
        )


def test_a_space_without_controls_says_how_to_add_one(record: Record) -> None:
    page = client_of(record).get("/control").text
    assert "No control was handed in" in page
    assert "python -m runners control --hardware h100-sxm-80gb --space http://127.0.0.1/" in page
    assert client_of(record).get("/api/v1/control").json() == {"items": []}


def test_each_board_has_a_chart_and_every_control_a_row(record: Record) -> None:
    put(record, [0.5, 0.51, 0.62, 0.5], provenance=Provenance.MEASURED, hardware="t4-16gb")
    client = client_of(record)
    page = client.get("/control").text
    assert page.count('<figure class="chart"') == 1
    assert "4 controls of board" in page
    assert "1 out of line" in page
    assert "driver 580" in page
    assert "Idle, W" in page
    assert page.count("<tr>") == 2 * 5  # the chart's figures, and the newest controls
    assert "✚" in page
    items = client.get("/api/v1/control").json()["items"]
    assert [item["energy_per_query_j"] for item in items] == [0.5, 0.62, 0.51, 0.5]
    assert items[1]["outcome"] == "failed"


def test_one_control_alone_stands_within_a_day_and_not_a_part_of_a_second(record: Record) -> None:
    put(record, [0.5])
    labels = re.findall(r"<text[^>]*>([^<]+)</text>", client_of(record).get("/control").text)
    assert any("12 PM" in label for label in labels)
    assert not any(re.fullmatch(r"[.:]\d+", label) for label in labels)


def test_estimates_and_simulations_are_marked_and_left_out_of_the_api(record: Record) -> None:
    put(record, [0.5, 0.51], provenance=Provenance.SIMULATED)
    client = client_of(record)
    page = client.get("/control").text
    assert '<span class="mark dev">simulated</span>' in page
    assert 'class="watermark' in page or "development" in page
    assert client.get("/api/v1/control").json() == {"items": []}
    assert len(client.get("/api/v1/control?development=true").json()["items"]) == 2


def test_one_hardware_class_can_be_chosen(record: Record) -> None:
    put(record, [0.5])
    put(record, [0.4], hardware="t4-16gb", provenance=Provenance.MEASURED)
    client = client_of(record)
    assert client.get("/control").text.count('<figure class="chart"') == 2
    page = client.get("/control?hardware=t4-16gb").text
    assert page.count('<figure class="chart"') == 1
    assert 'aria-current="page">NVIDIA T4' in page
    assert "No control" in client.get("/control?hardware=h100-nvl-94gb").text
    wrong = client.get("/control?hardware=abacus")
    assert wrong.status_code == 400 or wrong.status_code == 422
    assert "abacus" in wrong.text
