from __future__ import annotations

import pytest

from leaderboard.domain import ChildFailed, Device
from runners.bench import wire

PARENT = (
    wire.Load(folder="m", queries="q.json", device=Device.CPU, precision="fp32", max_input_tokens=8),
    wire.Measure(phase="forward", at_least_s=1, at_least_queries=1, whole_passes=True, seed="1"),
    wire.Go(),
    wire.Stop(),
)
CHILD = (
    wire.Ready(dtype="float32", architecture="A", phases=("forward",), queries=1, longest_input=1, threads=1),
    wire.Lead(),
    wire.Begin(),
    wire.Tick(queries=3),
    wire.Tick(queries=4, near=True),
    wire.End(),
    wire.Done(queries=1, answered=1, passes=1, tokens_in=1, tokens_out=0),
    wire.Bye(peak_memory_bytes=0),
    wire.Failure(cause="weights", message="missing: a"),
)


@pytest.mark.parametrize("message", PARENT, ids=lambda message: message.kind)
def test_what_the_parent_says_is_understood(message: wire.ParentMessage) -> None:
    line = wire.encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert wire.from_parent(line) == message


@pytest.mark.parametrize("message", CHILD, ids=lambda message: message.kind)
def test_what_the_child_says_is_understood(message: wire.ChildMessage) -> None:
    assert wire.from_child(wire.encode(message)) == message


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Loading weights: 100%",
        b"\xff\xfe",
        b"[]",
        b'{"kind": "verdict"}',
        b'{"kind": "end", "energy_j": 1}',
        b'{"kind": "done", "queries": -1, "answered": 0, "passes": 0, "tokens_in": 0, "tokens_out": 0}',
        b'{"kind": "go"}',
    ],
)
def test_anything_else_is_a_named_error(line: bytes) -> None:
    with pytest.raises(ChildFailed, match="no message"):
        wire.from_child(line)


def test_a_long_line_is_shown_in_part() -> None:
    with pytest.raises(ChildFailed) as caught:
        wire.from_child(b"x" * 10_000)
    assert len(str(caught.value)) < 400
