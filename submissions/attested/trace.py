"""A trace that somebody handed in, read under caps: its shape first, its pages' sizes next, then its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leaderboard.domain import Refused
from leaderboard.judging.bundle import MOST_SAMPLES
from leaderboard.judging.samples import COLUMNS, Sample, samples_of
from submissions.attested.refusing import MEASURE, refuse
from submissions.attested.trace_pages import BadPages, unpacked_bytes

_MOST_DIRECTORY = 256 * 1024
_MOST_GROUPS = 16
_MOST_UNPACKED = 48 * 1024 * 1024
"""Bytes of all pages together: the most samples there may be, ten columns of eight bytes, and as much again
for levels and headers."""
_MOST_WORDS, _LONGEST_WORD = 64, 32
"""Phases that a trace may tell of, and letters of each."""
_KINDS = {"phase": "BYTE_ARRAY", "sm_clock_mhz": "INT32", "memory_clock_mhz": "INT32"}
_KINDS |= {"reasons": "INT64", "foreign": "INT32"}


def read_hostile_trace(path: Path) -> list[Sample]:
    """The samples of a trace.

    Raises:
        Refused: it is none, too large, or damaged; the finding says which.
    """
    from pyarrow import ArrowException, parquet

    try:
        _check_directory(path)
        _check_shape(parquet.read_metadata(path), path)
        # A word repeated a million times stays one word.
        table = parquet.read_table(
            path, page_checksum_verification=True, read_dictionary=["phase"], use_threads=False
        )
        _check_words(table)
        _check_numbers(table)
        return samples_of(table)
    except (ArrowException, BadPages, OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise _damaged(type(error).__name__) from error


def _damaged(how: str) -> Refused:
    return refuse("trace-readable", f"trace.parquet is damaged, or no trace ({how}).", MEASURE)


def _too_large(what: str) -> Refused:
    return refuse(
        "trace-size",
        f"trace.parquet would have {what}.",
        "A run of more than five hours is too long for a bundle; ask the operators.",
    )


def _check_directory(path: Path) -> None:
    """The file's own directory is at its end, and its length before the last four bytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 8))
        end = file.read(8)
    if size < 12 or end[4:] != b"PAR1":
        raise _damaged("it ends in the middle")
    if int.from_bytes(end[:4], "little") > _MOST_DIRECTORY:
        raise _too_large("a directory larger than any trace's")


def _check_shape(told: Any, path: Path) -> None:
    names = [told.schema.column(place).path for place in range(told.num_columns)]
    if names != list(COLUMNS):
        raise _damaged("its columns are not a trace's")
    groups = [told.row_group(place) for place in range(min(told.num_row_groups, _MOST_GROUPS + 1))]
    rows = sum(group.num_rows for group in groups)
    if len(groups) > _MOST_GROUPS or max(rows, told.num_rows) > MOST_SAMPLES:
        raise _too_large(f"{max(rows, told.num_rows):,} samples; {MOST_SAMPLES:,} are taken")
    if rows != told.num_rows:
        raise _damaged("its rows do not add up")
    left = _MOST_UNPACKED
    with path.open("rb") as file:
        for group in groups:
            for place, name in enumerate(names):
                column = group.column(place)
                if column.physical_type != _KINDS.get(name, "DOUBLE") or column.num_values != group.num_rows:
                    raise _damaged(f"its column {name} is not a trace's")
                first = column.dictionary_page_offset
                start = column.data_page_offset if first is None else min(first, column.data_page_offset)
                left -= unpacked_bytes(file, start, column.total_compressed_size, left)
                if left < 0:
                    raise _too_large(f"pages of more than {_MOST_UNPACKED // 2**20} MiB")


def _check_words(table: Any) -> None:
    for chunk in table.column("phase").chunks:
        words = chunk.dictionary
        if len(words) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word in words.to_pylist()):
            raise _damaged("its phases are no words")


def _check_numbers(table: Any) -> None:
    """What is not a number compares with nothing, and would pass every check."""
    from pyarrow import compute, float64

    for name in COLUMNS:
        column = table.column(name)
        if name in ("time_s", "phase") and column.null_count:
            raise _damaged(f"its column {name} has gaps")
        if column.type == float64() and not compute.all(compute.is_finite(column), min_count=0).as_py():
            raise _damaged(f"its column {name} has values that are no numbers")
