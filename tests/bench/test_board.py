"""How the board's figures are judged, and that its rows are ratings: without a browser or a clock."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import Rating
from leaderboard.record import RatingQuery, Record
from leaderboard.record.rating_rows import prepare

BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The scripts' own folder, where they find their parts."""
    monkeypatch.setattr(sys, "path", [str(BENCH), *sys.path])
    yield
    for name in [name for name in sys.modules if name == "boards" or name.startswith("boards.")]:
        del sys.modules[name]


def figure(value: float, target: float, **how: Any) -> Any:
    from boards.figures import Figure  # type: ignore[import-not-found, unused-ignore]

    return Figure("rows", value, target, **how)


@pytest.mark.parametrize(
    ("value", "target", "how", "ok"),
    [
        (8.0, 8.0, {"at_least": True}, True),
        (7.9, 8.0, {"at_least": True}, False),
        (0.05, 0.05, {}, True),
        (0.051, 0.05, {}, False),
        (200.0, 200.0, {"below": True}, False),
        (199.0, 200.0, {"below": True}, True),
        (math.nan, 1.0, {}, False),
        (math.inf, 1.0, {"at_least": True}, False),
    ],
)
def test_a_figure_is_ok_on_the_right_side_of_its_target(
    value: float, target: float, how: dict[str, bool], ok: bool
) -> None:
    assert figure(value, target, **how).ok is ok
    assert str(figure(value, target, **how)).endswith("ok" if ok else "short")


def test_one_short_figure_makes_all_short() -> None:
    from boards.figures import verdict

    good, bad = figure(1, 2), figure(3, 2)
    assert verdict([good, good]) == ("board: 2 of 2 within their targets (target all of them): ok", 0)
    assert verdict([good, bad]) == ("board: 1 of 2 within their targets (target all of them): short", 1)
    assert verdict([])[1] == 1


def test_ratios_are_of_pairs_and_percentiles_of_what_was_seen() -> None:
    from boards.figures import median_ratio, percentile

    # The second pair was taken while everything was slow: its ratio is the same.
    assert median_ratio([(10, 1), (100, 10), (30, 1)]) == 10
    assert percentile([3, 1, 2, 4], 0.95) == 4
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([5], 0.95) == 5


def test_made_up_rows_are_ratings_and_found_as_the_record_writes_them(tmp_path: Path) -> None:
    from boards import rows  # type: ignore[import-not-found, unused-ignore]

    made = list(rows.some(90))
    assert made == list(rows.some(120))[:90]
    ratings = [Rating.model_validate(row) for row in made]
    assert len({row.id for row in ratings}) == len(ratings)
    rows.fill(tmp_path / "bulk", len(made))
    with Record.open(tmp_path / "slow") as slow, Record.open(tmp_path / "bulk") as bulk:
        for id, dated in rows.EDITIONS:
            written = [row for row in ratings if row.edition == id]
            slow.put_edition(rows.edition(id, dated), {}, written, "crowd")
        for table in ("ratings", "rating_counts"):
            found = [_rows(record, table) for record in (slow, bulk)]
            assert [row for row in found[0] if "crowd" in str(row)] == [
                row for row in found[1] if "crowd" in str(row)
            ]
        for query in (RatingQuery(edition="crowd-2026"), RatingQuery(edition="crowd-2026", q="LLAMA")):
            assert slow.ratings(query) == bulk.ratings(query)
        assert bulk.outbox() == []
    assert len(prepare(ratings)) == 90


def _rows(record: Record, table: str) -> list[tuple[object, ...]]:
    with record._readers.snapshot() as connection:
        return sorted((tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")), key=str)


def test_the_bare_sql_is_what_the_record_asks(tmp_path: Path) -> None:
    from boards import questions, rows  # type: ignore[import-not-found, unused-ignore]

    rows.fill(tmp_path / "data", 60)
    asked = [*questions.views(3), *questions.searches(3)]
    assert asked == [*questions.views(3), *questions.searches(3)]
    ours_s, bare_s = questions.p95_against_bare(tmp_path / "data", asked)
    assert ours_s > 0 < bare_s


def test_an_answer_is_read_to_its_end_and_no_further() -> None:
    import socket
    import threading

    from boards.wire import Line  # type: ignore[import-not-found, unused-ignore]

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: a\r\n\r\nabc")
            connection.recv(4096)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"
            )
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 304 Not Modified\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    line = Line(listener.getsockname()[1])
    first, second, third = line.ask("/"), line.ask("/", body=b"{}"), line.ask("/")
    line.close()
    thread.join()
    listener.close()
    assert (first.status, first.headers["etag"], first.body) == (200, "a", b"abc")
    assert second.body == b"def"
    assert (third.status, third.body) == (304, b"")


def test_pages_made_anew_are_full_and_each_another(tmp_path: Path) -> None:
    from boards import questions, rows  # type: ignore[import-not-found, unused-ignore]

    rows.fill(tmp_path, 1_000)
    pages = questions.pages(tmp_path)
    assert len(set(pages)) == len(pages) > 500
    cell = {"edition": "crowd-2026", "task": "text-generation", "hardware": "h100-sxm-80gb"}
    cell |= {"protocol": "offline-b1", "reasoning": "off"}
    shown = set()
    with Record.read(tmp_path) as record:
        for page in pages[:40]:
            asked = dict(pair.split("=", 1) for pair in page.split("&"))
            query = RatingQuery.model_validate(cell | asked)
            items = record.ratings(query).items
            assert len(items) == query.limit
            shown.add(tuple(row.id for row in items))
    assert len(shown) > 30  # many ways lead behind few rows, but not to the same ones
