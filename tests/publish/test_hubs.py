"""One contract for every place that data sets go to: memory, a folder, the Hub through its real client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from leaderboard.publish.folder import FolderHub
from leaderboard.publish.hub import Hub, MemoryHub, StaleParent
from leaderboard.publish.huggingface import HfHub
from leaderboard.publish.manifest import Change
from tests.fakes.hub import LoopbackHub

# The client's own: it hands LFS uploads to its HTTP library under a deprecated name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

REPOSITORY = "starwatt/energy-ratings"
CARD = b"---\nlicense: cc-by-4.0\n---\n# Card\n"
TABLE = bytes(range(256)) * 40


@pytest.fixture(params=["memory", "folder", "hub"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    if request.param == "memory":
        yield MemoryHub()
    elif request.param == "folder":
        yield FolderHub(tmp_path / "published")
    else:
        with pytest.MonkeyPatch.context() as patch, LoopbackHub(tmp_path / "hub") as loopback:
            patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
            yield HfHub(loopback.endpoint, loopback.write_token)


def begun(hub: Hub) -> str:
    hub.ensure(REPOSITORY)
    head = hub.head(REPOSITORY)
    assert head is not None
    return head


def test_a_repository_that_nobody_made_has_no_head_and_no_files(hub: Hub) -> None:
    assert hub.head(REPOSITORY) is None
    assert hub.read(REPOSITORY, "README.md", "main") is None


def test_made_twice_is_made_once(hub: Hub) -> None:
    head = begun(hub)
    hub.ensure(REPOSITORY)
    assert hub.head(REPOSITORY) == head
    assert hub.read(REPOSITORY, "manifest.json", head) is None


def test_a_commit_puts_keeps_and_removes(hub: Hub) -> None:
    first = hub.commit(
        REPOSITORY,
        Change({"README.md": CARD, "task/latest.parquet": TABLE, "old/x.parquet": b"old"}),
        begun(hub),
        "One",
    )
    assert hub.head(REPOSITORY) == first
    second = hub.commit(
        REPOSITORY, Change({"README.md": CARD + b"more\n"}, remove=("old/x.parquet",)), first, "Two"
    )

    assert hub.head(REPOSITORY) == second != first
    assert hub.read(REPOSITORY, "README.md", second) == CARD + b"more\n"
    assert hub.read(REPOSITORY, "task/latest.parquet", second) == TABLE
    assert hub.read(REPOSITORY, "old/x.parquet", second) is None
    assert hub.read(REPOSITORY, "README.md", first) == CARD
    assert hub.read(REPOSITORY, "old/x.parquet", first) == b"old"


def test_a_commit_on_what_is_not_the_newest_is_refused_and_changes_nothing(hub: Hub) -> None:
    start = begun(hub)
    first = hub.commit(REPOSITORY, Change({"a.txt": b"1"}), start, "One")
    with pytest.raises(StaleParent):
        hub.commit(REPOSITORY, Change({"a.txt": b"2"}), start, "Two")
    assert hub.head(REPOSITORY) == first
    assert hub.read(REPOSITORY, "a.txt", first) == b"1"


def test_a_tag_names_a_commit_for_good(hub: Hub) -> None:
    first = hub.commit(REPOSITORY, Change({"a.txt": b"1"}), begun(hub), "One")
    hub.tag(REPOSITORY, "2026-11", first)
    newest = first
    for content in (b"2", b"3", b"4"):
        newest = hub.commit(REPOSITORY, Change({"a.txt": content}), newest, "More")
    hub.tag(REPOSITORY, "2026-11", newest)
    assert hub.read(REPOSITORY, "a.txt", "2026-11") == b"1"
    assert hub.read(REPOSITORY, "a.txt", newest) == b"4"
