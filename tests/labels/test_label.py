"""A label holds its whole statement, stays in its rooms, and leads home."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import pytest
import zxingcpp
from PIL import Image

from leaderboard.domain import BadInput
from leaderboard.publish import badges
from leaderboard.publish.labels import PALETTES, Statement, Theme, draw_label, png_of
from leaderboard.publish.labels.layout import lines_of
from leaderboard.publish.labels.png import FONT
from leaderboard.publish.labels.qr import QR_PX, qr_of
from leaderboard.publish.labels.wrap import printable, wrap
from tests.labels.cases import cases, statement

_CASES = cases()
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", _CASES)
def test_every_text_stays_in_its_room(name: str) -> None:
    lines = lines_of(_CASES[name], qr_of(_CASES[name].address))
    assert [line.text for line in lines if not line.inside] == []
    assert min(line.size for line in lines) >= 12
    if name not in ("192 characters", "96 without joints"):
        squeezed = [line for line in lines if line.squeezed]
        assert [line.text for line in squeezed if line.natural_width > 1.3 * line.room.width] == []


@pytest.mark.parametrize("name", _CASES)
def test_texts_do_not_cover_each_other(name: str) -> None:
    boxes = [(line.text, *line.box) for line in lines_of(_CASES[name], qr_of(_CASES[name].address))]
    for place, (text, left, top, right, bottom) in enumerate(boxes):
        for other, left_2, top_2, right_2, bottom_2 in boxes[place + 1 :]:
            across = min(right, right_2) - max(left, left_2)
            down = min(bottom, bottom_2) - max(top, top_2)
            assert across < 1 or down < 1.5, f"{text!r} and {other!r}"


@pytest.mark.parametrize("name", _CASES)
def test_nothing_of_a_name_is_lost(name: str) -> None:
    shown = "".join(line.text for line in lines_of(_CASES[name], qr_of(_CASES[name].address)))
    wanted = _CASES[name].model.replace(" ", "")
    assert wanted in shown.replace(" ", "")
    assert "…" not in shown


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", _CASES)
def test_it_is_xml_with_the_whole_statement(name: str, theme: Theme) -> None:
    root = ET.fromstring(draw_label(_CASES[name], theme))
    assert (root.get("width"), root.get("height")) == ("260", "364")
    title, description = root.findtext(f"{_SVG}title"), root.findtext(f"{_SVG}desc")
    assert title is not None
    assert _CASES[name].model in title
    assert description == _CASES[name].sentences
    assert _CASES[name].edition.id in description
    assert not [one for one in root.iter() if "style" in one.attrib or one.tag == f"{_SVG}style"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("name", ["plain", "withdrawn", "long address", "development"])
def test_the_code_is_read_from_the_picture(name: str, scale: int, theme: Theme) -> None:
    picture = Image.open(io.BytesIO(png_of(draw_label(_CASES[name], theme, FONT), scale)))
    assert picture.size == (260 * scale, 364 * scale)
    found = zxingcpp.read_barcodes(picture.convert("RGB"))
    assert [code.text for code in found] == [_CASES[name].address]


def test_a_base_of_forty_bytes_has_modules_of_three_pixels() -> None:
    qr = qr_of("https://" + "b" * 32 + "/r/0123456789")
    assert (qr.module_px, qr.side_px) == (3, QR_PX)
    assert qr_of("https://" + "b" * 100 + "/r/0123456789").module_px == 2
    with pytest.raises(BadInput, match="room for 134"):
        qr_of("https://" + "b" * 200)


def test_stars_are_solid_hatched_or_an_outline() -> None:
    svg = draw_label(_CASES["range"])
    assert "3–4 of 5" in svg
    assert svg.count('fill="url(#h)"') == 1
    assert 'fill="url(#h)"' not in draw_label(_CASES["five"])


def test_a_withdrawn_label_claims_no_figure() -> None:
    svg = draw_label(_CASES["withdrawn"])
    assert "Withdrawn" in svg
    assert "power limit" in svg
    assert "0.139" not in svg
    assert badges.badge_message(_CASES["withdrawn"]) == "rating withdrawn"
    assert "disputed" in badges.badge_message(_CASES["disputed"])


def test_development_is_written_across_it() -> None:
    assert "ESTIMATED" in draw_label(_CASES["development"])


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05

    high, low = sorted((light(one), light(other)), reverse=True)
    return high / low


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_told_apart(theme: Theme) -> None:
    colours = PALETTES[theme]
    for ink in (colours.ink, colours.muted, colours.alarm):
        assert _contrast(ink, colours.ground) >= 7
    assert _contrast(colours.accent, colours.ground) >= 6
    assert _contrast(colours.edge, colours.ground) >= 3
    for head in (colours.head, colours.gone, colours.doubt):
        assert _contrast(colours.on_head, head) >= 7


def test_hostile_texts_are_text() -> None:
    name = "\u202eevil\u0000<script>alert(1)</script>"
    assert printable(name) == "evil<script>alert(1)</script>"
    assert "<script" not in draw_label(statement(name))
    assert "<script" not in badges.badge_svg(statement(name))


def test_wrapping_breaks_at_joints_and_loses_nothing() -> None:
    assert wrap("meta-llama/Llama-3", 12, 80) == ["meta-llama/", "Llama-3"]
    assert "".join(wrap("W" * 50, 12, 60)) == "W" * 50
    assert wrap("measured 2026-11-02", 12, 125, only_at_spaces=True) == ["measured", "2026-11-02"]


def test_the_badge_is_what_shields_reads() -> None:
    document = badges.badge_json(_CASES["range"])
    assert document["schemaVersion"] == 1
    assert document["message"] == "3–4 of 5 stars · 48.2 Wh per 1,000 queries"
    ET.fromstring(badges.badge_svg(_CASES["emoji"]))


def test_a_statement_needs_no_organisation() -> None:
    said: Statement = _CASES["no organisation"]
    assert (said.org, said.name) == ("", "gpt2")
