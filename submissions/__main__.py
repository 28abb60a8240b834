"""`python -m submissions`: serve, submit, follow and change, desk. All but `serve` speak HTTP."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from leaderboard.domain import StarwattError
from leaderboard.settings import read_settings
from submissions import submit_commands
from submissions.beside import serve
from submissions.desk import commands as desk_commands
from submissions.status import commands as status_commands


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

    status_commands.add(commands, space)
    desk_commands.add(commands, space)
    return parser


def _say(text: str) -> int:
    print(text, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
