"""`python -m submissions`: serve, submit, status, cancel, desk. Speaks HTTP to a Space, but for `serve`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from leaderboard.domain import StarwattError
from leaderboard.settings import read_settings
from submissions import desk_commands, submit_commands
from submissions.beside import serve
from submissions.space import Space
from submissions.submit_commands import TOKEN


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command; returns its exit code (0, 1 outside trouble, 2 bad input, 130 interrupted)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except StarwattError as error:
        print(f"error: {error}", file=sys.stderr)
        for finding in getattr(error, "findings", ()):
            if finding.rejects:
                print(f"  {finding.name}: {finding.message} {finding.remedy}", file=sys.stderr)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m submissions", description="Submit models for an energy rating and follow them."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    space = argparse.ArgumentParser(add_help=False)
    space.add_argument(
        "--space", default="http://127.0.0.1:7860", help="address of the Space; %(default)s unless given"
    )

    run = commands.add_parser("serve", help="start the Space with a worker of this machine beside it")
    run.add_argument("--hardware", default="cpu", help="hardware classes of the worker, by comma (cpu)")
    run.set_defaults(run=lambda o: serve(read_settings(), o.hardware.split(",")))

    submit_commands.add(commands, space)

    status = commands.add_parser("status", parents=[space], help="say where a submission stands")
    status.add_argument("id")
    status.add_argument("--json", action="store_true", help="print the whole answer")
    status.set_defaults(run=_status)

    cancel = commands.add_parser("cancel", parents=[space], help="cancel a submission")
    cancel.add_argument("id")
    cancel.add_argument("--token", help=f"your personal token; {TOKEN} unless given, which nobody sees in ps")
    cancel.set_defaults(run=_cancel)

    desk_commands.add(commands, space)
    return parser


def _status(options: argparse.Namespace) -> int:
    answer = Space(options.space).status(options.id)
    if options.json:
        return _say(json.dumps(answer, indent=2))
    _say(f"{answer['status']}: {answer['sentence']}")
    for event in answer["events"]:
        _say(f"  {event['at']}  {event['status']:<10} {event['message']} {event['remedy']}".rstrip())
    return 0


def _cancel(options: argparse.Namespace) -> int:
    space = Space(options.space, token=options.token or os.environ.get(TOKEN))
    return _say(space.cancel(options.id)["status"])


def _say(text: str) -> int:
    print(text, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
