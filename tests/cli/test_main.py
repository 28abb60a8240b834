"""The command line as such: sub-commands, errors in one line, exit codes."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboard import __main__ as command_line
from leaderboard import commands
from leaderboard.domain import Conflict, StarwattError, StorageUnavailable, Unavailable

ROOT = Path(__file__).parents[2]


def run(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "leaderboard", *args], cwd=ROOT, input=stdin, capture_output=True, check=False
    )


def test_every_module_is_a_sub_command_with_help_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    names = [module.__name__.rsplit(".", 1)[1] for module in commands.modules()]
    assert "rate" in names
    assert not [name for name in names if name.startswith("_")]
    for name in names:
        with pytest.raises(SystemExit) as caught:
            command_line.main([name, "--help"])
        assert caught.value.code == 0
        assert capsys.readouterr().out.startswith(f"usage: python -m leaderboard {name}")


def test_the_help_of_rate_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.main(["rate", "--help"])
    assert "example:\n  python -m leaderboard rate " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "what"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["nonsense"], "nonsense"),
        (["rate"], "the following arguments are required: FILE.csv, --rule, --energy, --cell"),
        (["rate", "t.csv", "--rule", "median", "--energy", "e", "--cell", "c"], "'median'"),
        (["rate", "t.csv", "--rule", "range", "--energy", "e", "--cell", "c", "--nope"], "--nope"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(
    args: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.main(args)
    out, err = capsys.readouterr()
    assert caught.value.code == 2
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert what in err
    assert "--help" in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Conflict("Somebody was\nthere\x1b[2J first.", "Look."), 2),
        (Unavailable("The Hub sleeps.", "Wait."), 1),
        (StorageUnavailable("No disk.", "Make room."), 2),
    ],
)
def test_an_error_is_one_harmless_line_and_its_own_exit_code(
    error: StarwattError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "build_parser", lambda: parser_of(error))
    assert command_line.main([]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.isprintable() or err[:-1].isprintable()
    assert err.startswith("error: ")
    assert err.rstrip().endswith(error.remedy)


def test_an_interruption_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "build_parser", lambda: parser_of(KeyboardInterrupt()))
    assert command_line.main([]) == command_line.INTERRUPTED


def parser_of(error: BaseException) -> argparse.ArgumentParser:
    """A parser whose only command fails."""

    def fail(args: argparse.Namespace) -> int:
        raise error

    parser = argparse.ArgumentParser()
    parser.set_defaults(run=fail)
    return parser


def test_as_a_program() -> None:
    done = run("rate", "there-is-no-such-file.csv", "--rule", "range", "--energy", "e", "--cell", "c")
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr == (
        b"error: There is no file there-is-no-such-file.csv. Check the path; - reads standard input.\n"
    )


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    """The output is larger than a pipe holds, and nobody reads it."""
    table = b"task,energy\n" + b"".join(b"a,%d\n" % number for number in range(1, 50_001))
    command = [sys.executable, "-m", "leaderboard", "rate", "-", "--rule", "range", "--energy", "energy"]
    with subprocess.Popen(
        [*command, "--cell", "task"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write(table)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == command_line.READER_GONE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_a_redirection_is_said() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "leaderboard",
                "rate",
                "-",
                "--rule",
                "range",
                "--energy",
                "e",
                "--cell",
                "c",
            ],
            cwd=ROOT,
            input=b"c,e\na,1\n",
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: Standard output cannot be written: No space left on device.")
    assert done.stderr.count(b"\n") == 1
