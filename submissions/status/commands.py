"""`python -m submissions status`, and what may be done to a submission, over HTTP."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from submissions.space import Space
from submissions.submit_commands import TOKEN


def add(commands: Any, space: argparse.ArgumentParser) -> None:
    """Add the commands; `space` holds the options that say where the Space is."""
    status = commands.add_parser("status", parents=[space], help="say where a submission stands")
    status.add_argument("id")
    status.add_argument("--json", action="store_true", help="print the whole answer")
    status.add_argument("--log", action="store_true", help="print the end of its log too")
    status.set_defaults(run=_status)
    for verb, words, needed in _VERBS:
        command = commands.add_parser(verb, parents=[space], help=words)
        command.add_argument("id")
        command.add_argument(
            "--reason", required=needed, default="", help="why; kept with the act, and shown"
        )
        command.add_argument(
            "--token", help=f"your personal token; {TOKEN} unless given, which nobody sees in ps"
        )
        command.set_defaults(run=_act, verb=verb)


_VERBS = (
    ("cancel", "cancel a submission", False),
    ("rerun", "queue a submission again that failed by a fault of ours", False),
    ("withdraw", "take back a result; its page stays", True),
    ("dispute", "doubt a rating, and have it measured again", True),
)


def _act(options: argparse.Namespace) -> int:
    space = Space(options.space, token=options.token or os.environ.get(TOKEN))
    answer = space.act(options.id, options.verb, options.reason)
    if "retest" in answer:
        what = "It is measured again" if answer["retest"] else "An operator looks into it"
        return _say(f"{what}: {space.address}{answer['url']}")
    return _say(answer["status"])


def _status(options: argparse.Namespace) -> int:
    answer = Space(options.space).status(options.id)
    if options.json:
        return _say(json.dumps(answer, indent=2))
    _say(f"{answer['status']}: {answer['sentence']}")
    if answer["tries"]:
        _say(answer["tries"])
    for event in answer["events"]:
        said = f"{event['at']}  {event['status']:<10} {event['actor']}: {event['message']} {event['remedy']}"
        _say(f"  {said}".rstrip())
    if options.log and answer["log_tail"]:
        _say(answer["log_tail"])
    return 0


def _say(text: str) -> int:
    print(text, flush=True)
    return 0
