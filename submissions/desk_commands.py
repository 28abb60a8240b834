"""`python -m submissions desk …`: the operator's acts, over HTTP, since one process owns the record."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from leaderboard.domain import BadFile
from leaderboard.settings import read_settings
from submissions.space import Space
from submissions.tokens import token_file

Call = tuple[str, str, dict[str, Any] | None]
"""Method, path under the desk, body."""


def add(commands: Any, space: argparse.ArgumentParser) -> None:
    """Add the sub-command, with a parser for each act."""
    desk = commands.add_parser("desk", help="the operator's desk")
    acts = desk.add_subparsers(required=True, metavar="ACT")
    token = argparse.ArgumentParser(add_help=False, parents=[space])
    token.add_argument("--token-file", type=Path, help="the operator token; tokens/operator in STARWATT_DATA")
    why = argparse.ArgumentParser(add_help=False)
    why.add_argument("--reason", required=True, help="why; kept for ever and shown")
    why.add_argument("--author", default="operator", help="who says so; kept and shown (%(default)s)")

    def act(name: str, what: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = acts.add_parser(
            name, help=what, description=what[0].upper() + what[1:] + ".", parents=[token, *parents]
        )
        parser.set_defaults(run=run, call=_CALLS[name])
        return parser

    act("freeze", "freeze an edition's bands").add_argument("edition", nargs="?", default="dev-2026-11")
    act("publish", "publish what waits").add_argument("edition", nargs="?", help=argparse.SUPPRESS)
    opened = act("open", "open an edition that follows a frozen one, and carry its rows on")
    opened.add_argument("edition", help="id of the new edition")
    opened.add_argument("--after", required=True, help="the edition it follows")
    opened.add_argument("--title", default="")
    opened.add_argument("--summary", default="")
    opened.add_argument(
        "--references",
        type=Path,
        metavar="FILE",
        help="YAML with `reference_models` as in catalogue/editions; without it the old edition's lists stay",
    )
    superseded = act("supersede", "freeze the new edition and let it take over from the old one", why)
    superseded.add_argument("edition", help="the edition that is to be superseded")
    superseded.add_argument("--by", required=True, help="the edition that takes over")
    act("proposals", "list the proposals that wait for a decision")
    confirmed = act("confirm", "follow a proposal: the edition it names is superseded")
    confirmed.add_argument("proposal")
    confirmed.add_argument("--by", required=True, help="the edition that takes over")
    confirmed.add_argument("--reason", default="", help="the proposal's own reason unless given")
    confirmed.add_argument("--author", default="operator")
    act("decline", "decline a proposal until its cause has grown", why).add_argument("proposal")
    for name, what in (
        ("withdraw", "withdraw a rating"),
        ("dispute", "say that a rating is disputed"),
        ("settle", "say that a dispute was answered"),
    ):
        act(name, f"{what}, beside its figure; nothing is deleted", why).add_argument("rating")


def run(options: argparse.Namespace) -> int:
    """Do one act and print the Space's answer."""
    method, path, body = options.call(options)
    token = options.token_file or token_file(read_settings().data, "operator")
    answer = Space(options.space, token_path=token).at_desk(method, path, body)
    print(json.dumps(answer, indent=2, ensure_ascii=False), flush=True)  # noqa: T201 - a command's answer
    return 0


def _open(options: argparse.Namespace) -> Call:
    body: dict[str, Any] = {
        "id": options.edition,
        "after": options.after,
        "title": options.title,
        "summary": options.summary,
    }
    if options.references is not None:
        body["reference_models"] = _lists(options.references)
    return "POST", "editions", body


def _lists(path: Path) -> list[Any]:
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadFile(f"{path} cannot be read: {error}", "Write it as in catalogue/editions/.") from error
    lists = document.get("reference_models") if isinstance(document, dict) else document
    if not isinstance(lists, list):
        raise BadFile(f"{path} has no list `reference_models`.", "Write it as in catalogue/editions/.")
    return lists


def _why(options: argparse.Namespace, **more: str) -> dict[str, Any]:
    return {"reason": options.reason, "author": options.author, **more}


def _id(text: str) -> str:
    return quote(text, safe="")


_CALLS = {
    "freeze": lambda o: ("POST", f"editions/{_id(o.edition)}/freeze", None),
    "publish": lambda _: ("POST", "publish", None),
    "open": _open,
    "supersede": lambda o: ("POST", f"editions/{_id(o.edition)}/supersede", _why(o, by=o.by)),
    "proposals": lambda _: ("GET", "proposals", None),
    "confirm": lambda o: ("POST", f"proposals/{_id(o.proposal)}/confirm", _why(o, by=o.by)),
    "decline": lambda o: ("POST", f"proposals/{_id(o.proposal)}/decline", _why(o)),
    "withdraw": lambda o: ("POST", f"ratings/{_id(o.rating)}/notices", _why(o, kind="withdrawn")),
    "settle": lambda o: ("POST", f"ratings/{_id(o.rating)}/notices", _why(o, kind="settled")),
    "dispute": lambda o: ("POST", f"ratings/{_id(o.rating)}/notices", _why(o, kind="disputed")),
}
