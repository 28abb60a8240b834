"""Changes of a submission as a stream of events, over a real connection; and where there is no stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from leaderboard.domain import Status, TooMany
from leaderboard.record import Record
from submissions.status.changes import cancel
from submissions.status.live import Streams
from tests import builders
from tests.board.serving import serving
from tests.submissions import scenes
from tests.submissions.scenes import OWNER

_PATIENCE_S = 60.0
"""How long a test waits for what should come at once."""


class Stream:
    """The events of one open stream, one after the other."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def block(self) -> dict[str, str]:
        """The next block: its fields, or a comment under an empty name. Empty at the end."""
        found: dict[str, str] = {}
        for line in self._lines:
            if not line:
                return found
            name, _, value = line.partition(": ")
            found[name] = value
        return found

    def change(self) -> dict[str, Any]:
        """The next change, past what is no event; empty at the end."""
        while block := self.block():
            if block.get("event") == "change":
                return {"id": block["id"], **json.loads(block["data"])}
        return {}


@contextmanager
def followed(address: str, submission: str, **headers: str) -> Iterator[Stream]:
    path = f"{address}/submissions/{submission}/events"
    with httpx2.stream("GET", path, headers=headers, timeout=_PATIENCE_S) as answer:
        yield Stream(answer)


@pytest.fixture
def streams(record: Record) -> Streams:
    return Streams(record)


@pytest.fixture
def address(record: Record, streams: Streams) -> Iterator[str]:
    with serving(scenes.app_of(record, streams=streams)) as opened:
        yield opened


def test_every_change_is_told_until_the_last(record: Record, address: str) -> None:
    submission = scenes.submitted(record)
    with followed(address, submission.id) as stream:
        assert stream.answer.status_code == 200
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.answer.headers
        assert stream.answer.headers["x-accel-buffering"] == "no"
        assert stream.answer.headers["content-security-policy"]
        assert stream.block() == {"retry": "3000"}
        seen = [stream.change()]
        fence = scenes.running(record, submission)
        seen.append(stream.change())
        record.heartbeat(submission.id, fence, builders.progress(0.7), 300)
        seen.append(stream.change())
        cancel(record, submission.id, OWNER)
        # The watcher may have caught the run between two of its own steps.
        while not seen[-1]["final"]:
            seen.append(stream.change())
        assert stream.change() == {}
    assert len({change["id"] for change in seen}) == len(seen) >= 4
    assert [change["final"] for change in seen[:3]] == [False] * 3


def test_who_comes_back_hears_only_what_is_new(record: Record, address: str) -> None:
    submission = scenes.submitted(record)
    with followed(address, submission.id) as stream:
        first = stream.change()
    cancel(record, submission.id, OWNER)
    with followed(address, submission.id, **{"Last-Event-ID": first["id"]}) as stream:
        last = stream.change()
        assert last["final"]
        assert stream.change() == {}
    path = f"{address}/submissions/{submission.id}/events"
    told = httpx2.get(path, headers={"Last-Event-ID": last["id"]})
    # To a browser: do not come back.
    assert (told.status_code, told.content) == (204, b"")


def test_the_page_carries_on_where_it_was_rendered(record: Record, streams: Streams, address: str) -> None:
    submission = scenes.submitted(record)
    page = httpx2.get(f"{address}/submissions/{submission.id}").text
    where = page.split('data-events="', 1)[1].split('"', 1)[0]
    with httpx2.stream("GET", address + where, timeout=_PATIENCE_S) as answer:
        stream = Stream(answer)
        assert stream.block() == {"retry": "3000"}
        cancel(record, submission.id, OWNER)
        assert stream.block()["data"] == '{"final": true}'
    done = httpx2.get(f"{address}/submissions/{submission.id}").text
    assert "data-events" not in done


def test_another_submissions_change_is_no_news_but_a_place_in_the_queue_is(
    record: Record, address: str
) -> None:
    first, second = scenes.submitted(record), scenes.submitted(record, "org/second")
    third = scenes.submitted(record, "org/third")
    with followed(address, second.id) as stream:
        before = stream.change()
        # Behind it: nothing to be told.
        cancel(record, third.id, OWNER)
        assert record.stamps([second.id])[second.id].text == before["id"]
        cancel(record, first.id, OWNER)
        assert stream.change()["id"] == record.stamps([second.id])[second.id].text != before["id"]


def test_silence_is_filled_and_a_stop_ends_every_stream(record: Record) -> None:
    submission = scenes.submitted(record)
    streams = Streams(record, keep_alive_s=0.01)
    with serving(scenes.app_of(record, streams=streams)) as address, followed(address, submission.id) as one:
        assert one.change()["final"] is False
        assert one.block() == {"": "still here"}
        streams.end()
        while one.block():
            pass
        # Whoever comes now is told to come later.
        assert httpx2.get(f"{address}/submissions/{submission.id}/events").status_code == 429


def test_a_server_that_stops_does_not_wait_for_its_streams(record: Record, streams: Streams) -> None:
    submission = scenes.submitted(record)
    with serving(scenes.app_of(record, streams=streams)) as address:
        opened = httpx2.stream("GET", f"{address}/submissions/{submission.id}/events", timeout=_PATIENCE_S)
        stream = Stream(opened.__enter__())
        assert stream.change()
    # The server is down by now; had the stream been cut and not ended, reading on would be an error.
    try:
        assert stream.change() == {}
    finally:
        opened.__exit__(None, None, None)


def test_streams_are_few_and_who_gets_none_is_told_to_ask(record: Record) -> None:
    submission = scenes.submitted(record)
    streams = Streams(record, most=2, most_per_address=1)
    with serving(scenes.app_of(record, streams=streams)) as address:
        with followed(address, submission.id) as stream:
            assert stream.change()
            assert streams.open == 1
            refused = httpx2.get(f"{address}/submissions/{submission.id}/events")
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) > 0
            # Only streams are short: the page itself is there.
            assert httpx2.get(f"{address}/submissions/{submission.id}").status_code == 200
            streams.check_room("elsewhere")
            cancel(record, submission.id, OWNER)
            while stream.change():
                pass
        # It ended on both sides: its place is free again.
        streams.check_room("127.0.0.1")
        assert streams.open == 0
    with pytest.raises(TooMany):
        Streams(record, most=0).check_room("anywhere")


def test_who_goes_away_frees_a_place(record: Record, streams: Streams, address: str) -> None:
    submission = scenes.submitted(record)
    with followed(address, submission.id) as stream:
        assert stream.change()
        assert streams.open == 1
    for _ in range(1000):
        if streams.open == 0:
            break
        httpx2.get(f"{address}/submissions/{submission.id}")
    assert streams.open == 0


def test_a_stream_of_nothing_is_not_found(record: Record) -> None:
    client = TestClient(scenes.app_of(record))
    assert client.get("/submissions/000000000000/events").status_code == 404
    submission = scenes.in_state(record, Status.QUEUED)
    head = client.head(f"/submissions/{submission.id}/events")
    assert (head.status_code, head.content) == (200, b"")
