"""Cursors: what comes back from a client is a place in this very list, or bad input."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.domain import BadInput
from leaderboard.record import RatingQuery, Record
from leaderboard.record.cursor import Cursor, decode
from tests import builders

ID = "0123456789"


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    value=st.none()
    | st.text(max_size=100).filter(lambda text: text.isprintable())
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**63) + 1, 2**63 - 1)
)
def test_there_and_back(value: str | float | int | None) -> None:
    cursor = Cursor("energy", "asc", value, ID)
    text = cursor.encode()
    assert text.replace("-", "").replace("_", "").isalnum()
    back = decode(text, sort="energy", order="asc", numeric=not isinstance(value, str))
    assert back == cursor
    assert type(back.value) is type(value)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    text=st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
)
def test_noise_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        decode(text, sort="energy", order="asc", numeric=True)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        None,
        "energy",
        ["energy", "asc", 1.0],
        ["energy", "asc", 1.0, ID, ID],
        ["energy", "asc", True, ID],
        ["energy", "asc", [1.0], ID],
        ["energy", "asc", {"$gt": 0}, ID],
        ["energy", "asc", 10**30, ID],
        ["energy", "asc", float("nan"), ID],
        ["energy", "asc", float("inf"), ID],
        ["energy", "asc", "1.0", ID],
        ["energy", "asc", "\ud800", ID],
        ["energy", "asc", 1.0, "'; --"],
        ["energy", "asc", 1.0, 7],
        ["energy", 7, 1.0, ID],
        [None, "asc", 1.0, ID],
    ],
)
def test_what_only_looks_like_a_cursor(value: object) -> None:
    with pytest.raises(BadInput) as caught:
        decode(packed(value), sort="energy", order="asc", numeric=True)
    assert "start at the top" in caught.value.remedy


def test_a_number_where_a_name_belongs() -> None:
    with pytest.raises(BadInput):
        decode(packed(["model", "asc", 1.0, ID]), sort="model", order="asc", numeric=False)


def test_much_text() -> None:
    with pytest.raises(BadInput):
        decode("A" * 100_000, sort="energy", order="asc", numeric=True)
    with pytest.raises(BadInput):  # deep enough to break a parser that recurses
        decode(base64.urlsafe_b64encode(b"[" * 700).decode(), sort="energy", order="asc", numeric=True)


def test_a_cursor_belongs_to_one_sort_and_order(record: Record) -> None:
    rows = [builders.rating(f"o/m-{number}", energy_wh_per_1000=1.0 + number) for number in range(3)]
    record.put_edition(builders.edition(), {}, rows, "hash")
    query = RatingQuery(edition="dev-2026-11", limit=1)
    after = record.ratings(query).next
    for other in ({"sort": "stars"}, {"sort": "model"}, {"order": "desc"}):
        with pytest.raises(BadInput, match="another order"):
            record.ratings(query.model_copy(update={"after": after, **other}))
    narrower = query.model_copy(update={"after": after, "q": "m-2"})
    assert list(record.ratings(narrower).items) == [rows[2]]
