"""Reads somebody's CSV without guessing: every cell stays the text it was, every fault names its line."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.domain import BadFile

OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}
"""Read as commas they would make one column of everything; the message says what to do instead."""
_BYTE_ORDER_MARK = "\ufeff"
_LONGEST_SHOWN = 40
_MOST_NAMES = 30
# float() would also take "1_000", "nan", "infinity" and digits of other scripts.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}([,' .\u00a0\u202f]\d{3})+([.,]\d+)?", re.ASCII)


@dataclass(frozen=True)
class Sheet:
    """A CSV file: its header, its rows as text, and the line each row starts at."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> int:
        """Where a column stands.

        Raises:
            BadFile: there is none of that name; the remedy lists those there are.
        """
        if name not in self.header:
            names = ", ".join(shown(column) for column in self.header[:_MOST_NAMES])
            more = len(self.header) - _MOST_NAMES
            also = f" and {more} more" if more > 0 else ""
            raise BadFile(f"{self.name} has no column {shown(name)}.", f"Its columns are {names}{also}.")
        return self.header.index(name)


def read_bytes(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        BadFile: it is not there, is a folder, or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadFile(f"There is no file {path}.", "Check the path; - reads standard input.") from error
    except IsADirectoryError as error:
        raise BadFile(f"{path} is a folder.", "Name a CSV file in it.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadFile(f"{path} cannot be read: {why}.", "Check the file and its permissions.") from error


def read_sheet(data: bytes, name: str, wanted: Collection[str]) -> Sheet:
    """A CSV file's header and rows: UTF-8 without a byte order mark, commas; blank lines are passed over.

    Nothing is guessed: a file in another dialect is refused with what to do, because a wrong guess would
    give wrong stars without a word.

    Args:
        wanted: columns that will be asked for; they tell another separator from a name that holds it.

    Raises:
        BadFile: it is not such a file; the message names the line.
    """
    text = _decode(data, name)
    if not text.strip():
        raise BadFile(f"{name} is empty.", "Give a CSV file with a header line and rows.")
    _check_separator(text, name, wanted)
    records = _records(text, ",", name)
    first_line, header = next(records)
    _check_header(header, name, first_line)
    rows, lines = [], []
    for line, record in records:
        if len(record) != len(header):
            raise BadFile(
                f"{name}, line {line}: {len(record)} cells, where the header has {len(header)} columns.",
                "Give every row one cell per column, and put quotes round text that holds the separator.",
            )
        rows.append(tuple(record))
        lines.append(line)
    if not rows:
        raise BadFile(f"{name} has a header and no rows.", "Give at least one row.")
    return Sheet(name, tuple(header), tuple(rows), tuple(lines))


def number(text: str, where: str) -> float | None:
    """A finite number above zero out of a cell; None where the cell is blank.

    Raises:
        BadFile: it holds anything else; the message begins with `where`.
    """
    stripped = text.strip()
    if not stripped:
        return None
    if not _NUMBER.fullmatch(stripped):
        if _GROUPED.fullmatch(stripped) or _DECIMAL_COMMA.fullmatch(stripped):
            remedy = "Write numbers with a decimal point and without thousands separators, as in 1234.5."
        else:
            remedy = "Write a number above zero, or leave the cell blank where nothing was measured."
        raise BadFile(f"{where}: {shown(stripped)} is not a number.", remedy)
    value = float(stripped)
    if value == 0 or value < 0 or value == float("inf"):
        raise BadFile(
            f"{where}: {shown(stripped)} cannot be an energy; it must be above zero and finite.",
            "Mend it, or leave the cell blank where nothing was measured.",
        )
    return value


def shown(text: str) -> str:
    """What somebody wrote, quoted, at most forty characters of it, without control characters."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")


def _decode(data: bytes, name: str) -> str:
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise BadFile(
            f"{name}, line {line}: it holds NUL bytes, so it is not plain UTF-8 text.",
            "Save it as CSV in UTF-8 (not UTF-16, not a spreadsheet file).",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(f"{name}, line {line}: it is not UTF-8.", "Save it as CSV in UTF-8.") from error
    if text.startswith(_BYTE_ORDER_MARK):
        raise BadFile(
            f"{name} begins with a byte order mark, which would become part of its first column's name.",
            "Save it as plain UTF-8, without BOM.",
        )
    return text


def _check_separator(text: str, name: str, wanted: Collection[str]) -> None:
    def header(separator: str) -> list[str]:
        # Under the wrong separator the quotes of a sound header may look broken.
        with contextlib.suppress(BadFile):
            return next(_records(text, separator, name))[1]
        return []

    if set(wanted) <= set(header(",")):
        return
    for separator, word in OTHER_SEPARATORS.items():
        if set(wanted) <= set(header(separator)) or len(header(separator)) > len(header(",")):
            raise BadFile(f"{name} is separated by {word}.", "Save it with commas and decimal points.")


def _records(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Records that are not blank, each with the line it starts at."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if record:
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(
            f"{name}, line {line}: {error}.",
            "Close every quote, double quotes inside quoted text, keep cells under 131,072 characters.",
        ) from error


def _check_header(header: Sequence[str], name: str, line: int) -> None:
    seen: set[str] = set()
    for column in header:
        if column in seen:
            raise BadFile(
                f"{name}, line {line}: the column {shown(column)} stands twice in the header.",
                "Rename one of them.",
            )
        seen.add(column)
