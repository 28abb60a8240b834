"""Parquet as we write and read it: zstd, page checksums, written whole or not at all, verified on read.

Without page checksums a flipped bit is read as data; with them it is an error (DESIGN §4).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from leaderboard.domain import BadFile, StorageUnavailable

MAGIC = b"PAR1"


def parquet_bytes(table: pa.Table) -> bytes:
    """The table as one Parquet file; the same table gives the same bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        write_page_checksum=True,
        # Statistics lie outside the checksums: a damaged one would make a filter skip rows in silence.
        write_statistics=False,
        version="2.6",
        row_group_size=100_000,
    )
    return bytes(sink.getvalue())


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
        raise BadFile(
            f"{name} cannot be read as Parquet: {_first_line(error)}.",
            "It is damaged or no Parquet file: publish it again, or take it from the Hub again.",
        ) from error


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
