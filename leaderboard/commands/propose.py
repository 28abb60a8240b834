"""`propose`: a pull request with a model's ratings to the model's own page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leaderboard.commands import Subparsers, _output, _places
from leaderboard.domain import BadFile, BadInput, Forbidden, check_repo_id
from leaderboard.settings import Settings

if TYPE_CHECKING:
    from leaderboard.publish.eval_results import Travelling

DESCRIPTION = """\
Propose a model's ratings to its page on the Hub: .eval_results/starwatt-EDITION.yaml and a few lines of the
card, as one pull request of the service's own account (HF_TOKEN). --preview shows the change and makes none.

Who may ask: the model's owner, or an admin or writer of its organisation. The Hub says who somebody is by
their token: --asker-token FILE (a read token of theirs is enough), else HF_TOKEN itself. Where the owner
asked the operator in writing, --on-request-of NAME says so, and the pull request says it too.

Asked again while the pull request is open: it is renewed. Only measured ratings with stars, and attested
figures, of the newest frozen edition go.
"""


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser."""
    parser = subparsers.add_parser(
        "propose",
        help="a model's ratings to its page on the Hub, as a pull request",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="ORG/NAME", help="the model on the Hub")
    parser.add_argument(
        "--preview", action="store_true", help="show exactly what would change; change nothing"
    )
    parser.add_argument("--site", required=True, metavar="URL", help="address of the board, for the links")
    asker = parser.add_mutually_exclusive_group()
    asker.add_argument("--asker-token", type=Path, metavar="FILE", help="file with a token of who asks")
    asker.add_argument("--on-request-of", metavar="NAME", help="who asked the operator, in writing")
    _places.add_data(parser)
    _places.add_dataset(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the change, or propose it."""
    from leaderboard.publish.layout import check_dataset
    from leaderboard.publish.model_repository import ModelRepository
    from leaderboard.publish.proposal import proposal

    settings = _places.settings_of(args)
    model, site = check_repo_id(args.model), _site(args.site)
    dataset = settings.dataset
    if dataset is None:
        raise BadInput(
            "No data set was named, and evaluation results name the one they belong to.",
            "Give --dataset ORG/PREFIX, or set STARWATT_DATASET.",
        )
    check_dataset(dataset)
    found = _travelling(settings.data, model)
    repository = ModelRepository(settings.hub_endpoint, settings.hub_token)
    page = repository.look(model)
    # The owner of the page that is there now: a model that moved belongs to whom it moved to.
    asked_by = "" if args.preview else _asked_by(args, settings, page.model.split("/")[0])
    proposed = proposal(page, found, dataset, site, asked_by)
    for row, reason in found.left_out:
        sys.stderr.write(f"stays here: {row.task} on {row.hardware}: {_visible(reason)}\n")
    if not proposed.files:
        where = f"Its pull request {page.pull_request}" if page.pull_request else "Its page"
        _output.to_stdout(f"{where} says all this already; nothing to propose.\n")
        return 0
    if args.preview:
        _output.to_stdout(_visible(proposed.diff))
        return 0
    made = repository.propose(page, proposed.files, proposed.why)
    _output.to_stdout(f"{'Renewed' if made.renewed else 'Opened'} {made.address}\n")
    return 0


def _travelling(data: Path, model: str) -> Travelling:
    from leaderboard.publish.eval_results import travelling
    from leaderboard.record import Record

    with Record.read(data) as record:
        return travelling(model, record.ratings_of(model), record.editions(), record.notices)


def _asked_by(args: argparse.Namespace, settings: Settings, org: str) -> str:
    """Who asked, in words, once it is sure that they may.

    Raises:
        Forbidden: nobody who may speak for the model asked.
    """
    from leaderboard.publish.speaking import HubIdentities, may_speak_for

    if settings.hub_token is None:
        raise Forbidden(
            "Nothing can be proposed without a token of the service.",
            "Set HF_TOKEN, or add --preview to look at the change.",
        )
    if args.on_request_of:
        return f"The operator of this board states that {' '.join(args.on_request_of.split())} asked for it."
    token = _token(args.asker_token) if args.asker_token else settings.hub_token
    person = HubIdentities(settings.hub_endpoint).person(token)
    if not may_speak_for(person, org):
        raise Forbidden(
            f"{person.name} is neither {org} nor an admin or writer of it, so may not ask for this.",
            "Give a token of somebody who is with --asker-token FILE; where they asked you in writing, say "
            "who with --on-request-of NAME.",
        )
    return f"Asked for by {person.name}, whose role in {org} the Hub confirmed."


def _token(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"The token file {file} cannot be read.", "Name a text file with one token.") from error


def _site(address: str) -> str:
    """The address without a slash at its end."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadInput(
            f"{address[:80]!r} is not the address of a board.", "Write it as https://ORG-NAME.hf.space."
        )
    return address.rstrip("/")


def _visible(text: str) -> str:
    """Text of others for a terminal: what could move its cursor is shown as its code."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else f"\\x{ord(sign):02x}" for sign in text)
