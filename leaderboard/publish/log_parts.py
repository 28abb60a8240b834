"""Rows of the record as Parquet and back: one file holds some rows of one table, with a digest for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Float, Integer
from sqlalchemy.types import TypeEngine

from leaderboard.domain import BadFile
from leaderboard.publish.parquet import parquet_bytes, read_parquet, write_whole
from leaderboard.record.journal import CARRIED, PART_BYTES, Part
from leaderboard.record.tables import schema

DIGEST = "_digest"
"""SHA-256 of the row; null: the row is gone; empty: carried along and not hashed."""
FILES = "files"
"""Not a table of the record: the files of a run's folder."""
_RUN_ID = re.compile(r"^[0-9a-f]{12}$")
_NAME = re.compile(r"^[a-z]+\.[a-z]+$")


def encode(part: Part) -> bytes:
    """One part of the log as a file."""
    columns = zip(*part.rows, strict=True)
    arrays = [
        pa.array(values, _arrow(schema.tables[part.table].c[name].type))
        for name, values in zip(part.columns, columns, strict=True)
    ]
    arrays.append(pa.array(part.digests, pa.binary()))
    return parquet_bytes(pa.table(arrays, names=[*part.columns, DIGEST]))


def decode(content: bytes, table: str, path: str) -> Part:
    """The part in a file.

    Raises:
        BadFile: damaged, or no part of a log.
    """
    read = read_parquet(content, path)
    if read.column_names[-1:] != [DIGEST]:
        raise BadFile(f"{path} is no part of the record's log.", "It was not written by Starwatt.")
    columns = [_values(column) for column in read.columns]
    rows = list(zip(*columns[:-1], strict=True))
    return Part(table, tuple(read.column_names[:-1]), rows, columns[-1])


def encode_files(folder: Path, run_ids: Sequence[str]) -> Iterator[tuple[bytes, int]]:
    """The files of some runs, as many to a part as it may be large; each with its number of rows."""
    rows: list[tuple[str, str, bytes]] = []
    size = 0
    for run_id in run_ids:
        for path in sorted((folder / "runs" / run_id).glob("*.*")):
            content = path.read_bytes()
            rows.append((run_id, path.name, content))
            size += len(content)
            if size >= PART_BYTES:
                yield _files(rows), len(rows)
                rows, size = [], 0
    if rows:
        yield _files(rows), len(rows)


def write_files(part: Part, folder: Path) -> None:
    """Put files of runs back where they were.

    Raises:
        BadFile: a name that no file of a run has.
    """
    for run_id, name, content in part.rows:
        if not (_RUN_ID.fullmatch(str(run_id)) and _NAME.fullmatch(str(name)) and isinstance(content, bytes)):
            raise BadFile(
                f"The log has a file {str(name)[:40]!r} of a run {str(run_id)[:20]!r}.",
                "It was not written by Starwatt; nothing was restored.",
            )
        write_whole(folder / "runs" / str(run_id) / str(name), content)


def _files(rows: Sequence[tuple[str, str, bytes]]) -> bytes:
    ids, names, contents = zip(*rows, strict=True)
    kinds = (pa.string(), pa.string(), pa.binary(), pa.binary())
    columns = (ids, names, contents, [CARRIED] * len(rows))
    arrays = [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    return parquet_bytes(pa.table(arrays, names=["run_id", "name", "content", DIGEST]))


def _arrow(kind: TypeEngine[object]) -> pa.DataType:
    if isinstance(kind, Integer):
        return pa.int64()
    return pa.float64() if isinstance(kind, Float) else pa.string()


def _values(column: pa.ChunkedArray) -> list[Any]:
    # Through NumPy's objects texts come several times faster than one by one; numbers may be null.
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        return list(column.to_numpy())
    return list(column.to_pylist())
