"""A block of queries as a file: what parent and child both read, and what a model is asked (METHOD §3.4).

One Parquet file, one row a query, one column an input: text, a number, or the bytes of an image or of audio.
Labels are never in it; they stay with the parent.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Cell = str | bytes | float | int
"""Text, an image's or a recording's bytes as they were published, or a number."""
Row = tuple[Cell, ...]


def write_block(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a block so that it is there whole or not at all.

    Args:
        rows: one sequence of cells per query, in the order of `columns`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({name: [row[place] for row in rows] for place, name in enumerate(columns)})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    pq.write_table(table, partial, compression="none", write_page_checksum=True)
    partial.replace(path)


def read_block(path: Path) -> list[Row]:
    """Every query of a block, in its order.

    Raises:
        ValueError: the file is damaged.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(path, page_checksum_verification=True)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
