"""A bundle's files out of its zip, under caps. What comes is hostile until it is judged (DESIGN §7).

The directory is read by hand and each member streamed: no size is believed, no name becomes a path, and a
zip that is not exactly a bundle is refused before a byte of it is unpacked.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from leaderboard.domain import Refused
from leaderboard.judging.bundle import MOST_BUNDLE_BYTES, MOST_BYTES
from submissions.attested.refusing import AGAIN, refuse

MOST_RATIO = 100
"""A member may be that many times larger than it is packed; text packs to a tenth, samples to a half."""
_RATIO_FROM = 64 * 1024
"""Smaller members may pack better: a log of one line repeated."""
_CHUNK = 64 * 1024
_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MOST_DIRECTORY = 16 * 1024
_ENCRYPTED, _DESCRIPTOR_LATER, _DESCRIPTOR_BYTES = 0x1, 0x8, 16
_STORED, _DEFLATED = 0, 8


class Entry(NamedTuple):
    """A member as the zip's directory tells it."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    offset: int


def unpack(path: Path, folder: Path) -> None:
    """Write a bundle's members into a folder, each under its own name.

    Raises:
        Refused: it is not exactly a bundle; the finding names how.
    """
    size = path.stat().st_size
    if size > MOST_BUNDLE_BYTES:
        raise refuse(
            "bundle-size",
            f"The bundle has {size:,} bytes; {MOST_BUNDLE_BYTES:,} are taken.",
            "Send what `runners bundle` wrote and nothing besides.",
        )
    with path.open("rb") as file:
        entries, directory = read_directory(file, size)
        _check_names(entries)
        _check_sizes(entries)
        for entry, start in _places(file, entries, directory):
            _stream(file, entry, start, folder / entry.name)


def read_directory(file: BinaryIO, size: int) -> tuple[list[Entry], int]:
    """The members that the zip's own directory lists, and where that begins. Raises Refused."""
    file.seek(max(0, size - _END.size))
    end = file.read(_END.size)
    if len(end) < _END.size or end[:4] != b"PK\5\6":
        file.seek(0)
        begun = file.read(4) == b"PK\3\4"
        raise refuse(
            "bundle-whole" if begun else "bundle-is-zip",
            "The zip ends in the middle: a part of it did not arrive, or something hangs on its end."
            if begun
            else "This is no zip.",
            AGAIN,
        )
    _, disk, start_disk, here, count, directory_size, directory, comment = _END.unpack(end)
    if count > len(MOST_BYTES):
        raise refuse(
            "bundle-entries", f"The zip has {count:,} entries; a bundle has {len(MOST_BYTES)}.", AGAIN
        )
    whole = directory + directory_size + _END.size == size and here == count
    if disk or start_disk or comment or not whole or directory_size > _MOST_DIRECTORY:
        raise refuse("bundle-whole", "The zip's directory is not where the zip says: it is damaged.", AGAIN)
    file.seek(directory)
    raw, place, entries = file.read(directory_size), 0, []
    while place < directory_size:
        entry, place = _entry(raw, place)
        entries.append(entry)
    if len(entries) != count:
        told = f"The zip says that it has {count} entries and lists {len(entries)}."
        raise refuse("bundle-entries", told, AGAIN)
    return entries, directory


def _entry(raw: bytes, place: int) -> tuple[Entry, int]:
    if len(raw) - place < _ENTRY.size or raw[place : place + 4] != b"PK\1\2":
        raise refuse("bundle-whole", "The zip's directory is damaged.", AGAIN)
    told = _ENTRY.unpack_from(raw, place)
    flags, method, (crc, packed, size) = told[3], told[4], told[7:10]
    name_size, extra, comment, mode, offset = *told[10:13], told[15], told[16]
    begin = place + _ENTRY.size
    name = raw[begin : begin + name_size].decode("utf-8", errors="replace")
    following = begin + name_size + extra + comment
    if following > len(raw):
        raise refuse("bundle-whole", "The zip's directory is damaged.", AGAIN)
    return Entry(name, flags, method, crc, packed, size, mode >> 16, offset), following


def _check_names(entries: list[Entry]) -> None:
    for entry in entries:
        shown = repr(entry.name if len(entry.name) <= 60 else entry.name[:59] + "…")
        if entry.name.startswith(("/", "\\")) or entry.name[1:2] == ":":
            raise refuse("bundle-names", f"The entry {shown} has an absolute path.", AGAIN)
        if ".." in entry.name.replace("\\", "/").split("/"):
            raise refuse("bundle-names", f"The entry {shown} leads out of its folder.", AGAIN)
        if stat.S_ISLNK(entry.mode):
            raise refuse("bundle-links", f"The entry {shown} is a symbolic link.", AGAIN)
        if entry.name not in MOST_BYTES:
            known = f"A bundle has {', '.join(MOST_BYTES)}."
            raise refuse("bundle-names", f"A bundle has no entry {shown}.", f"{known} {AGAIN}")
        if entry.flags & _ENCRYPTED:
            raise refuse("bundle-readable", f"The entry {shown} is encrypted.", AGAIN)
        if entry.method not in (_STORED, _DEFLATED):
            raise refuse(
                "bundle-readable", f"The entry {shown} is packed in another way than deflate.", AGAIN
            )
    twice = [name for name, times in Counter(entry.name for entry in entries).items() if times > 1]
    if twice:
        raise refuse("bundle-names-once", f"The name {twice[0]} is in the zip more than once.", AGAIN)
    missing = [name for name in MOST_BYTES if name not in {entry.name for entry in entries}]
    if missing:
        raise refuse("bundle-complete", f"The bundle lacks {', '.join(missing)}.", AGAIN)


def _check_sizes(entries: list[Entry]) -> None:
    for entry in entries:
        if entry.size > _RATIO_FROM and entry.size > MOST_RATIO * max(entry.packed, 1):
            times = entry.size // max(entry.packed, 1)
            raise refuse(
                "bundle-ratio",
                f"{entry.name} would be {times:,} times larger than it is packed; "
                f"more than {MOST_RATIO} is not unpacked.",
                AGAIN,
            )
        _check_size(entry.name, entry.size)


def _check_size(name: str, size: int) -> None:
    if size > MOST_BYTES[name]:
        raise refuse(
            "bundle-size",
            f"{name} would have {size:,} bytes; {MOST_BYTES[name]:,} are taken.",
            "A run of more than five hours is too long for a bundle; ask the operators.",
        )


def _places(file: BinaryIO, entries: list[Entry], directory: int) -> Iterator[tuple[Entry, int]]:
    """Where each member's bytes begin: one after another, from the first byte on, none inside another."""
    expected = 0
    for entry in sorted(entries, key=lambda one: one.offset):
        file.seek(entry.offset)
        raw = file.read(_LOCAL.size)
        if len(raw) < _LOCAL.size or raw[:4] != b"PK\3\4":
            raise refuse("bundle-intact", f"{entry.name} is not where the zip's directory says.", AGAIN)
        _, _, flags, method, _, _, crc, packed, size, name_size, extra = _LOCAL.unpack(raw)
        name = file.read(name_size).decode("utf-8", errors="replace")
        later = bool(flags & _DESCRIPTOR_LATER)
        alike = later or (crc, packed, size) == (entry.crc, entry.packed, entry.size)
        if name != entry.name or method != entry.method or not alike:
            told = f"The zip says one thing of {entry.name} in its directory and another beside its bytes."
            raise refuse("bundle-sizes-true", told, AGAIN)
        start = entry.offset + _LOCAL.size + name_size + extra
        if entry.offset - expected not in range(_DESCRIPTOR_BYTES + 1) or start + entry.packed > directory:
            raise refuse("bundle-sizes-true", f"{entry.name} lies across another part of the zip.", AGAIN)
        expected = start + entry.packed
        yield entry, start


def _stream(file: BinaryIO, entry: Entry, start: int, target: Path) -> None:
    file.seek(start)
    crc = written = 0
    with target.open("xb") as out:
        for part in _unpacked(file, entry):
            written += len(part)
            if written > entry.size:
                raise _lies(entry, f"more than the {entry.size:,} bytes")
            crc = zlib.crc32(part, crc)
            out.write(part)
    if written != entry.size:
        raise _lies(entry, f"{written:,} and not the {entry.size:,} bytes")
    if crc != entry.crc:
        raise refuse("bundle-intact", f"{entry.name} is damaged: its checksum differs.", AGAIN)


def _unpacked(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    left = entry.packed
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0:
        raw = file.read(min(_CHUNK, left))
        if not raw:
            raise refuse("bundle-whole", f"{entry.name} ends in the middle.", AGAIN)
        left -= len(raw)
        if entry.method == _STORED:
            yield raw
            continue
        try:
            while raw:
                yield inflate.decompress(raw, _CHUNK)
                raw = inflate.unconsumed_tail
        except zlib.error as error:
            raise refuse(
                "bundle-intact", f"{entry.name} is damaged and cannot be unpacked.", AGAIN
            ) from error
    if entry.method == _DEFLATED:
        if not inflate.eof or inflate.unused_data:
            raise refuse("bundle-intact", f"{entry.name} is damaged: its bytes end elsewhere.", AGAIN)
        yield inflate.flush()


def _lies(entry: Entry, found: str) -> Refused:
    return refuse("bundle-sizes-true", f"{entry.name} unpacks to {found} that the zip tells.", AGAIN)
