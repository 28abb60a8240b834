"""The board's rows: every filter, sort, page and total against plain Python over the same rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from leaderboard.domain import NotFound, Provenance, Rating
from leaderboard.record import Page, RatingQuery, Record, names, totals, walks
from leaderboard.record import ratings as ratings_module
from leaderboard.record.query import FACETS, Order, Sort
from tests import builders

EDITIONS = [
    builders.edition("old-2025", dated="2025-02-01"),
    builders.edition("new-2026", dated="2026-11-01"),
    builders.edition("dev-2026", dated="2026-12-01"),
]


def some_rows(count: int = 150) -> list[Rating]:
    """Rows with ties in every column and gaps in those that may have them."""
    choose = random.Random(7)
    rows = []
    for number in range(count):
        edition = choose.choice(EDITIONS)
        org = choose.choice(["Qwen", "qwen", "meta-llama", "100%_sure", "z"])
        rows.append(
            builders.rating(
                f"{org}/Model-{number % 40}",
                configuration=str(number),
                edition=edition.id,
                development=edition.development,
                task=choose.choice(["reasoning", "text-generation", "summarization"]),
                hardware=choose.choice(["t4-16gb", "h100-sxm-80gb"]),
                model_class=choose.choice(["A", "B", ""]),
                protocol=choose.choice(["offline-b1", "serving-b64"]),
                reasoning=choose.choice(["off", "off", "on", "high"]),
                provenance=choose.choice([Provenance.MEASURED, Provenance.ATTESTED]),
                licence=choose.choice([None, "mit", "apache-2.0"]),
                precision=choose.choice([None, "fp16", "bf16"]),
                library=choose.choice([None, "transformers", "diffusers"]),
                weights_open=choose.choice([None, False, True, True]),
                data_open=choose.choice([None, False, True]),
                licence_open=choose.choice([None, False, True, True]),
                best=choose.random() < 0.8,
                energy_wh_per_1000=choose.choice([0.1, 0.2, 1 / 3, choose.lognormvariate(0, 2)]),
                stars=choose.choice([None, 1, 2, 3, 4, 5]),
                quality=choose.choice([None, 0.5, -1.0, choose.random()]),
                params=choose.choice([None, 7_000_000_000, choose.randrange(1, 10**11)]),
                measured_at=choose.choice(
                    [None, builders.NOON, builders.NOON + timedelta(microseconds=choose.randrange(10**14))]
                ),
            )
        )
    return rows


ROWS = some_rows()


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    with Record.open(tmp_path_factory.mktemp("board")) as record:
        for edition in EDITIONS:
            rows = [row for row in ROWS if row.edition == edition.id]
            record.put_edition(edition, {}, rows, "hash")
        yield record


def key(row: Rating, sort: str) -> Any:
    if sort == "model":
        return row.model.lower()
    if sort == "energy":
        return row.energy_wh_per_1000
    return getattr(row, sort)


def in_order(rows: list[Rating], sort: str, order: str) -> list[Rating]:
    """By key, then by id, both in the same order; what is not known comes last either way."""
    known = [row for row in rows if key(row, sort) is not None]
    unknown = [row for row in rows if key(row, sort) is None]
    down = order == "desc"
    known.sort(key=lambda row: (key(row, sort), row.id), reverse=down)
    unknown.sort(key=lambda row: row.id, reverse=down)
    return known + unknown


def open_by(row: Rating) -> set[str]:
    """What is known to be open about a row's model."""
    known = {"weights": row.weights_open, "data": row.data_open, "licence": row.licence_open}
    found = {name for name, is_open in known.items() if is_open}
    return found | {"all"} if len(found) == len(known) else found


def fits(row: Rating, query: RatingQuery, besides: str = "") -> bool:
    for name in FACETS:
        wanted = getattr(query, name)
        if name != besides and wanted not in (None, "any") and getattr(row, name) != wanted:
            return False
    if besides != "openness" and query.openness is not None and query.openness not in open_by(row):
        return False
    if query.org is not None and row.org.lower() != query.org.lower():
        return False
    if query.q is not None and query.q.strip().lower() not in row.model.lower():
        return False
    if query.params_min is not None and (row.params is None or row.params < query.params_min):
        return False
    if query.params_max is not None and (row.params is None or row.params > query.params_max):
        return False
    if query.configurations == "best" and not row.best:
        return False
    return not row.development or query.development or row.edition == query.edition


def pages(record: Record, query: RatingQuery) -> list[Page]:
    """All pages, one after another."""
    found = [record.ratings(query)]
    while found[-1].next is not None:
        found.append(record.ratings(query.model_copy(update={"after": found[-1].next})))
    return found


@pytest.mark.parametrize("limit", [1, 7, 150, 1000])
@pytest.mark.parametrize("order", get_args(Order))
@pytest.mark.parametrize("sort", get_args(Sort))
def test_pages_together_are_the_sorted_list(board: Record, sort: Sort, order: Order, limit: int) -> None:
    query = RatingQuery(sort=sort, order=order, limit=limit, development=True, configurations="all")
    found = pages(board, query)
    assert [row for page in found for row in page.items] == in_order(ROWS, sort, order)
    assert len(found) == -(-len(ROWS) // limit)
    assert all(len(page.items) == limit for page in found[:-1])
    assert {(page.total, page.total_is_exact) for page in found} == {(len(ROWS), True)}


maybe = st.none()
QUERIES = st.builds(
    RatingQuery,
    task=maybe | st.sampled_from(["reasoning", "text-generation", "no-such-task", ""]),
    hardware=maybe | st.sampled_from(["t4-16gb", "h100-sxm-80gb"]),
    model_class=maybe | st.sampled_from(["A", "B", "C"]),
    protocol=maybe | st.sampled_from(["offline-b1", "serving-b64"]),
    edition=maybe | st.sampled_from([edition.id for edition in EDITIONS]),
    reasoning=maybe | st.sampled_from(["any", "off", "on", "high", "low"]),
    provenance=maybe | st.sampled_from(list(Provenance)),
    q=maybe
    | st.sampled_from(
        ["model-1", "QWEN", "%", "_", "100%_", "\\", "'", " l-2 ", "nobody", "a/m", "ode", "MODEL-3"]
    ),
    params_min=maybe | st.sampled_from([0, 7_000_000_000, 10**10]),
    params_max=maybe | st.sampled_from([0, 7_000_000_000, 10**11]),
    licence=maybe | st.sampled_from(["mit", "apache-2.0"]),
    precision=maybe | st.sampled_from(["fp16", "bf16"]),
    library=maybe | st.sampled_from(["transformers", "timm"]),
    openness=maybe | st.sampled_from(["weights", "data", "licence", "all"]),
    org=maybe | st.sampled_from(["qwen", "Meta-Llama"]),
    configurations=st.sampled_from(["best", "all"]),
    development=st.booleans(),
    sort=st.sampled_from(get_args(Sort)),
    order=st.sampled_from(get_args(Order)),
    limit=st.sampled_from([3, 20, 1000]),
)


WAYS = {
    "as it is": {},
    "everything walked": {(ratings_module, "FEW"): 0, (names, "MOST_NAMES"): 0},
    "nothing merged": {(walks, "MOST_MERGED"): 0, (ratings_module, "FEW"): 0},
    "all picked out": {(ratings_module, "FEW"): 10**9},
}
"""Every way to find a view's rows, whatever would be chosen for so few."""


@pytest.mark.parametrize("way", WAYS)
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=QUERIES)
def test_any_question_is_answered_as_python_would(board: Record, way: str, query: RatingQuery) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), value in WAYS[way].items():
            patch.setattr(module, name, value)
        check(board, query)


def check(board: Record, query: RatingQuery) -> None:
    expected = in_order([row for row in ROWS if fits(row, query)], query.sort, query.order)
    found = pages(board, query)
    assert [row for page in found for row in page.items] == expected
    assert found[0].total == len(expected)
    for name, counts in board.facets(query).items():
        rows = [row for row in ROWS if fits(row, query, besides=name)]
        if name == "openness":
            wanted = Counter(what for row in rows for what in open_by(row))
        else:
            wanted = Counter(str(getattr(row, name)) for row in rows if getattr(row, name))
        assert dict(counts) == wanted
        assert counts == sorted(counts, key=lambda pair: (-pair[1], pair[0]))


def test_rows_that_come_and_go_disturb_no_page_that_follows(record: Record) -> None:
    rows = [builders.rating(f"o/m-{number}", energy_wh_per_1000=1.0 + number) for number in range(6)]
    edition = builders.edition()
    record.put_edition(edition, {}, rows, "1")
    query = RatingQuery(edition=edition.id, limit=3)
    first = record.ratings(query)
    assert list(first.items) == rows[:3]
    earlier = builders.rating("o/new", energy_wh_per_1000=0.5)
    record.put_edition(edition, {}, [earlier, *rows[:2], *rows[3:]], "2")  # the cursor's own row is gone
    assert list(record.ratings(query.model_copy(update={"after": first.next})).items) == rows[3:]


def test_totals_are_exact_up_to_a_cap(board: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    query = RatingQuery(development=True, configurations="all", limit=1, org="Z", q="model")
    rows = sum(row.org == "z" for row in ROWS)
    for counted, total, exact in ((rows - 1, rows - 1, False), (rows, rows, True), (rows + 1, rows, True)):
        monkeypatch.setattr(totals, "COUNTED", counted)
        page = board.ratings(query)
        assert (page.total, page.total_is_exact) == (total, exact)
        # What is stored costs nothing to tell.
        page = board.ratings(RatingQuery(development=True, configurations="all", licence="mit"))
        assert (page.total, page.total_is_exact) == (sum(row.licence == "mit" for row in ROWS), True)


def test_an_empty_filter_is_none() -> None:
    assert RatingQuery.model_validate({"task": "", "model_class": "", "after": "", "q": ""}) == RatingQuery()


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 0},
        {"limit": 1001},
        {"sort": "price"},
        {"order": "up"},
        {"params_min": -1},
        {"params_max": 2**63},
        {"q": "x" * 201},
        {"model_class": "D"},
        {"openness": "open"},
        {"unknown": 1},
        {"q": "\ud800"},
    ],
)
def test_questions_that_make_no_sense(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RatingQuery.model_validate(fields)


def test_text_is_never_sql(board: Record) -> None:
    for text in ("'; DROP TABLE ratings; --", '"', "%' OR 1=1 --", "\x00", "é" * 50):
        assert board.ratings(RatingQuery(q=text)).total == 0
        assert board.ratings(RatingQuery(task=text, edition=text, org=text)).total == 0
    assert board.ratings(RatingQuery(development=True, configurations="all")).total == len(ROWS)


def test_one_row_and_the_rows_of_a_model(board: Record) -> None:
    row = ROWS[0]
    assert board.rating(row.id) == row
    with pytest.raises(NotFound):
        board.rating("0" * 10)
    rows = board.ratings_of(row.model)
    assert sorted(rows, key=lambda one: one.id) == sorted(
        (one for one in ROWS if one.model == row.model), key=lambda one: one.id
    )
    dated = {edition.id: edition.dated for edition in EDITIONS}
    standing = [(not one.best, -dated[one.edition].toordinal()) for one in rows]
    assert standing == sorted(standing)
    assert board.ratings_of("nobody/nothing") == []


def test_the_edition_a_board_opens_on(record: Record) -> None:
    with pytest.raises(NotFound):
        record.default_edition("reasoning")
    rows: dict[str, list[tuple[str, int | None]]] = {
        "aies-2025-02": [("summarization", 3), ("reasoning", 2)],
        "aies-2025-12": [("reasoning", 4)],
        "mlenergy-v3": [("text-generation", None)],
        "2026-11": [],
        "dev-2026-11": [("summarization", 5), ("reasoning", 5)],
    }
    days = ["2025-02-01", "2025-12-01", "2026-02-01", "2026-11-01", "2026-11-02"]
    for (id, found), dated in zip(rows.items(), days, strict=True):
        edition = builders.edition(id, dated=dated)
        made = [
            builders.rating(edition=id, task=task, stars=stars, development=edition.development)
            for task, stars in found
        ]
        record.put_edition(edition, {}, made, "hash")
    assert record.default_edition("reasoning") == "aies-2025-12"
    assert record.default_edition("summarization") == "aies-2025-02"
    assert record.default_edition("text-generation") == "aies-2025-12"  # rated for no task: any rated row
    assert record.default_edition(None) == "aies-2025-12"
    assert [edition.id for edition in record.editions()] == list(rows)[::-1]


def test_an_edition_without_rated_rows_is_better_than_none(record: Record) -> None:
    record.put_edition(builders.edition("dev-2026-11"), {}, [builders.rating()], "hash")
    with pytest.raises(NotFound):
        record.default_edition(None)
    record.put_edition(builders.edition("2026-11"), {}, [], "hash")
    assert record.default_edition("reasoning") == "2026-11"


def test_the_rated_rows_of_several_models_at_once(record: Record) -> None:
    places = [("t4-16gb", True, ""), ("cpu", True, ""), ("cpu", False, "batch 8")]
    rows = [
        builders.rating("a/one", hardware=hardware, best=best, configuration=configuration)
        for hardware, best, configuration in places
    ]
    rows.append(builders.rating("a/two"))
    record.put_edition(builders.edition(rows[0].edition), {}, rows, "rows")
    found = record.rated_rows(rows[0].edition, {"a/one", "a/three"})
    assert {row.hardware for row in found.pop("a/one")} == {"t4-16gb", "cpu"}
    assert found == {}
    assert record.rated_rows("another", {"a/one"}) == {}
