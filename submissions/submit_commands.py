"""`python -m submissions submit`: what will happen and what it costs, the submission, its progress."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from leaderboard.domain import Finding, Outcome, Refused, SpaceUnavailable, three_significant
from leaderboard.domain.models import check_repo_id
from submissions.space import Space

TOKEN = "STARWATT_TOKEN"
"""Environment variable of a person's own token."""
_FIELDS = ("model", "task", "hardware", "revision", "precision", "protocol", "reasoning", "note", "for")
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def add(commands: Any, space: argparse.ArgumentParser) -> None:
    """Add the sub-command."""
    submit = commands.add_parser(
        "submit",
        parents=[space],
        help="submit a model",
        description="Submit a model: first what each check says and what it costs is printed, and on a "
        "terminal you are asked. Exit codes: 0 submitted, or with --wait measured; 1 it ended otherwise, or "
        "the Space does not answer; 2 refused or not understood; 130 interrupted while it waited.",
    )
    submit.add_argument("model", help="Hub id, organisation/name")
    submit.add_argument("--task", required=True)
    submit.add_argument("--hardware", required=True)
    for name in ("revision", "precision", "protocol", "reasoning", "note"):
        submit.add_argument(f"--{name}")
    submit.add_argument("--for", metavar="ORG", help="an organisation of yours; yourself unless given")
    submit.add_argument("--token", help=f"your personal token; {TOKEN} unless given, which nobody sees in ps")
    submit.add_argument("--wait", action="store_true", help="follow it until it has ended")
    submit.add_argument("--json", action="store_true", help="print the Space's answers as JSON, one a line")
    asked = submit.add_mutually_exclusive_group()
    asked.add_argument("--yes", "-y", action="store_true", help="do not ask")
    asked.add_argument("--dry-run", action="store_true", help="only say what would happen; nothing is queued")
    submit.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Preview, ask, submit, follow; returns the exit code."""
    wanted = {name: getattr(options, name) for name in _FIELDS if getattr(options, name) is not None}
    check_repo_id(options.model)
    space = Space(options.space, token=options.token or os.environ.get(TOKEN))
    seen = space.preview(wanted)
    _print(json.dumps(seen) if options.json else as_text(seen))
    if seen["refused"]:
        against = [Finding.model_validate(each) for each in seen["findings"]]
        no = [finding for finding in against if finding.rejects]
        raise Refused(f"Nothing was queued: {no[0].message}", no[0].remedy)
    if options.dry_run:
        return 0
    if not options.yes and sys.stdin.isatty() and not _agreed():
        _print("Nothing was queued.")
        return 0
    answer = space.submit(wanted)
    address = f"{space.address}{answer['url']}"
    _print(json.dumps(answer) if options.json else f"{answer['id']} {answer['status']}: {address}")
    return _follow(space, answer["id"], options) if options.wait else 0


def _follow(space: Space, submission_id: str, options: argparse.Namespace) -> int:
    # With --json standard output holds nothing but JSON.
    said = sys.stderr if options.json else sys.stdout
    try:
        ended = space.follow(submission_id, lambda line: print(line, file=said, flush=True))
    except SpaceUnavailable as error:
        where = f"python -m submissions status {submission_id} --space {space.address}"
        raise SpaceUnavailable(error.message, f"It goes on without you: `{where}` says where.") from error
    except KeyboardInterrupt:
        again = f"python -m submissions status {submission_id} --space {space.address}"
        print(f"It goes on without you: `{again}` says where.", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    if options.json:
        _print(json.dumps(ended))
    return 0 if ended["status"] == "done" else 1


def as_text(seen: Mapping[str, Any]) -> str:
    """A preview for people: what stands against it or is to be known, then what will happen and its cost."""
    plan, cost = seen["plan"], seen["cost"]
    model = plan["model"]
    findings = [Finding.model_validate(each) for each in seen["findings"]]
    lines = [
        f"{model['repo_id']} at {model['sha'][:12]}: {plan['task']} on {plan['hardware']}, "
        f"{plan['protocol']}, {model['precision']}, reasoning {plan['reasoning']}"
    ]
    for finding in findings:
        if finding.outcome is not Outcome.PASSED:
            word = "refused" if finding.rejects else finding.outcome.value
            lines.append(f"  {word}: {finding.name}: {finding.message} {finding.remedy}".rstrip())
            url = finding.evidence.get("url")
            lines += [f"    {url}"] if isinstance(url, str) else []
    passed = sum(finding.outcome is Outcome.PASSED for finding in findings)
    lines.append(f"  {passed} of {len(findings)} checks passed.")
    if not seen["refused"]:
        waits_s = seen.get("waits_s")
        lines += [f"  waits     about {_span(waits_s)}"] if waits_s is not None else []
        lines += [
            f"  fetches   {cost['fetched_bytes'] / 1e9:.3g} GB"
            if cost["fetched_bytes"]
            else "  fetches   the model",
            f"  time      {_range(cost['duration_s'], _span)}",
            f"  GPU time  {_range(cost.get('gpu_s'), _span) or 'none'}",
            f"  energy    {_range(cost.get('energy_wh'), _wh) or 'not known'}",
            f"  {cost['basis']}",
        ]
    return "\n".join(lines)


def _range(pair: Mapping[str, float] | None, say: Any) -> str:
    if pair is None:
        return ""
    low, high = say(pair["low"]), say(pair["high"])
    return str(low) if low == high else f"{low} to {high}"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _wh(energy_wh: float) -> str:
    return f"{three_significant(energy_wh)} Wh"


def _agreed() -> bool:
    try:
        return input("Submit it? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command's answer
