"""How large the pages of a Parquet file would be unpacked, before anything unpacks them.

A page's own header, and not the file's directory, decides how much memory a reader takes for it. The headers
are Thrift, compact protocol; only what counts here is read, and the rest skipped.
"""

from __future__ import annotations

from typing import BinaryIO

_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(9)
_LIST, _SET, _STRUCT = 9, 10, 12
_LONGEST_HEADER = 4096
_DEEPEST = 6
_UNPACKED_SIZE, _PACKED_SIZE = 2, 3


class BadPages(ValueError):
    """The headers cannot be read, or do not add up."""


def unpacked_bytes(file: BinaryIO, start: int, length: int, most: int) -> int:
    """What the pages of one column chunk unpack to, bytes; reading stops as soon as that passes `most`.

    Raises:
        BadPages: the headers are damaged, or tell of other lengths than the chunk's.
    """
    place, end, total = start, start + length, 0
    while place < end:
        file.seek(place)
        header = _Header(file.read(min(_LONGEST_HEADER, end - place)))
        sizes = header.read()
        packed, unpacked = sizes.get(_PACKED_SIZE, -1), sizes.get(_UNPACKED_SIZE, -1)
        if packed < 0 or unpacked < 0:
            raise BadPages("a page without a size")
        total += unpacked
        if total > most:
            return total
        place += header.place + packed
    if place != end:
        raise BadPages("pages of another length than their column's")
    return total


class _Header:
    """One page header, as raw bytes and how far they are read."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.place = 0

    def read(self) -> dict[int, int]:
        """The integers of the header by field number."""
        found: dict[int, int] = {}
        number = 0
        while (kind := self._byte()) & 0x0F != _STOP:
            number = number + (kind >> 4) if kind >> 4 else self._zigzag()
            if kind & 0x0F in (_I16, _I32, _I64):
                found[number] = self._zigzag()
            else:
                self._skip(kind & 0x0F, 0)
        return found

    def _skip(self, kind: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise BadPages("a header too deep")
        if kind in (_TRUE, _FALSE):
            return
        if kind == _BYTE:
            self._byte()
        elif kind in (_I16, _I32, _I64):
            self._zigzag()
        elif kind == _DOUBLE:
            self._take(8)
        elif kind == _BINARY:
            self._take(self._varint())
        elif kind in (_LIST, _SET):
            self._skip_list(depth)
        elif kind == _STRUCT:
            while (field := self._byte()) & 0x0F != _STOP:
                if not field >> 4:
                    self._zigzag()
                self._skip(field & 0x0F, depth + 1)
        else:
            raise BadPages("a header of an unknown kind")

    def _skip_list(self, depth: int) -> None:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        if count > _LONGEST_HEADER:
            raise BadPages("a header too long")
        for _ in range(count):
            # A list's booleans take a byte each.
            self._skip(_BYTE if head & 0x0F in (_TRUE, _FALSE) else head & 0x0F, depth + 1)

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, count: int) -> bytes:
        taken = self._raw[self.place : self.place + count]
        if len(taken) < count:
            raise BadPages("a header that ends in the middle")
        self.place += count
        return taken

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise BadPages("a number too long")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
