"""One flipped bit anywhere in a published file: found each time, and put right by publishing again."""

from __future__ import annotations

import random
from pathlib import Path

from leaderboard.publish import FolderHub, Publisher, build, read_parquet, verify
from leaderboard.publish.differences import _file
from leaderboard.publish.manifest import read_manifest
from tests.publish import records, views

TRIES = 1000
VIEW = views.with_bands_and_notices(views.view())


def flipped(content: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(content)
    bit = chance.randrange(8 * len(damaged))
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def test_a_thousand_flipped_bits_are_found_and_none_is_read_as_other_rows() -> None:
    chance = random.Random(20261101)
    made = build(VIEW)
    tables = [(suffix, path) for suffix, files in made.items() for path in files if path.endswith(".parquet")]
    for _ in range(TRIES):
        suffix, path = chance.choice(tables)
        damaged = flipped(made[suffix][path], chance)
        there = read_manifest(made[suffix]["manifest.json"])
        assert "damaged" in _file(path, suffix, damaged, there, made[suffix][path])


def test_publishing_again_repairs_what_verify_found(tmp_path: Path) -> None:
    chance = random.Random(20261102)
    folder = tmp_path / "published"
    with records.filled(tmp_path / "data", VIEW) as record:
        publisher = Publisher(record, None, folder, None)
        publisher.publish()
        names = {suffix: suffix for suffix in build(VIEW)}
        for _ in range(10):
            path = chance.choice(sorted((folder / "ratings").rglob("*.parquet")))
            whole = path.read_bytes()
            path.write_bytes(flipped(whole, chance))
            (found,) = verify(VIEW, FolderHub(folder), {"ratings": "ratings"})
            assert "damaged" in found.what
            report = publisher.publish()
            assert [each.changed for each in report.repositories if each.changed] == [
                (path.relative_to(folder / "ratings").as_posix(),)
            ]
            assert path.read_bytes() == whole
            read_parquet(whole)
            assert verify(VIEW, FolderHub(folder), names) == []
