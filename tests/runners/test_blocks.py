from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.bench.blocks import read_block, write_block


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=50)), min_size=1, max_size=9))
def test_a_block_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, bytes]]
) -> None:
    path = tmp_path_factory.mktemp("block") / "deep" / "block.parquet"
    write_block(path, ["text", "image"], rows)
    assert read_block(path) == rows
    assert [each.name for each in path.parent.iterdir()] == ["block.parquet"]


def test_a_damaged_block_is_no_block(tmp_path: Path) -> None:
    path = tmp_path / "block.parquet"
    write_block(path, ["text"], [("a text that is long enough to be hit somewhere inside" * 20,)])
    content = bytearray(path.read_bytes())
    content[200] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises((ValueError, OSError)):
        read_block(path)
