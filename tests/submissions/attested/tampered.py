"""Bundles that were tampered with, each in one way, and the finding that each is refused by.

`bench/attested_refusals.py` measures how long a refusal takes and how much memory.
"""

from __future__ import annotations

import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from leaderboard.judging.bundle import LOG, MANIFEST, MOST_BUNDLE_BYTES, PLAN, RUN, TRACE

Files = dict[str, bytes]
Tamper = Callable[[bytes, Files], bytes]
_ENTRY = struct.Struct("<4s6H3L5H2L")


def read(bundle: Path) -> Files:
    with zipfile.ZipFile(bundle) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def zipped(files: Iterable[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=1) as packed:
        for name, content in files:
            packed.writestr(name, content, method)
    return out.getvalue()


def with_files(**changed: bytes) -> Tamper:
    """The same bundle with other members; the manifest stays."""
    names = {"manifest": MANIFEST, "plan": PLAN, "run": RUN, "trace": TRACE, "log": LOG}

    def make(_: bytes, files: Files) -> bytes:
        return zipped((files | {names[name]: content for name, content in changed.items()}).items())

    return make


def with_more(*more: tuple[str | zipfile.ZipInfo, bytes]) -> Tamper:
    return lambda _, files: zipped([*list(files.items())[: 5 - len(more)], *more])


def link(_: bytes, files: Files) -> bytes:
    info = zipfile.ZipInfo(LOG)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return zipped([*((name, content) for name, content in files.items() if name != LOG), (info, b"/etc")])


def twice(_: bytes, files: Files) -> bytes:
    kept = [(name, content) for name, content in files.items() if name != RUN]
    # The library itself writes no name twice.
    return zipped([*kept, ("log.txT", b"x")]).replace(b"log.txT", b"log.txt")


def directory(raw: bytes) -> int:
    return int(struct.unpack_from("<L", raw, len(raw) - 6)[0])


def entries(raw: bytes) -> list[tuple[str, int, int]]:
    """Name, place in the directory and place of its own header, of each member."""
    place, found = directory(raw), []
    while raw[place : place + 4] == b"PK\1\2":
        told = _ENTRY.unpack_from(raw, place)
        name = raw[place + 46 : place + 46 + told[10]].decode()
        found.append((name, place, told[16]))
        place += 46 + told[10] + told[11] + told[12]
    return found


def lying(size: Callable[[int], int], *, alike: bool = True) -> Tamper:
    """The trace's size told otherwise; beside its bytes too, where both shall lie alike."""

    def make(raw: bytes, _: Files) -> bytes:
        changed = bytearray(raw)
        _name, there, here = next(entry for entry in entries(raw) if entry[0] == TRACE)
        for place in (there + 24, *([here + 22] if alike else [])):
            told = struct.unpack_from("<L", raw, place)[0]
            struct.pack_into("<L", changed, place, size(told))
        return bytes(changed)

    return make


def flipped(name: str, part: float) -> Tamper:
    """One bit of a member's packed bytes, somewhere in it."""

    def make(raw: bytes, _: Files) -> bytes:
        changed = bytearray(raw)
        _name, there, here = next(entry for entry in entries(raw) if entry[0] == name)
        packed = struct.unpack_from("<L", raw, there + 20)[0]
        changed[here + 30 + len(name) + int(packed * part)] ^= 0x10
        return bytes(changed)

    return make


def manifest(**fields: Any) -> Tamper:
    def make(raw: bytes, files: Files) -> bytes:
        told = json.loads(files[MANIFEST]) | fields
        return with_files(manifest=json.dumps(told).encode())(raw, files)

    return make


def wrong_hash(raw: bytes, files: Files) -> bytes:
    members = json.loads(files[MANIFEST])["members"]
    members[LOG]["sha256"] = "0" * 64
    return manifest(members=members)(raw, files)


def encrypted(raw: bytes, _: Files) -> bytes:
    changed = bytearray(raw)
    for _name, there, here in entries(raw):
        changed[there + 8] |= 1
        changed[here + 6] |= 1
    return bytes(changed)


def entries_told(count: int) -> Tamper:
    def make(raw: bytes, _: Files) -> bytes:
        return raw[:-14] + struct.pack("<HH", count, count) + raw[-10:]

    return make


def many(_: bytes, files: Files) -> bytes:
    return zipped([*files.items(), *((f"entry-{number}", b"") for number in range(20_000))])


def across(raw: bytes, _: Files) -> bytes:
    """Two entries on the same bytes."""
    changed = bytearray(raw)
    first, second = entries(raw)[:2]
    struct.pack_into("<L", changed, second[1] + 42, first[2])
    return bytes(changed)


TAMPERED: dict[str, tuple[Tamper, str]] = {
    "empty": (lambda *_: b"", "bundle-is-zip"),
    "no zip": (lambda *_: b"\x89PNG\r\n" * 400, "bundle-is-zip"),
    "too large": (lambda raw, _: raw + b"\0" * MOST_BUNDLE_BYTES, "bundle-size"),
    "a bomb, 1000 to 1": (with_files(log=b"\0" * 64 * 2**20), "bundle-ratio"),
    "a member too large": (with_files(plan=bytes(range(256)) * 400), "bundle-size"),
    "out of its folder": (with_more(("../evil.txt", b"x")), "bundle-names"),
    "out of its folder, backwards": (with_more(("a\\..\\..\\evil.txt", b"x")), "bundle-names"),
    "an absolute path": (with_more(("/etc/passwd", b"x")), "bundle-names"),
    "a drive": (with_more(("C:evil.txt", b"x")), "bundle-names"),
    "a folder": (with_more(("folder/", b"")), "bundle-names"),
    "another name": (with_more(("weights.bin", b"x")), "bundle-names"),
    "a symbolic link": (link, "bundle-links"),
    "20,000 entries": (many, "bundle-entries"),
    "20,000 entries, five told": (
        lambda raw, files: entries_told(5)(many(raw, files), files),
        "bundle-whole",
    ),
    "more entries told than there are": (entries_told(4), "bundle-entries"),
    "a name twice": (twice, "bundle-names-once"),
    "a member missing": (lambda _, files: zipped(list(files.items())[:-1]), "bundle-complete"),
    "a smaller size told": (lying(lambda size: size - 100), "bundle-sizes-true"),
    "a larger size told": (lying(lambda size: size + 100), "bundle-sizes-true"),
    "two sizes told": (lying(lambda size: size + 100, alike=False), "bundle-sizes-true"),
    "entries across each other": (across, "bundle-sizes-true"),
    "truncated": (lambda raw, _: raw[: len(raw) // 2], "bundle-whole"),
    "truncated by a byte": (lambda raw, _: raw[:-1], "bundle-whole"),
    "something hangs on its end": (lambda raw, _: raw + b"x", "bundle-whole"),
    "something stands before it": (lambda raw, _: b"x" + raw, "bundle-whole"),
    "encrypted": (encrypted, "bundle-readable"),
    "packed another way": (
        lambda _, files: zipped(files.items(), zipfile.ZIP_BZIP2),
        "bundle-readable",
    ),
    "a bit flipped early": (flipped(TRACE, 0.02), "bundle-intact"),
    "a bit flipped late": (flipped(TRACE, 0.9), "bundle-intact"),
    "a wrong hash": (wrong_hash, "bundle-hashes"),
    "another file than was packed": (with_files(log=b"Nothing was wrong.\n"), "bundle-hashes"),
    "a file left out of the manifest": (manifest(members={}), "bundle-hashes"),
    "a newer schema": (manifest(schema_version=2), "bundle-schema"),
    "no schema": (manifest(schema_version=None), "bundle-schema"),
    "a manifest of brackets": (with_files(manifest=b"[" * 60_000), "bundle-readable"),
    "half a character": (with_files(manifest=b'{"title": "\\ud800"}'), "bundle-readable"),
    "no manifest": (with_files(manifest=b"[]"), "bundle-schema"),
    "a nonce nobody gave": (manifest(nonce="29991231-" + "0" * 24), "nonce-known"),
    "a nonce of last year": (manifest(nonce="20251231-" + "0" * 24), "nonce-in-time"),
}
"""What was done → how, and the name of the finding."""
