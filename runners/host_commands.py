"""Commands about the machine itself: doctor, its acceptance as a host, control."""

from __future__ import annotations

import argparse
import itertools
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.domain import BadInput, Finding, Plan, StarwattError, now, rejections
from runners.commands import DONE, FAILED, REJECTED, device_of, line_of, runner_token, sandbox_of
from runners.settings import cache_folder

if TYPE_CHECKING:
    from runners.bench.parent import Settings
    from runners.control import Control
    from runners.space import SpaceClient


def doctor(given: argparse.Namespace) -> int:
    from runners.doctor import examine

    findings = examine(given.hardware, cache_folder(given.cache), vouched=given.exclusive)
    no = rejections(findings)
    if given.json and not given.accept:
        found = [finding.model_dump(mode="json") for finding in findings]
        print(json.dumps({"could_rate": not no, "findings": found}, indent=2))
        return FAILED if no else DONE
    if not given.json:
        for finding in findings:
            print(line_of(finding))
    if given.accept and not no:
        return _accept(given, findings)
    print("This machine could not rate." if no else "This machine could rate.")
    return FAILED if no else DONE


def _accept(given: argparse.Namespace, findings: list[Finding]) -> int:
    from runners.acceptance import CONTROLS, REPORT, accept
    from runners.bench.progress import BarTeller

    if given.hardware is None:
        raise BadInput("No hardware class is named.", "Say what this machine is to stand for: --hardware.")
    cache = cache_folder(given.cache)
    out = given.out or cache / "acceptance" / f"{now():%Y%m%dT%H%M%SZ}-{given.hardware}"
    space, machine = _space(given), _machine(given)

    settings, plans = _settings(given, cache), _plans(given, CONTROLS)

    def told(control: Control) -> None:
        handed = _handed(space, control, machine, fit=True)
        run = control.run
        told = f"{run.energy_per_query_j:.4g} J per query, {run.provenance.value}"
        print(f"{control.folder}: {told}{handed}", flush=True)

    report = accept(given.hardware, findings, plans, out, settings, BarTeller, told)
    if given.json:
        print(report.model_dump_json(indent=2))
    else:
        for finding in report.findings[len(findings) :]:
            print(line_of(finding))
        print(f"{'Accepted' if report.accepted else 'Not accepted'} as {report.hardware}: {out / REPORT}")
    return DONE if report.accepted else REJECTED


def control(given: argparse.Namespace) -> int:
    from runners.bench.progress import BarTeller
    from runners.control import control
    from runners.doctor import examine

    if given.runs < 1:
        raise BadInput(f"{given.runs} controls are none.", "Give --runs 1 or more.")
    cache = cache_folder(given.cache)
    space, machine = _space(given), _machine(given)
    fit = space is not None and not rejections(examine(given.hardware, cache, vouched=given.exclusive))
    held = True
    plans = _plans(given, given.runs)
    for done in control(plans, given.out or cache / "controls", _settings(given, cache), BarTeller):
        held = held and done.holds
        for finding in rejections(done.run.findings):
            print(line_of(finding))
        told = _handed(space, done, machine, fit)
        print(f"{line_of(done.finding)}\n{done.folder}: {done.run.provenance.value}{told}", flush=True)
    return DONE if held else REJECTED


def _plans(given: argparse.Namespace, runs: int) -> Iterator[Plan]:
    from runners.control import plan_control

    for _ in itertools.repeat(None, runs):
        yield plan_control(given.hardware, given.profile, device_of(given))


def _settings(given: argparse.Namespace, cache: Path) -> Settings:
    from runners.bench.parent import Settings

    return Settings(cache=cache, sandbox=sandbox_of(given), exclusive=given.exclusive)


def _space(given: argparse.Namespace) -> SpaceClient | None:
    from runners.space import SpaceClient

    return SpaceClient(given.space, runner_token(given.token_file)) if given.space else None


def _machine(given: argparse.Namespace) -> str:
    """As its runners are called, without their number; a node of theirs as `node-3@login`."""
    from leaderboard.domain.machines import machine_name

    node, at, machine = (given.machine or socket.gethostname()).rpartition("@")
    return (f"{machine_name(node)}@" if at else "") + machine_name(machine)


def _handed(space: SpaceClient | None, done: Control, machine: str, fit: bool) -> str:
    """What a Space says of a control; what it refuses does not end the ones after it.

    `fit`: whether the doctor found nothing against this machine: the Space gives it work again then.
    """
    if space is None:
        return ""
    try:
        said = space.put_control(done.folder, machine, fit)
        return f"; {space.address} says {said}"
    except StarwattError as error:
        return f"; {space.address} did not take it: {error}"
