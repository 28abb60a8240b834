"""What each command of `python -m runners` does with its arguments; each returns its exit code."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.domain import (
    BadFile,
    BadInput,
    Device,
    Finding,
    Forbidden,
    NoReading,
    Outcome,
    Plan,
    Run,
    Severity,
    StarwattError,
    rejections,
)
from runners.bench.sandbox import Mode
from runners.settings import cache_folder

if TYPE_CHECKING:
    from runners.bench.parent import Settings

DONE, FAILED, REJECTED = 0, 1, 3


def plan(given: argparse.Namespace) -> int:
    if given.weights is not None:
        from runners import fetch

        given.revision = fetch.folder_sha(given.weights)
    print(_planned(given, given.model, given.revision).model_dump_json(indent=2))
    return DONE


def _planned(given: argparse.Namespace, model: str, revision: str) -> Plan:
    """The plan that the options of a command ask for."""
    from runners.plan import plan

    return plan(
        model,
        revision,
        task=given.task,
        hardware=given.hardware,
        protocol=given.protocol,
        precision=given.precision,
        reasoning=given.reasoning,
        profile=given.profile,
        device=device_of(given),
        occasion=given.occasion,
        nonce=given.nonce,
        batches=given.batches,
    )


def bench(given: argparse.Namespace) -> int:
    from runners.bench.parent import Settings, bench
    from runners.bench.progress import BarTeller, JsonTeller, Teller
    from runners.bench.record import read_plan_file
    from runners.bench.serving.options import options_of
    from runners.closed import with_weights
    from runners.secrecy import hide

    if (given.plan is None) == (given.model is None):
        raise BadInput("Neither a plan nor a model is named, or both are.", _BENCH_USAGE)
    # The token that it fetches with is not the model's to read.
    hide()
    # A run that is told to end must end its child too, and close its log.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))
    if given.leash:
        threading.Thread(target=_end_with_input, daemon=True).start()
    teller: Teller = JsonTeller() if given.progress == "json" else BarTeller()
    try:
        settings = Settings(
            cache=cache_folder(given.cache),
            sandbox=sandbox_of(given),
            exclusive=given.exclusive,
            serving=options_of(given.url, given.concurrency),
        )
        if given.plan is None:
            made, settings = _trial(given, settings)
        else:
            made = read_plan_file(given.plan)
            settings = with_weights(made, given.weights, settings)
        if given.pick_gpus:
            _pick_gpus(made)
        run = bench(made, given.out, settings, teller)
    except StarwattError as error:
        teller.failed(error)
        raise
    finally:
        teller.close()
    if given.progress != "json":
        for finding in run.findings:
            if finding.outcome is not Outcome.PASSED:
                print(line_of(finding))
        print(f"{given.out}/run.json: {run.energy_per_query_j:.4g} J per query, {run.provenance.value}")
        if given.plan is None:
            _tell_outlook(run)
    return DONE if run.valid else REJECTED


def _pick_gpus(made: Plan) -> None:
    """See as many GPUs as the plan's class has, for this process and what it starts."""
    from leaderboard import catalogue
    from runners.bench.gpu import pick, read_gpus

    hardware = catalogue.hardware(made.hardware)
    if hardware.device is not Device.CUDA:
        return
    # Where nothing can be read the run says so itself, in its log too.
    with contextlib.suppress(NoReading):
        chosen = pick(read_gpus(), hardware)
        if chosen is not None:
            os.environ["CUDA_VISIBLE_DEVICES"] = chosen


_BENCH_USAGE = "Give PLAN.json and OUT, or --model MODEL --task TASK and OUT."


def _trial(given: argparse.Namespace, settings: Settings) -> tuple[Plan, Settings]:
    """The plan of a trial; a model in a folder is taken as it lies there."""
    from runners import fetch

    if given.task is None:
        raise BadInput("A trial needs a task.", _BENCH_USAGE)
    model, revision = given.model, given.revision
    if Path(model).is_dir():
        local = fetch.take_folder(Path(model), settings.cache)
        model, revision = local.repo_id, local.sha
        settings = replace(settings, inputs=lambda plan, cache: fetch.fetch(plan, cache, local))
    return _planned(given, model, revision), settings


def _tell_outlook(run: Run) -> None:
    """What an official run would come to, class by class."""
    from leaderboard import catalogue
    from runners.outlook import outlook

    for hardware in catalogue.hardware_classes().values():
        if hardware.development:
            continue
        findings = outlook(run, hardware)
        against = rejections(findings)
        said = "would be refused" if against else "nothing found that stands against it"
        print(f"an official run on {hardware.id}: {said}")
        for finding in findings:
            if finding.outcome is not Outcome.PASSED or finding.severity is Severity.NOTE:
                print(f"  {line_of(finding)}")


def _end_with_input() -> None:
    """Whoever holds the other end of standard input has gone: so does this run, with all it started."""
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


def verify(given: argparse.Namespace) -> int:
    from runners.verify import verify

    run, findings = verify(given.out)
    for finding in findings:
        print(line_of(finding))
    no = rejections(findings)
    print(f"run {run.id}: {'rejected' if no else 'valid'}, {run.energy_per_query_j:.4g} J per query")
    return REJECTED if no else DONE


def runner_token(path: Path | None) -> str:
    """The token in a file, or in the environment. Raises BadFile, Forbidden."""
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


def line_of(finding: Finding) -> str:
    mark = finding.severity.value if finding.outcome is Outcome.FAILED else _MARKS[finding.outcome]
    return f"{mark:12} {finding.name}: {finding.message} {finding.remedy}".rstrip()


def device_of(given: argparse.Namespace) -> Device | None:
    return Device(given.device) if given.device else None


def sandbox_of(given: argparse.Namespace) -> Mode:
    mode: Mode = "off" if given.unsafe_no_sandbox else given.sandbox
    return mode
