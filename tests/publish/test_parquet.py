"""Parquet that tells when it is damaged, and is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.domain import BadFile, StorageUnavailable
from leaderboard.publish.parquet import parquet_bytes, read_parquet, read_table, write_table, write_whole
from leaderboard.publish.tables import ratings_of, ratings_table
from tests.publish import views


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = views.development_rows()
    assert parquet_bytes(ratings_table(rows)) == parquet_bytes(ratings_table(rows[::-1]))


def test_no_flipped_bit_reads_as_other_rows() -> None:
    table = ratings_table(views.development_rows())
    content = parquet_bytes(table)
    rows = ratings_of(table)
    caught = 0
    for place in range(0, len(content), 29):
        damaged = bytearray(content)
        damaged[place] ^= 1 << (place % 8)
        try:
            assert ratings_of(read_parquet(bytes(damaged))) == rows, f"byte {place}"
        except BadFile:
            caught += 1
    # What is not caught lies in descriptions and spare bytes of the footer, and changes no row.
    assert caught > len(range(0, len(content), 29)) / 2


@pytest.mark.parametrize("keep", [0, 3, 100, -1])
def test_a_file_cut_short_is_told(keep: int) -> None:
    content = parquet_bytes(ratings_table(views.development_rows()))
    with pytest.raises(BadFile, match=r"x\.parquet cannot be read as Parquet"):
        read_parquet(content[:keep], "x.parquet")


def test_written_and_read_back(tmp_path: Path) -> None:
    table = ratings_table(views.rows_of_every_kind())
    path = tmp_path / "a folder" / "ratings.parquet"
    write_table(path, table)
    write_table(path, table)
    assert read_table(path).equals(table)
    assert [each.name for each in path.parent.iterdir()] == ["ratings.parquet"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_missing_file_is_a_bad_file_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"gone\.parquet cannot be read: No such file"):
        read_table(tmp_path / "gone.parquet")


def test_a_folder_that_is_a_file_is_said_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StorageUnavailable, match="STARWATT_DATA"):
        write_whole(tmp_path / "data" / "x", b"x")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    write_whole(path, b"old")

    def no_space(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(StorageUnavailable, match="No space left on device"):
        write_whole(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]
