"""Each way of tampering with the file is refused by name, and nothing is left of it."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from leaderboard.record import Record
from runners.bundle import bundle
from submissions.attested.taking import take
from tests.submissions.attested.conftest import PERSON, TERMS, Refusal
from tests.submissions.attested.tampered import TAMPERED, flipped, read


class Unseekable(io.BytesIO):
    """As a pipe: who writes into it cannot go back."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise OSError("a pipe")

    def tell(self) -> int:
        raise OSError("a pipe")


MOST_BYTES = 100 * 2**20


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_bundle_is_refused_by_name(
    what: str, packed: Path, tmp_path: Path, refused: Refusal
) -> None:
    make, name = TAMPERED[what]
    path = tmp_path / "tampered.zip"
    path.write_bytes(make(packed.read_bytes(), read(packed)))
    error = refused(path)
    assert error.findings[0].name == name, error
    assert f"({name})" in error.message


def test_no_bit_can_be_flipped_in_what_is_packed(packed: Path, tmp_path: Path, refused: Refusal) -> None:
    raw, files = packed.read_bytes(), read(packed)
    path = tmp_path / "tampered.zip"
    for name in files:
        for part in (0.0, 0.3, 0.6, 0.9):
            path.write_bytes(flipped(name, part)(raw, files))
            assert refused(path).findings[0].name in ("bundle-intact", "bundle-sizes-true")


def test_a_bomb_takes_no_memory(packed: Path, tmp_path: Path, refused: Refusal) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(TAMPERED["a bomb, 1000 to 1"][0](packed.read_bytes(), read(packed)))
    tracemalloc.start()
    try:
        refused(path)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES / 10
    finally:
        tracemalloc.stop()


def test_an_untouched_bundle_is_taken(record: Record, packed: Path) -> None:
    assert take(record, packed, PERSON, TERMS).attested


def test_a_bundle_packed_by_hand_is_taken_too(record: Record, packed: Path, tmp_path: Path) -> None:
    """Another zip program writes other headers: stored members, sizes after the bytes, extra fields."""
    path, out = tmp_path / "streamed.zip", Unseekable()
    with zipfile.ZipFile(out, "w") as packed_again:
        for number, (name, content) in enumerate(read(packed).items()):
            packed_again.writestr(name, content, zipfile.ZIP_STORED if number % 2 else zipfile.ZIP_DEFLATED)
    path.write_bytes(out.getvalue())
    assert take(record, path, PERSON, TERMS).attested


def test_bundle_is_the_inverse_of_unpacking(folder: Path, packed: Path) -> None:
    files = read(packed)
    for name in ("run.json", "trace.parquet", "log.txt"):
        assert files[name] == (folder / name).read_bytes()
    with pytest.raises(Exception, match="planned with the nonce"):
        bundle(folder, packed, nonce="29991231-" + "0" * 24)
