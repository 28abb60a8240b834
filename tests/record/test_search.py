"""Searching in names: exactly the rows that have the text, whatever the text and however they came."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaderboard.domain import Rating
from leaderboard.record import RatingQuery, Record, names
from leaderboard.record.migrations.board import REFILL
from tests import builders

NAMES = [
    "Qwen/Qwen3-8B-Instruct",
    "qwen/qwen2.5-7b",
    "Meta-Llama/Llama-3.1-8B-Instruct",
    "straße/Über-Modell",
    "İstanbul/ILK",
    "a/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
    'odd/"quoted" AND (or)* name',
    "o/50%_off\\now",
    "日本語/模型-大",
    "x/y",
    "e\u0301/combining",
]
EDITION = builders.edition("open-1")


def row(name: str, **fields: object) -> Rating:
    return builders.rating(name, edition=EDITION.id, development=False, **fields)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    with Record.open(tmp_path_factory.mktemp("names")) as record:
        record.put_edition(EDITION, {}, [row(name) for name in NAMES], "hash")
        yield record


def found(record: Record, text: str) -> set[str]:
    page = record.ratings(RatingQuery(q=text, limit=100))
    assert page.total == len(page.items)
    return {rating.model for rating in page.items}


def having(text: str) -> set[str]:
    wanted = text.strip().lower()
    return {name for name in NAMES if wanted in name.lower()}


parts = st.sampled_from(NAMES).flatmap(
    lambda name: st.tuples(st.integers(0, len(name) - 1), st.integers(1, len(name))).map(
        lambda cut: name[cut[0] : cut[0] + cut[1]]
    )
)
texts = parts | parts.map(str.upper) | parts.map(str.title) | st.text(max_size=8)


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=texts)
def test_part_of_a_name_finds_it_and_nothing_else(board: Record, text: str) -> None:
    try:
        RatingQuery(q=text)
    except ValueError:
        return
    assert found(board, text) == (having(text) if text.strip() else set(NAMES))


def test_all_trigrams_are_not_yet_the_text(board: Record) -> None:
    assert found(board, "wenq") == set()
    assert names.trigrams("qwenqwen") == '"qwe" AND "wen" AND "enq" AND "nqw"'
    assert found(board, "qwenqwen") == set()


def test_a_short_text_and_a_nul_do_without_the_index() -> None:
    assert names.trigrams("ab") == names.trigrams("abc\0def") == ""
    assert len(names.trigrams("".join(map(chr, range(65, 265)))).split(" AND ")) <= 12


def test_names_follow_what_is_written(record: Record) -> None:
    record.put_edition(EDITION, {}, [row("old/model-one")], "1")
    assert found(record, "model-one") == {"old/model-one"}
    record.put_edition(EDITION, {}, [row("new/model-two")], "2")
    assert found(record, "model-one") == set()
    assert found(record, "el-tw") == {"new/model-two"}
    record.put_edition(EDITION, {}, [row("old/model-one"), row("new/model-two")], "3")
    assert found(record, "MODEL-") == {"old/model-one", "new/model-two"}


def test_what_is_kept_is_what_would_be_counted_anew(record: Record) -> None:
    other = builders.edition("open-2")
    record.put_edition(
        EDITION, {}, [row(f"o/m-{n}", licence=["mit", None, ""][n % 3]) for n in range(9)], "1"
    )
    record.put_edition(other, {}, [row("o/m").model_copy(update={"edition": other.id})], "1")
    moved = [row(f"o/m-{n}", weights_open=n % 2 == 0, data_open=True, best=n > 4) for n in range(5)]
    record.put_edition(EDITION, {}, moved, "2")
    record.renew_edition(EDITION, [moved[0].model_copy(update={"licence": "mit", "licence_open": True})], "3")

    def kept() -> dict[str, list[tuple[object, ...]]]:
        with record._readers.snapshot() as connection:
            return {
                table: [
                    tuple(one)
                    for one in connection.exec_driver_sql(f"SELECT {what} FROM {table} ORDER BY 1, 2")
                ]
                for table, what in (("rating_counts", "*"), ("model_names", "name, 0"))
            }

    before = kept()
    assert before["rating_counts"]

    def anew(connection: object) -> None:
        connection.exec_driver_sql("DELETE FROM rating_counts")  # type: ignore[attr-defined]
        connection.exec_driver_sql("DELETE FROM model_names")  # type: ignore[attr-defined]
        connection.exec_driver_sql("INSERT INTO model_trigrams (model_trigrams) VALUES ('delete-all')")  # type: ignore[attr-defined]
        for statement in REFILL:
            connection.exec_driver_sql(statement)  # type: ignore[attr-defined]

    record._writer.run(anew)
    after = kept()
    assert sorted(map(str, after["rating_counts"])) == sorted(map(str, before["rating_counts"]))
    # A name without rows may stay; it finds none.
    assert set(after["model_names"]) <= set(before["model_names"])
    assert found(record, "o/m-") == {f"o/m-{n}" for n in range(5)} - {
        f"o/m-{n}" for n in range(5) if not moved[n].best
    }
