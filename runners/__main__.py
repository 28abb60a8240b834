"""`python -m runners`: plan, bench, verify, doctor, work."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from leaderboard.domain import (
    BadFile,
    BadInput,
    Device,
    Finding,
    Forbidden,
    Outcome,
    StarwattError,
    rejections,
)
from leaderboard.domain.hardware import Precision
from leaderboard.domain.tasks import ReasoningMode
from runners.bench.sandbox import Mode
from runners.settings import cache_folder

_DONE, _FAILED, _BAD_INPUT, _REJECTED = 0, 1, 2, 3


def _plan(given: argparse.Namespace) -> int:
    from runners.plan import plan

    made = plan(
        given.model,
        given.revision,
        task=given.task,
        hardware=given.hardware,
        protocol=given.protocol,
        precision=given.precision,
        reasoning=given.reasoning,
        profile=given.profile,
        device=Device(given.device) if given.device else None,
        occasion=given.occasion,
    )
    print(made.model_dump_json(indent=2))
    return _DONE


def _bench(given: argparse.Namespace) -> int:
    from runners.bench.parent import Settings, bench
    from runners.bench.progress import BarTeller, JsonTeller, Teller
    from runners.bench.record import read_plan_file

    # A run that is told to end must end its child too, and close its log.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_FAILED))
    if given.leash:
        threading.Thread(target=_end_with_input, daemon=True).start()
    teller: Teller = JsonTeller() if given.progress == "json" else BarTeller()
    try:
        settings = Settings(cache=cache_folder(given.cache), sandbox=_sandbox(given))
        run = bench(read_plan_file(given.plan), given.out, settings, teller)
    except StarwattError as error:
        teller.failed(error)
        raise
    finally:
        teller.close()
    if given.progress != "json":
        for finding in run.findings:
            if finding.outcome is not Outcome.PASSED:
                print(_line(finding))
        print(f"{given.out}/run.json: {run.energy_per_query_j:.4g} J per query, {run.provenance.value}")
    return _DONE if run.valid else _REJECTED


def _end_with_input() -> None:
    """Whoever holds the other end of standard input has gone: so does this run, with all it started."""
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


def _verify(given: argparse.Namespace) -> int:
    from runners.verify import verify

    run, findings = verify(given.out)
    for finding in findings:
        print(_line(finding))
    no = rejections(findings)
    print(f"run {run.id}: {'rejected' if no else 'valid'}, {run.energy_per_query_j:.4g} J per query")
    return _REJECTED if no else _DONE


def _doctor(given: argparse.Namespace) -> int:
    from runners.doctor import examine

    findings = examine(given.hardware, cache_folder(given.cache))
    for finding in findings:
        print(_line(finding))
    no = rejections(findings)
    print("This machine could not rate." if no else "This machine could rate.")
    return _FAILED if no else _DONE


def _work(given: argparse.Namespace) -> int:
    from leaderboard import catalogue
    from runners.executors import open_executor
    from runners.space import SpaceClient
    from runners.worker import Worker

    hardware = tuple(name.strip() for name in given.hardware.split(",") if name.strip())
    for name in hardware:
        catalogue.hardware(name)
    if not hardware:
        raise BadInput("No hardware is named.", "Name this machine's class, for example --hardware cpu.")
    token = _token(given.token_file)
    executor = open_executor(given.executor, cache_folder(given.cache), _sandbox(given))
    with SpaceClient(given.space, token) as space:
        worker = Worker(
            space, executor, hardware, lambda line: print(line, flush=True), given.poll, secrets=(token,)
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop.set())
        worker.run(once=given.once)
    return _DONE


def _token(path: Path | None) -> str:
    if path is None:
        token = os.environ.get("STARWATT_RUNNER_TOKEN", "")
    else:
        try:
            token = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not text"
            raise BadFile(
                f"The token file {path} cannot be read ({why}).", "Name the Space's own."
            ) from error
    token = token.strip()
    if not token or not token.isascii() or any(character.isspace() for character in token):
        raise Forbidden(
            "There is no usable runner token.", "Give --token-file, or set STARWATT_RUNNER_TOKEN."
        )
    return token


_MARKS = {Outcome.PASSED: "passed", Outcome.FAILED: "failed", Outcome.UNVERIFIABLE: "unverifiable"}


def _line(finding: Finding) -> str:
    mark = finding.severity.value if finding.outcome is Outcome.FAILED else _MARKS[finding.outcome]
    return f"{mark:12} {finding.name}: {finding.message} {finding.remedy}".rstrip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m runners", description="Measure the energy of a model's queries."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("plan", help="print the plan of a run")
    command.add_argument("--model", required=True, help="organisation/name on the Hub")
    command.add_argument("--revision", default="main", help="branch, tag or commit (main)")
    command.add_argument("--task", required=True)
    command.add_argument("--hardware", required=True, help="hardware class")
    command.add_argument("--protocol", default="offline-b1")
    command.add_argument("--precision", choices=get_args(Precision))
    command.add_argument("--reasoning", choices=get_args(ReasoningMode), default="off")
    command.add_argument("--profile", choices=("official", "quick"))
    command.add_argument("--device", choices=[device.value for device in Device], help="cpu: a dry run")
    command.add_argument("--occasion", type=int, default=0, help="count re-tests from 1")
    command.set_defaults(run=_plan)

    command = commands.add_parser("bench", help="measure a plan here")
    command.add_argument("plan", type=Path, metavar="PLAN.json")
    command.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    _machine_options(command)
    command.add_argument("--progress", choices=("bar", "json"), default="bar")
    command.add_argument("--leash", action="store_true", help="end when standard input ends")
    command.set_defaults(run=_bench)

    command = commands.add_parser("verify", help="judge a run folder again")
    command.add_argument("out", type=Path, metavar="OUT")
    command.set_defaults(run=_verify)

    command = commands.add_parser("doctor", help="say whether this machine could rate")
    command.add_argument("--hardware", help="class it should stand for")
    command.add_argument("--cache", type=Path, help="where models are kept")
    command.set_defaults(run=_doctor)

    command = commands.add_parser("work", help="measure what a Space has queued")
    command.add_argument("--space", required=True, metavar="URL")
    command.add_argument("--hardware", required=True, metavar="CLASS[,…]")
    command.add_argument("--executor", default="local", help="local or fake")
    command.add_argument("--token-file", type=Path, help="else STARWATT_RUNNER_TOKEN")
    command.add_argument("--once", action="store_true", help="one job at most, then end")
    command.add_argument("--poll", type=float, default=2.0, metavar="S", help="seconds between claims")
    _machine_options(command)
    command.set_defaults(run=_work)
    return parser


def _sandbox(given: argparse.Namespace) -> Mode:
    mode: Mode = "off" if given.unsafe_no_sandbox else given.sandbox
    return mode


def _machine_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--cache", type=Path, help="where models are kept (STARWATT_CACHE)")
    command.add_argument("--sandbox", choices=("auto", "require", "off"), default="auto")
    command.add_argument(
        "--unsafe-no-sandbox", action="store_true", help="as --sandbox off; figures are then estimates"
    )


def main(words: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(words)
    try:
        code: int = given.run(given)
    except StarwattError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Ended by the keyboard; nothing that looks finished was written.", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
