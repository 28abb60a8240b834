"""The command line: one line and the exit code of DESIGN §8 for everything that can go wrong."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard.domain import Finding, failed, passed
from runners.__main__ import main
from tests.runners.conftest import make_plan


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """A command line takes its process's signals; here it has to give them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def said(capsys: pytest.CaptureFixture[str], code: int, *words: str) -> str:
    """What was said on standard error: one line; and the exit code."""
    assert main(words) == code
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1, captured.err
    assert captured.out == ""
    return lines[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("", "not JSON"),
        ("[1]", "schema version None"),
        (json.dumps({"schema_version": 2}), "schema version 2"),
        (json.dumps({"schema_version": 1}), "not a plan"),
    ],
)
def test_a_plan_file_that_is_none(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str | None, words: str
) -> None:
    plan = tmp_path / "PLAN.json"
    if text is not None:
        plan.write_text(text)
    assert words in said(capsys, 2, "bench", str(plan), str(tmp_path / "OUT"))
    assert not (tmp_path / "OUT").exists()


def test_a_plan_of_another_schema_is_no_plan_though_all_else_fits(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = tmp_path / "PLAN.json"
    plan.write_text(json.dumps(json.loads(make_plan().model_dump_json()) | {"schema_version": 99}))
    assert "python -m runners plan" in said(capsys, 2, "bench", str(plan), str(tmp_path / "OUT"))


def test_a_folder_that_is_in_use_or_cannot_be(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = tmp_path / "PLAN.json"
    plan.write_text(make_plan().model_dump_json())
    assert "not empty" in said(capsys, 2, "bench", str(plan), str(tmp_path))
    assert "cannot be written" in said(capsys, 2, "bench", str(plan), str(plan / "OUT"))


def test_a_sandbox_that_is_required_and_missing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runners.bench.sandbox.why_not", lambda: "bwrap is not installed")
    plan = tmp_path / "PLAN.json"
    plan.write_text(make_plan().model_dump_json())
    words = ("bench", str(plan), str(tmp_path / "OUT"), "--sandbox", "require", "--progress", "json")
    assert main(words) == 2
    captured = capsys.readouterr()
    assert "--unsafe-no-sandbox" in captured.err
    # A worker reads the same from the other stream.
    told = json.loads(captured.out.splitlines()[-1])["failed"]
    assert told["code"] == "refused"
    assert told["remedy"]


def test_a_folder_without_a_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "run.json" in said(capsys, 2, "verify", str(tmp_path))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--hardware", "abacus"), "Known: "),
        (("--hardware", ","), "No hardware"),
        (("--hardware", "cpu", "--executor", "teleport"), "local"),
        (("--hardware", "cpu", "--token-file", "nowhere"), "nowhere"),
        (("--hardware", "cpu"), "STARWATT_RUNNER_TOKEN"),
        (("--hardware", "cpu", "--token-file", "README.md"), "no usable runner token"),
    ],
)
def test_a_worker_that_cannot_begin(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("two words")
    monkeypatch.delenv("STARWATT_RUNNER_TOKEN", raising=False)
    if "--executor" in words:
        monkeypatch.setenv("STARWATT_RUNNER_TOKEN", "0123456789")
    assert expected in said(capsys, 2, "work", "--space", "http://127.0.0.1:9", *words)


@pytest.mark.parametrize("address", ["http://[", "127.0.0.1:7860", "ftp://host", "http://", "http://h:99999"])
def test_a_bad_address_ends_a_worker(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("STARWATT_RUNNER_TOKEN", "0123456789")
    assert "no address" in said(capsys, 2, "work", "--space", address, "--hardware", "cpu")


def test_an_unknown_command_is_argparses_own(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["measure"])
    assert caught.value.code == 2


@pytest.mark.parametrize(("worst", "code"), [("flag", 0), ("reject", 1)])
def test_the_doctors_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, worst: str, code: int
) -> None:
    from leaderboard.domain import Severity

    findings: list[Finding] = [
        passed("disk", "There is space."),
        failed("hub", "Nobody there.", "Look.", Severity(worst)),
    ]
    monkeypatch.setattr("runners.doctor.examine", lambda hardware, cache, vouched: findings)
    assert main(["doctor"]) == code
    out = capsys.readouterr().out
    assert "passed" in out
    assert f"{worst:12} hub: Nobody there. Look." in out
