"""Parquet as we write and read it: zstd, page checksums, written whole or not at all, verified on read.

Without page checksums a flipped bit is read as data; with them it is an error (DESIGN §4).
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from leaderboard.domain import BadFile, StorageUnavailable

MAGIC = b"PAR1"
ROW_GROUP = 20_000
"""Rows of a row group: some ten megabytes of ratings, which is what reading and writing hold at once."""


def parquet_bytes(table: pa.Table) -> bytes:
    """The table as one Parquet file; the same table gives the same bytes."""
    sink = pa.BufferOutputStream()
    with writer(sink, table.schema) as file:
        file.write_table(table, row_group_size=ROW_GROUP)
    return bytes(sink.getvalue())


def writer(sink: Any, schema: pa.Schema) -> pq.ParquetWriter:
    """What writes a Parquet file as ours are, table by table."""
    return pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        write_page_checksum=True,
        # Statistics lie outside the checksums: a damaged one would make a filter skip rows in silence.
        write_statistics=False,
        version="2.6",
    )


def write_parts(path: Path, parts: Iterable[pa.Table], schema: pa.Schema) -> int:
    """Write tables of `ROW_GROUP` rows as one Parquet file; returns the number of rows.

    The same rows give the same bytes as `parquet_bytes` of all of them.
    """
    rows = 0
    with writer(path, schema) as file:
        for part in parts:
            file.write_table(part, row_group_size=ROW_GROUP)
            rows += part.num_rows
    return rows


def parquet_stream(parts: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    """The same file piece by piece, each as soon as its table is written."""
    sink = _Drained()
    with writer(sink, schema) as file:
        for part in parts:
            file.write_table(part, row_group_size=ROW_GROUP)
            yield sink.drain()
    yield sink.drain()


class _Drained(io.RawIOBase):
    """A file whose content is taken out as it grows; only its length is kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, piece: Any) -> int:
        content = bytes(piece)
        self._pieces.append(content)
        self._written += len(content)
        return len(content)

    def drain(self) -> bytes:
        """What was written since the last time."""
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content


def row_groups(content: bytes, name: str = "the file") -> Iterator[pa.Table]:
    """The row groups of a Parquet file, one at a time, every page checked.

    Raises:
        BadFile: not Parquet, cut short, or damaged.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        for number in range(file.num_row_groups):
            table = file.read_row_group(number)
            table.validate(full=True)
            yield table
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise _damaged(name, error) from error


def read_parquet(content: bytes, name: str = "the file") -> pa.Table:
    """The table out of a Parquet file's bytes, every page checked.

    Raises:
        BadFile: not Parquet, cut short, or damaged.
    """
    try:
        table = pq.read_table(pa.BufferReader(content), page_checksum_verification=True)
        # The footer lies outside the checksums: names that are no text, lengths that do not agree.
        table.validate(full=True)
        str(table.schema)
        return table
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: BaseException) -> BadFile:
    return BadFile(
        f"{name} cannot be read as Parquet: {_first_line(error)}.",
        "It is damaged or no Parquet file: publish it again, or take it from the Hub again.",
    )


def read_table(path: Path) -> pa.Table:
    """The table in a Parquet file, every page checked.

    Raises:
        BadFile: missing, not Parquet, cut short, or damaged.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.", f"Look at {path}.") from error
    return read_parquet(content, path.name)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table as Parquet, whole or not at all.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    write_whole(path, parquet_bytes(table))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, also after a crash: tmp, fsync, rename.

    Raises:
        StorageUnavailable: the folder cannot be written; nothing is left behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp's files are for their owner alone; published ones are for everybody.
            Path(made).chmod(0o644)
            Path(made).replace(path)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path.parent, error) from error


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def cannot_write(folder: Path, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(
        f"{folder} cannot be written: {error.strerror or error}.",
        "Give STARWATT_DATA (or --data) a folder that can be written and has free space.",
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
