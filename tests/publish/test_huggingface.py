"""The Hub's client's many errors, told apart by what to do, on a loopback Hub that misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from huggingface_hub import constants

from leaderboard.domain import Forbidden, HubUnavailable, NotFound, Refused
from leaderboard.publish import build
from leaderboard.publish.hub import HubBusy, StaleParent
from leaderboard.publish.huggingface import HfHub
from leaderboard.publish.manifest import Change
from leaderboard.publish.pace import Patience
from leaderboard.publish.push import push
from tests.fakes.hub import Fault, LoopbackHub
from tests.publish import views

# The client's own: it hands LFS uploads to its HTTP library under a deprecated name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

NAME = "starwatt/energy-ratings-dev"


@pytest.fixture
def loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with LoopbackHub(tmp_path / "hub") as loopback:
        yield loopback


@pytest.fixture
def hub(loopback: LoopbackHub) -> HfHub:
    return HfHub(loopback.endpoint, loopback.write_token)


def commits(loopback: LoopbackHub) -> int:
    """How many commits were made after the first, empty one."""
    (repo,) = [repo for repo in loopback.store.repos("dataset") if repo.id == NAME]
    return len(list(loopback.store.history(repo, "main"))) - 1


def on(suffix: str, *faults: Fault | None, phase: str = "before") -> Callable[..., Fault | None]:
    """Line faults up for requests whose path ends so, one each; None lets one through."""
    left = list(faults)

    def hook(method: str, path: str, now: str) -> Fault | None:
        if method in ("POST", "PUT") and suffix in path and now == phase and left:
            return left.pop(0)
        return None

    return hook


def files() -> dict[str, bytes]:
    return dict(build(views.view(), "starwatt/energy")["ratings-dev"])


def send(hub: HfHub, waits: list[float]) -> None:
    push(hub, NAME, "ratings-dev", files(), patience=Patience(tries=4, sleep=waits.append))


def test_a_data_set_arrives_whole_in_one_commit(loopback: LoopbackHub, hub: HfHub) -> None:
    send(hub, [])
    head = hub.head(NAME)
    assert head is not None
    assert {path: hub.read(NAME, path, head) for path in files()} == files()
    send(hub, [])
    assert commits(loopback) == 1


def test_what_is_public_is_read_without_a_token(loopback: LoopbackHub, hub: HfHub) -> None:
    send(hub, [])
    anyone = HfHub(loopback.endpoint, None)
    head = anyone.head(NAME)
    assert head is not None
    assert anyone.read(NAME, "README.md", head) == files()["README.md"]


def test_it_waits_as_long_as_the_hub_says_and_then_gets_through(loopback: LoopbackHub, hub: HfHub) -> None:
    waits: list[float] = []
    loopback.faults = on(
        "/commit/", Fault(429, {"Retry-After": "7"}), Fault(503), Fault(503, {"Retry-After": "2"})
    )
    send(hub, waits)
    assert waits == [7.0, 2.0, 2.0]
    assert commits(loopback) == 1


@pytest.mark.parametrize("seconds", [3600, -3600, None])
def test_a_date_says_how_long_too(loopback: LoopbackHub, hub: HfHub, seconds: int | None) -> None:
    hub.ensure(NAME)
    value = "soon"
    if seconds is not None:
        value = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    loopback.faults = on("/commit/", Fault(429, {"Retry-After": value}))
    with pytest.raises(HubBusy) as asked:
        hub.commit(NAME, Change({"a.txt": b"1"}), hub.head(NAME) or "", "One")
    if seconds is None:
        assert asked.value.retry_after_s is None
    else:
        # The date is a whole second, and a little of the hour has gone by.
        assert asked.value.retry_after_s == pytest.approx(max(seconds, 0), abs=60)


def test_a_reply_lost_on_the_way_is_found_out(loopback: LoopbackHub, hub: HfHub) -> None:
    waits: list[float] = []
    loopback.faults = on("/commit/", Fault(0), phase="after")
    send(hub, waits)
    assert len(waits) == 1
    assert commits(loopback) == 1


def test_a_connection_that_breaks_before_is_tried_again(loopback: LoopbackHub, hub: HfHub) -> None:
    waits: list[float] = []
    loopback.faults = on("/commit/", Fault(0))
    send(hub, waits)
    assert len(waits) == 1
    assert commits(loopback) == 1


@pytest.mark.parametrize("status", [409, 412])
def test_409_and_412_both_mean_look_again(loopback: LoopbackHub, hub: HfHub, status: int) -> None:
    hub.ensure(NAME)
    loopback.faults = on("/commit/", Fault(status))
    with pytest.raises(StaleParent):
        hub.commit(NAME, Change({"a.txt": b"1"}), hub.head(NAME) or "", "One")
    loopback.faults = on("/commit/", Fault(status))
    waits: list[float] = []
    send(hub, waits)
    assert len(waits) == 1 and commits(loopback) == 1


def test_a_token_that_may_only_read_is_told_with_a_remedy(loopback: LoopbackHub, hub: HfHub) -> None:
    reader = HfHub(loopback.endpoint, loopback.read_token)
    with pytest.raises(Forbidden, match="HF_TOKEN"):
        send(reader, [])
    hub.ensure(NAME)
    with pytest.raises(Forbidden, match="does not let us write"):
        send(reader, [])
    assert commits(loopback) == 0


def test_a_token_that_nobody_issued(loopback: LoopbackHub) -> None:
    with pytest.raises(Forbidden, match="HF_TOKEN"):
        send(HfHub(loopback.endpoint, "hf_nobody"), [])


def test_an_upload_beside_the_commit_that_is_refused(loopback: LoopbackHub, hub: HfHub) -> None:
    loopback.faults = on("/lfs-objects/", *[Fault(403)] * 9)
    with pytest.raises(Forbidden):
        send(hub, [])
    loopback.faults = None
    assert commits(loopback) == 0


def test_a_card_that_the_hub_does_not_take(loopback: LoopbackHub, hub: HfHub) -> None:
    hub.ensure(NAME)
    head = hub.head(NAME) or ""
    with pytest.raises(Refused, match="refused what was published"):
        hub.commit(NAME, Change({"README.md": b"---\nlicense: [\n---\n# Card\n"}), head, "One")
    loopback.faults = on("/commit/", Fault(400, {"X-Error-Message": "No such thing"}))
    with pytest.raises(Refused, match="No such thing"):
        hub.commit(NAME, Change({"a.txt": b"1"}), head, "One")


def test_a_data_set_that_is_not_there_cannot_be_committed_to(hub: HfHub) -> None:
    with pytest.raises(NotFound, match="no data set"):
        hub.commit("starwatt/nowhere", Change({"a.txt": b"1"}), "0" * 40, "One")


def test_nobody_at_the_address_is_outside_trouble() -> None:
    with pytest.raises(HubBusy, match="did not answer"):
        HfHub("http://127.0.0.1:9", "hf_x").head(NAME)


def test_offline_mode_is_said(monkeypatch: pytest.MonkeyPatch, hub: HfHub) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubUnavailable, match="HF_HUB_OFFLINE"):
        hub.head(NAME)
