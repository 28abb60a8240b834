"""Which GPUs are in sight, and whose processes are on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard import catalogue
from leaderboard.domain import NoReading
from leaderboard.judging.origin import is_drivers_own
from runners.bench.gpu import GpuFacts, pick, uuid_hash, visible
from runners.bench.nvml import nvml_origin
from runners.bench.state import foreign, is_contained
from tests import builders

UUIDS = ["GPU-1aaa", "GPU-1bbb", "GPU-2ccc"]


@pytest.mark.parametrize(
    ("variable", "indices"),
    [
        (None, (0, 1, 2)),
        ("0", (0,)),
        ("2,0", (2, 0)),
        (" 1 , 2 ", (1, 2)),
        ("GPU-2ccc", (2,)),
        ("GPU-2", (2,)),
        ("GPU-1b,0", (1, 0)),
    ],
)
def test_what_cuda_would_see(variable: str | None, indices: tuple[int, ...]) -> None:
    assert visible(variable, UUIDS) == indices


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        ("3", "no GPU here"),
        ("-1", "no GPU here"),
        ("0,,1", "no GPU here"),
        ("NoDevFiles", "no GPU here"),
        # It fits two of them.
        ("GPU-1", "no GPU here"),
        ("GPU-9", "no GPU here"),
        ("0,0", "twice"),
        ("0,GPU-1aaa", "twice"),
        ("MIG-41b3", "MIG slice"),
    ],
)
def test_what_cuda_would_quietly_stop_at(variable: str, words: str) -> None:
    with pytest.raises(NoReading, match=words) as caught:
        visible(variable, UUIDS)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("processes", "own", "contained", "count"),
    [
        (None, {7}, False, None),
        (None, {7}, True, None),
        (frozenset(), {7}, False, 0),
        (frozenset({7}), {7}, False, 0),
        (frozenset({7, 8}), {7}, False, 1),
        (frozenset({8}), set(), False, 1),
        # In a container ours may stand there under another id, and what is hidden may be there.
        (frozenset(), {7}, True, None),
        (frozenset({4711}), {7}, True, None),
        (frozenset({4711, 4712}), {7}, True, 1),
        (frozenset({7, 4712}), {7}, True, 1),
        (frozenset({7}), {7}, True, 0),
        (frozenset({4711}), set(), True, 1),
    ],
)
def test_processes_that_are_not_ours(
    processes: frozenset[int] | None, own: set[int], contained: bool, count: int | None
) -> None:
    assert foreign(processes, own, contained=contained) == count


def test_a_container_is_seen_by_its_process_namespace(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.symlink_to("pid:[4026532999]")
    outer.symlink_to("pid:[4026531836]")
    assert is_contained(inner)
    assert not is_contained(outer)
    assert is_contained(tmp_path / "none")


def test_where_nvml_came_from(tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    maps.write_text("7f00-7f01 r-xp 00 08:01 12  /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.570.1\n")
    assert nvml_origin(maps) == "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.570.1"
    assert is_drivers_own(nvml_origin(maps))
    assert not is_drivers_own("/tmp/double/libnvidia-ml.so.1")
    assert not is_drivers_own("/usr/libexec/libnvidia-ml.so.1")
    maps.write_text("")
    assert nvml_origin(maps) == ""
    assert nvml_origin(tmp_path / "none") == ""


def test_a_uuid_is_not_published() -> None:
    assert uuid_hash("GPU-1aaa") == uuid_hash("GPU-1aaa") != uuid_hash("GPU-1bbb")
    assert "1aaa" not in uuid_hash("GPU-1aaa")


def gpus_of(*names: str) -> GpuFacts:
    boards = tuple(builders.board(name=name, index=place) for place, name in enumerate(names))
    uuids = tuple(f"GPU-{place}" for place in range(len(names)))
    return GpuFacts("570", "", boards, uuids, tuple(range(len(names))), None)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("Tesla T4",), None),
        (("NVIDIA H100 80GB HBM3", "Tesla T4"), "GPU-1"),
        (("Tesla T4",) * 4, "GPU-0"),
        # Too few of them: the preflight says so.
        (("NVIDIA H100 80GB HBM3",) * 2, None),
    ],
)
def test_a_whole_node_gives_more_than_the_class_has(names: tuple[str, ...], chosen: str | None) -> None:
    assert pick(gpus_of(*names), catalogue.hardware("t4-16gb")) == chosen
