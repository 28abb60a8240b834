"""The child's side of a window, with a pipeline and a clock that are made up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest

from runners.bench import wire
from runners.bench.blocks import Row
from runners.bench.child import LONGEST_UNTOLD_S, Voice, Work
from runners.bench.tasks import Answer


class Toy:
    """A pipeline whose queries each take a tenth of a second of a made clock."""

    architecture, dtype, longest_input = "Toy", "float32", 1
    phases: tuple[str, ...] = ("forward",)
    unused_weights: tuple[str, ...] = ()
    kept_fp32: tuple[str, ...] = ()
    labels: tuple[str, ...] = ("cat", "dog")
    params: int | None = None
    steps: int | None = None
    resolution: str | None = None

    def __init__(self, each_s: float = 0.1) -> None:
        self.each_s, self.now_s = each_s, 0.0
        self.ran: list[int] = []
        self.synchronised: list[int] = []
        self.batches: list[int] = []

    def clock(self) -> float:
        return self.now_s

    def run(self, phase: str, query: int) -> Answer:
        self.now_s += self.each_s
        self.ran.append(query)
        return Answer(2, 3, usable=query != 1, audio_s=0.5, raw=f"answer {query}")

    def run_together(self, phase: str, queries: Sequence[int]) -> list[Answer]:
        self.batches.append(len(queries))
        return [self.run(phase, query) for query in queries]

    def tell(self, raw: object) -> object:
        return raw

    def output(self, row: Row) -> object:
        return f"of {row[0]!s}"

    def synchronise(self) -> None:
        self.synchronised.append(len(self.ran))

    def gpu_uuids(self) -> tuple[str, ...]:
        return ()

    def peak_memory_bytes(self) -> int:
        return 0


class Line:
    """Both ends of the child's pipes, in one process."""

    def __init__(self) -> None:
        self.reads, into = os.pipe()
        outof, self.writes = os.pipe()
        self.into, self.outof = os.fdopen(into, "wb", 0), os.fdopen(outof, "rb")
        self.voice = Voice(os.fdopen(self.reads, "rb"), os.fdopen(self.writes, "wb", 0))

    def tell(self, message: wire.ParentMessage) -> None:
        self.into.write(wire.encode(message))

    def heard(self) -> list[wire.ChildMessage]:
        """All that was said so far."""
        os.set_blocking(self.outof.fileno(), False)
        return [wire.from_child(line) for line in (self.outof.read() or b"").splitlines()]


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    for stream in (line.into, line.outof, line.voice._reading, line.voice._writing):
        stream.close()


def asked(at_least_s: float, at_least_queries: int = 1, whole_passes: bool = True) -> wire.Measure:
    return wire.Measure(
        phase="forward",
        at_least_s=at_least_s,
        at_least_queries=at_least_queries,
        whole_passes=whole_passes,
        seed="7",
    )


def kinds(messages: list[wire.ChildMessage]) -> list[str]:
    return [message.kind for message in messages]


def test_the_load_is_on_until_the_parent_speaks(line: Line) -> None:
    toy = Toy()
    work = Work(toy, 4, asked(1), line.voice, toy.clock)
    line.tell(wire.Go())
    assert work.until_told(wire.Lead()) == wire.Go()
    assert kinds(line.heard()) == ["lead"]
    assert toy.ran == [0]


def test_a_parent_that_is_gone_ends_the_work(line: Line) -> None:
    toy = Toy()
    line.into.close()
    assert Work(toy, 4, asked(1), line.voice, toy.clock).until_told() is None


def test_a_parent_that_forgets_its_child_frees_the_device(line: Line) -> None:
    toy = Toy(each_s=5.0)
    assert Work(toy, 4, asked(1), line.voice, toy.clock).until_told(wire.Lead()) is None
    assert toy.now_s == pytest.approx(LONGEST_UNTOLD_S, abs=10)
    assert kinds(line.heard())[:2] == ["lead", "tick"]


def test_a_batch_that_does_not_divide_the_block_is_counted_right(line: Line) -> None:
    toy, answers = Toy(), dict[int, str]()
    done = Work(toy, 7, asked(1.3), line.voice, toy.clock, answers, batch=3).measure()
    # Two passes of seven queries: 3, 3, and one that goes alone.
    assert (done.queries, done.passes, done.answered) == (14, 2, 12)
    assert toy.batches == [3, 3, 3, 3]
    assert (done.tokens_in, done.tokens_out) == (28, 42)
    assert sorted(toy.ran[:7]) == sorted(toy.ran[7:]) == list(range(7))
    assert answers == {query: f"answer {query}" for query in range(7)}


def test_a_window_is_whole_passes_between_two_quiet_edges(line: Line) -> None:
    toy = Toy()
    done = Work(toy, 4, asked(2.05), line.voice, toy.clock).measure()
    assert (done.queries, done.passes, done.answered) == (24, 6, 18)
    assert (done.tokens_in, done.tokens_out, done.audio_s) == (48, 72, 12.0)
    assert toy.synchronised == [0, 24]
    orders = [tuple(toy.ran[begin : begin + 4]) for begin in range(0, 24, 4)]
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)
    assert len(set(orders)) > 1
    said = line.heard()
    assert kinds(said)[0] == "begin"
    assert kinds(said)[-1] == "end"


def test_the_second_edge_is_announced_half_a_second_before(line: Line) -> None:
    toy = Toy()
    Work(toy, 4, asked(2.05), line.voice, toy.clock).measure()
    near = [message for message in line.heard() if isinstance(message, wire.Tick) and message.near]
    assert near[0].queries in (18, 19)


@pytest.mark.parametrize("each_s", [0.4, 3.0])
def test_long_queries_announce_it_before_the_last_one_begins(line: Line, each_s: float) -> None:
    toy = Toy(each_s)
    done = Work(toy, 4, asked(1), line.voice, toy.clock).measure()
    near = [message for message in line.heard() if isinstance(message, wire.Tick) and message.near]
    assert done.queries == 4
    assert near[0].queries in (2, 3)


def test_a_warm_up_slice_may_end_after_any_query(line: Line) -> None:
    toy = Toy()
    done = Work(toy, 4, asked(0.55, whole_passes=False), line.voice, toy.clock).measure()
    assert (done.queries, done.passes) == (6, 1)
    done = Work(toy, 4, asked(0, at_least_queries=9), line.voice, toy.clock).measure()
    assert (done.queries, done.passes) == (12, 3)
