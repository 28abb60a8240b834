"""Rows are rendered once: what they depend on is their key, and nothing of before is shown after a change."""

from __future__ import annotations

import pytest
from jinja2 import Template

from leaderboard.record import Record
from tests import builders
from tests.board.conftest import client_of, fill, public_row


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models whose rows were rendered."""
    models: list[str] = []
    real = Template.render

    def render(template: Template, *args: object, **fields: object) -> str:
        if template.name == "board_row.html":
            given = args[0]
            assert isinstance(given, dict)
            models.append(given["row"].model)
        return real(template, *args, **fields)

    monkeypatch.setattr(Template, "render", render)
    return models


def test_another_order_makes_no_row_again(record: Record, rendered: list[str]) -> None:
    fill(record, *(public_row(f"o/m-{n}", energy_wh_per_1000=1.0 + n) for n in range(3)))
    client = client_of(record)
    first = client.get("/").text
    assert sorted(rendered) == ["o/m-0", "o/m-1", "o/m-2"]
    turned = client.get("/?order=desc").text
    assert len(rendered) == 3
    assert [text.index("<b>m-0</b>") > text.index("<b>m-2</b>", text.index("<tbody>")) for text in (turned,)]
    assert first.count("<tr>") == turned.count("<tr>")


def test_what_a_row_depends_on_makes_it_anew(record: Record, rendered: list[str]) -> None:
    rows = [public_row(f"o/m-{n}", energy_wh_per_1000=1.0 + n) for n in range(3)]
    fill(record, *rows)
    client = client_of(record)
    client.get("/")
    rendered.clear()
    client.get("/?q=m-1")  # on the same scale
    assert rendered == []
    client.get("/?columns=model,energy")
    assert sorted(rendered) == ["o/m-0", "o/m-1", "o/m-2"]
    rendered.clear()
    record.add_notice(builders.notice(rows[0].id, reason="It was throttled."))
    assert "disputed" in client.get("/").text
    assert len(rendered) == 3
