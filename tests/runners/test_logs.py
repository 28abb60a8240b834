"""What reaches a log: no token, and not more than a disk can take; and the machine as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leaderboard import catalogue
from leaderboard.domain import Device
from runners.bench import environment, journal
from runners.bench.journal import Journal
from runners.bench.machine import Machine
from runners.bench.sandbox import ROOT
from runners.scrub import scrub
from runners.settings import VARIABLES, cache_folder
from tests.runners.conftest import make_plan


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("token hf_AbCdEfGhIjKlMnOpQrSt!", "hf_AbC"),
        ("Authorization: Bearer abc.def-ghi_123", "abc.def"),
        ("authorization: bearer abcdefgh12345", "abcdefgh"),
        ("it is s3cret-value here", "s3cret-value"),
    ],
)
def test_tokens_are_hidden(text: str, hidden: str) -> None:
    shown = scrub(text, ["s3cret-value", ""])
    assert hidden not in shown
    assert "•••" in shown


def test_tokens_of_the_environment_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARWATT_RUNNER_TOKEN", "plainlooking")
    assert scrub("a plainlooking word") == "a ••• word"


def test_ordinary_words_stay() -> None:
    text = "hf_hub and the bearer of good news: 0.0284 J"
    assert scrub(text, ["of"]) == text


def test_a_log_has_the_time_and_is_shown(tmp_path: Path) -> None:
    shown: list[str] = []
    log = Journal(tmp_path / "log.txt", shown.append)
    log.say("Idle: 3.0 W.")
    log.note("hf_AbCdEfGhIjKlMnOpQrSt")
    log.close()
    log.note("too late")
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert shown == ["Idle: 3.0 W."]
    assert [line.split(" s  ")[1] for line in lines] == ["Idle: 3.0 W.", "•••"]
    assert float(lines[0].split(" s  ")[0]) >= 0


def test_a_log_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LARGEST", 200)
    log = Journal(tmp_path / "log.txt", lambda text: None)
    for _ in range(100):
        log.note("again and again")
    log.close()
    text = (tmp_path / "log.txt").read_text()
    assert len(text) < 300
    assert "the log is full" in text


def here(cache: Path) -> Machine:
    plan, hardware = make_plan(), catalogue.hardware("cpu")
    return Machine(plan, hardware, cache, replayed=False, vouched=False, say=lambda text: None)


def test_the_machine_is_described(tmp_path: Path) -> None:
    found = environment.read_environment(Device.CPU, "a meter", "none", 1, here(tmp_path))
    assert found.packages["torch"].startswith("2.13")
    assert found.cpu_cores >= 1
    assert found.memory_gb > 0
    assert found.gpus == 0
    assert found.meter == "a meter"


def test_outside_a_repository_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_ROOT", tmp_path)
    found = environment.read_environment(Device.CPU, "a meter", "none", 1, here(tmp_path))
    assert (found.git_commit, found.git_dirty) == (None, None)


def test_the_cache_is_where_it_was_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STARWATT_CACHE", raising=False)
    assert cache_folder(tmp_path, {"STARWATT_CACHE": "/elsewhere"}) == tmp_path
    assert cache_folder(None, {"STARWATT_CACHE": "/elsewhere"}) == Path("/elsewhere")
    assert cache_folder() == Path.home() / ".cache" / "starwatt"


def test_every_setting_that_is_read_is_listed() -> None:
    read = set()
    for path in [*ROOT.glob("runners/**/*.py")]:
        read |= set(re.findall(r"STARWATT_[A-Z_]+", path.read_text()))
    assert read == {name for name in VARIABLES if name.startswith("STARWATT_")}


def test_the_code_has_a_hash() -> None:
    assert environment.harness_hash() == environment.harness_hash()
    assert len(environment.harness_hash()) == 64
