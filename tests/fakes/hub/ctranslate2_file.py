"""Reads the tensors of a CTranslate2 model: a `model.bin` of the versions 4 to 6, not quantised.

The file is little-endian and has no padding. A string is a 16-bit length that counts the NUL at its end, then
the bytes. In order:

- 32-bit version of the format, string name of the model's kind, 32-bit revision of that kind, 32-bit count;
- that many variables: string name, 8-bit rank, as many 32-bit sizes, 8-bit type, 32-bit length, bytes;
- 32-bit count of aliases, and for each the string it is called by and the string name of the variable.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# By CTranslate2's number of the type. 5 is bfloat16, which NumPy does not know.
TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}
BFLOAT16 = 5


def read(path: Path, kind: str) -> dict[str, NDArray[Any]]:
    """The variables of the model by name, as stored; an alias is a second name of the same array.

    Raises `ValueError` for another format, another kind of model than `kind`, quantised or bfloat16 weights.
    """
    reader = _Reader(path.read_bytes())
    version = reader.number("I")
    if not 4 <= version <= 6:
        raise ValueError(f"{path.name} has format version {version}; 4, 5 and 6 are understood")
    found = reader.string()
    if found != kind:
        raise ValueError(f"{path.name} holds a {found}, not a {kind}")
    reader.number("I")
    variables = {}
    for _ in range(reader.number("I")):
        name = reader.string()
        if name.endswith("_scale"):
            raise ValueError(f"{path.name} is quantised: {name}")
        shape = [reader.number("I") for _ in range(reader.number("B"))]
        stored = reader.number("B")
        if stored == BFLOAT16:
            raise ValueError(f"{path.name} holds {name} as bfloat16")
        variables[name] = np.frombuffer(reader.take(reader.number("I")), TYPES[stored]).reshape(shape)
    for _ in range(reader.number("I")):
        alias = reader.string()
        variables[alias] = variables[reader.string()]
    if reader.left():
        raise ValueError(f"{path.name} has {reader.left()} bytes after its end")
    return variables


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    def take(self, size: int) -> memoryview:
        if size > self.left():
            raise ValueError("the file ends in the middle")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, code: str) -> int:
        (value,) = struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))
        return int(value)

    def string(self) -> str:
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode()

    def left(self) -> int:
        return len(self._data) - self._at
