"""`edition`: the verbs that look after an edition."""

from __future__ import annotations

import argparse

from leaderboard.commands import Subparsers, _edition_changes, _edition_freeze, _edition_status


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser, with a parser for each of its verbs."""
    parser = subparsers.add_parser(
        "edition",
        help="an edition's reference models, freeze, comparison",
        description="Look after an edition.",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=type(parser))
    for name, what, verb in (
        ("status", "what is measured, what is missing, what it would cost", _edition_status),
        ("freeze", "freeze its bands, in a folder that no Space owns", _edition_freeze),
        ("compare", "who moved from one edition to another, and why", _edition_changes),
    ):
        verb.add(
            verbs.add_parser(
                name,
                help=what,
                description=verb.DESCRIPTION,
                epilog=getattr(verb, "EXAMPLE", None),
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
        )
