"""`deploy`: a Space on the Hub with its data sets, made or brought up to date."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from leaderboard.commands import Subparsers, _output
from leaderboard.domain import BadFile, BadInput, Forbidden, check_repo_id
from leaderboard.settings import SECRETS, VARIABLES, read_settings

DESCRIPTION = """\
Make a Space from this checkout, or bring one up to date: its files, variables and secrets, the public data
sets PREFIX-{ratings,runs,ratings-dev,runs-dev} and the private PREFIX-record. What is so already is left
alone, so that it may be run again at any time; --dry-run only says what would be done.

HF_TOKEN is the token of who deploys (asked for on a terminal where it is not set). The Space gets it too,
unless --space-token FILE names a narrower one. Secrets cannot be read back: one that is there is kept.
"""


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser."""
    parser = subparsers.add_parser(
        "deploy",
        help="a Space on the Hub with its data sets, made or brought up to date",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--space", required=True, metavar="ORG/NAME", help="the Space")
    parser.add_argument(
        "--dataset", required=True, metavar="ORG/PREFIX", help="start of the data sets' names"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument(
        "--hardware", metavar="FLAVOUR", help="cpu-basic, cpu-upgrade …; as it is unless given"
    )
    parser.add_argument(
        "--durability", choices=("disk", "hub"), default="hub", help="STARWATT_DURABILITY; %(default)s"
    )
    parser.add_argument(
        "--variable", action="append", default=[], metavar="KEY=VALUE", help="another variable of the Space"
    )
    parser.add_argument("--space-token", type=Path, metavar="FILE", help="file with the Space's own HF_TOKEN")
    parser.add_argument("--renew-token", action="store_true", help="put HF_TOKEN anew, though there is one")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what is left to do, or say it."""
    from leaderboard.publish.deployment import Deployment, Wanted
    from leaderboard.publish.layout import check_dataset
    from leaderboard.publish.space_files import checkout

    check_repo_id(args.space)
    check_dataset(args.dataset)
    variables = _variables(args)
    found = checkout()
    token = read_settings().hub_token or _asked_token()
    wanted = Wanted(
        args.space,
        args.dataset,
        found,
        variables,
        _space_token(args.space_token) if args.space_token else token,
        args.renew_token,
        args.hardware,
    )
    # What the Space would refuse at its start is refused here, before anything is changed.
    read_settings({**variables, "HF_TOKEN": wanted.space_token, "SPACE_ID": args.space})
    if found.changed:
        _tell(f"warning: files here differ from commit {found.commit}; they are deployed as they are")
    steps = Deployment(wanted, read_settings().hub_endpoint, token).steps()
    for number, step in enumerate(steps, 1):
        _tell(f"{number}/{len(steps)} {'would ' if args.dry_run else ''}{step.what}")
        if not args.dry_run:
            step.do()
    done = f"{len(steps)} to do" if args.dry_run else f"{len(steps)} done"
    _output.to_stdout(f"{args.space}: {done if steps else 'up to date, nothing to do'}\n")
    return 0


def _variables(args: argparse.Namespace) -> dict[str, str]:
    found = {"STARWATT_DATASET": args.dataset, "STARWATT_DURABILITY": args.durability}
    for given in args.variable:
        key, equals, value = given.partition("=")
        if not equals or key not in VARIABLES or key in SECRETS or key in found or not value:
            free = [name for name in VARIABLES if name not in (*SECRETS, *found)]
            raise BadInput(
                f"{given[:60]!r} is no variable to set.", f"Write KEY=VALUE; KEY is one of {', '.join(free)}."
            )
        found[key] = value
    return found


def _asked_token() -> str:
    """The token, typed in unseen.

    Raises:
        Forbidden: nobody is there to ask, or nothing was typed.
    """
    token = getpass.getpass("Token of who deploys (not shown): ").strip() if sys.stdin.isatty() else ""
    if not token:
        raise Forbidden(
            "Nothing can be deployed without a token.",
            "Set HF_TOKEN to one that may write Spaces and data sets of the organisation.",
        )
    return token


def _space_token(file: Path) -> str:
    try:
        token = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"The token file {file} cannot be read.", "Name a text file with one token.") from error
    if not token:
        raise BadFile(f"The token file {file} is empty.", "Write the Space's token into it.")
    return token


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
