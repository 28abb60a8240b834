"""`python -m leaderboard`: one sub-command for each module in `leaderboard.commands`.

Exit codes: 0 done, 1 outside trouble, 2 the caller can mend it, 130 interrupted, 141 the reader of the
output went away (as a shell reports a program that a closed pipe ended).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from leaderboard import commands
from leaderboard.commands._output import drop_stdout
from leaderboard.domain import StarwattError

INTERRUPTED = 130
READER_GONE = 141


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line that says what to do."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {one_line(message)}. See `{self.prog} --help`.\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser with every sub-command."""
    parser = OneLineParser(
        prog="python -m leaderboard", description="Starwatt's leaderboard on the command line."
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=OneLineParser)
    for module in commands.modules():
        module.add(subparsers)
    return parser


def one_line(message: str) -> str:
    """A message without line breaks and other characters that could move a terminal's cursor."""
    return " ".join("".join(char if char.isprintable() else " " for char in message).split())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command; returns the exit code. Errors are one line on stderr."""
    args = build_parser().parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except StarwattError as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        drop_stdout()
        return READER_GONE
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
