"""The load generator against a small real server over loopback, well behaved and not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from runners.bench import wire
from runners.bench.serving.answers import Answer
from runners.bench.serving.client import put
from runners.bench.serving.steady import bounds
from tests.fakes.serving import Counting, Habits, Serving

B, N, TOKENS = 4, 16, 6


def load(folder: Path, server: Serving, **fields: Any) -> tuple[list[Answer], list[str]]:
    """Put sixteen requests on a server; what came, and what was said meanwhile."""
    chat = fields.get("path", "").endswith("chat/completions")
    said = {"messages": [{"role": "user", "content": "a b"}]} if chat else {"prompt": "a b c"}
    body = {"model": "m", "stream": True, "stream_options": {"include_usage": True}, "max_tokens": TOKENS}
    (folder / "bodies.json").write_text(json.dumps([{**body, **said, "ignore_eos": True}] * 8))
    asked: dict[str, Any] = {
        "address": server.url,
        "path": "/v1/completions",
        "bodies": str(folder / "bodies.json"),
        "requests": N,
        "at_once": B,
        "open_at_most": 64,
        "seed": "1",
        "stall_s": 60.0,
        "answers": "not written here",
    }
    heard: list[wire.ChildMessage] = []
    # In a thread of its own: in this one a browser's event loop may be running.
    with ThreadPoolExecutor(1) as apart:
        answers = apart.submit(put, wire.Serve(**{**asked, **fields}), heard.append).result()
    return answers, [message.kind for message in heard if message.kind != "tick"]


def test_every_token_is_counted_as_the_server_counts_it(tmp_path: Path) -> None:
    with Serving(Counting(0.002), B) as server:
        answers, heard = load(tmp_path, server)
    assert heard == ["begin", "end"]
    assert {answer.fault for answer in answers} == {""}
    assert sum(answer.counted for answer in answers) == len(server.batcher.written) == N * TOKENS
    assert {(answer.usage_in, answer.usage_out) for answer in answers} == {(3, TOKENS)}
    # All at once, and no more than B of them together.
    assert server.batcher.most_together == B
    assert bounds(answers, B) is not None
    # Whole passes, each in its own order.
    orders = [[answer.query for answer in answers[at : at + 8]] for at in (0, 8)]
    assert [sorted(order) for order in orders] == [list(range(8))] * 2
    assert orders[0] != orders[1]
    for answer in answers:
        assert answer.send_s <= answer.pieces_s[0] <= answer.pieces_s[-1] <= answer.end_s


def test_the_client_holds_back_where_the_server_has_another_limit(tmp_path: Path) -> None:
    with Serving(Counting(0.002), 64) as server:
        answers, _ = load(tmp_path, server, open_at_most=B, path="/v1/chat/completions")
    assert server.batcher.most_together <= B
    assert {answer.counted for answer in answers} == {TOKENS}


def test_a_socket_is_as_good_as_a_port(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with Serving(Counting(), B, uds=path, habits=Habits(tokens_a_piece=2, counts_as_it_goes=True)) as server:
        answers, _ = load(tmp_path, server)
    assert {tuple(answer.tokens) for answer in answers} == {(2, 2, 2)}
    assert not any(answer.miscounted(0.1) for answer in answers)


@pytest.mark.parametrize(
    ("habits", "fault", "words"),
    [
        (Habits(every=4, closes_after=2), "closed", "RemoteProtocolError"),
        (Habits(every=4, stalls_after=2), "stalled", "nothing came for 0.4 s"),
        (Habits(every=4, answers_html=True), "incompatible", "text/html"),
    ],
    ids=["closes", "stalls", "html"],
)
def test_what_a_server_does_wrong_is_named_and_the_rest_is_kept(
    tmp_path: Path, habits: Habits, fault: str, words: str
) -> None:
    with Serving(Counting(0.002), B, habits=habits) as server:
        answers, heard = load(tmp_path, server, **({"stall_s": 0.4} if fault == "stalled" else {}))
    wrong = [answer for answer in answers if answer.fault]
    assert {answer.fault for answer in wrong} == {fault}
    assert len(wrong) == N // 4 or fault == "stalled"
    assert words in wrong[0].said
    assert all(answer.counted == TOKENS for answer in answers if not answer.fault)
    assert heard == ["begin", "end"]


def test_no_usage_and_a_wrong_one(tmp_path: Path) -> None:
    with Serving(Counting(), B, habits=Habits(tells_usage=False)) as server:
        answers, _ = load(tmp_path, server)
    assert {answer.usage_out for answer in answers} == {None}
    assert {answer.tokens_out(0.1) for answer in answers} == {TOKENS}
    with Serving(Counting(), B, habits=Habits(miscounts_by=3)) as server:
        answers, _ = load(tmp_path, server)
    assert all(answer.miscounted(0.1) for answer in answers)
    assert {answer.tokens_out(0.1) for answer in answers} == {TOKENS}


def test_a_server_that_always_fails_never_is_steady(tmp_path: Path) -> None:
    with Serving(Counting(), B, habits=Habits(answers_html=True)) as server:
        answers, heard = load(tmp_path, server)
        address = server.url
    assert {answer.fault for answer in answers} == {"incompatible"}
    assert heard == ["begin", "end"]
    gone, _ = load(tmp_path, server, address=address)
    assert {answer.fault for answer in gone} == {"refused"}
