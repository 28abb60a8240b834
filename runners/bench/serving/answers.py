"""One request and what came of it, as the client writes it down; and all of them as `requests.parquet`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

Fault = Literal["", "closed", "stalled", "incompatible", "refused"]
REQUESTS = "requests.parquet"
"""In a run's folder: every request of every load."""


@dataclass
class Answer:
    """One request. Times are CLOCK_MONOTONIC, seconds."""

    request: int
    """Its place in the load, from 0."""
    query: int
    """Row of the block."""
    send_s: float = 0.0
    pieces_s: list[float] = field(default_factory=list)
    """When each piece of the answer came."""
    tokens: list[int] = field(default_factory=list)
    """Tokens in each piece: by the server's running count where it tells one, else one."""
    end_s: float = 0.0
    """When the answer was whole, or the request was given up."""
    usage_in: int | None = None
    usage_out: int | None = None
    """What the server counted; None: it did not say."""
    retokenised: int | None = None
    """Tokens that the model's own tokenizer finds in the text, where pieces and server differ."""
    finish: str = ""
    """Why the server ended: `stop` or `length`."""
    fault: Fault = ""
    """What went wrong; empty when the answer is whole."""
    said: str = ""
    """The fault in a line."""

    @property
    def first_s(self) -> float | None:
        """Its first token's time (the end of the wait that TTFT tells)."""
        return self.pieces_s[0] if self.pieces_s else None

    @property
    def counted(self) -> int:
        """Tokens by what was streamed."""
        return sum(self.tokens)

    def miscounted(self, tolerance: float) -> bool:
        """Whether the server's count is neither that of the pieces nor, within a tolerance, the tokenizer's.

        A piece may hold several tokens, and never less than one.
        """
        if self.usage_out is None or self.usage_out == self.counted:
            return False
        # The token that ends a sequence is written and has no text.
        if self.finish == "stop" and self.usage_out == self.counted + 1:
            return False
        if self.retokenised is None or self.usage_out < self.counted:
            return True
        return abs(self.usage_out - self.retokenised) > tolerance * max(self.retokenised, 1)

    def tokens_out(self, tolerance: float) -> int:
        """Its output tokens: the server's count where that can be believed, else the pieces'."""
        if self.usage_out is None or self.miscounted(tolerance):
            return self.counted
        return self.usage_out


def write_answers(answers: Sequence[Answer], path: Path) -> None:
    """One row a request; raises OSError."""
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist([asdict(answer) for answer in answers], _schema()), path)


def read_answers(path: Path) -> list[Answer]:
    """The answers of a file that `write_answers` wrote."""
    from pyarrow import parquet

    return [Answer(**row) for row in parquet.read_table(path).to_pylist()]


def _schema(*more: tuple[str, Any]) -> Any:
    import pyarrow as pa

    times, counts = pa.list_(pa.float64()), pa.list_(pa.int32())
    kinds = {"pieces_s": times, "tokens": counts, "send_s": pa.float64(), "end_s": pa.float64()}
    kinds |= {name: pa.string() for name in ("finish", "fault", "said")}
    return pa.schema([*more, *((each.name, kinds.get(each.name, pa.int32())) for each in fields(Answer))])


class Book:
    """`requests.parquet` of a run: it grows by a load at a time, and is there also when the run fails."""

    def __init__(self, folder: Path) -> None:
        self._path, self._partial = folder / REQUESTS, folder / f"{REQUESTS}.part"
        self._writer: Any = None

    def add(self, answers: Sequence[Answer], at_once: int, start: int, repeat: int | None) -> None:
        """One load.

        Args:
            repeat: which load of that start; None: it only warmed up.
        """
        import pyarrow as pa
        from pyarrow import parquet

        where = (("at_once", pa.int32()), ("start", pa.int32()), ("repeat", pa.int32()))
        schema = _schema(*where)
        if self._writer is None:
            self._writer = parquet.ParquetWriter(
                self._partial, schema, compression="zstd", write_page_checksum=True
            )
        place = {"at_once": at_once, "start": start, "repeat": repeat}
        self._writer.write_table(pa.Table.from_pylist([place | asdict(each) for each in answers], schema))

    def close(self) -> None:
        """Onto the disk, under its name."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._partial.replace(self._path)
