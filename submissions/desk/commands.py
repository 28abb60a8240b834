"""`python -m submissions desk …`: the operator's acts, over HTTP, since one process owns the record."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import yaml

from leaderboard.domain import BadFile
from leaderboard.settings import read_settings
from submissions.desk.shown import as_tables
from submissions.space import Space
from submissions.tokens import token_file

Call = tuple[str, str, dict[str, Any] | None]
"""Method, path under the desk, body."""
_NO_REASON = "Asked for at the command line; no reason was given."
_SUBMISSION_ID_LENGTH = 12


def add(commands: Any, space: argparse.ArgumentParser) -> None:
    """Add the sub-command, with a parser for each act."""
    desk = commands.add_parser(
        "desk",
        help="the operator's desk",
        description="What operators do, each act with its reason in the log. Needs the operator token.",
    )
    acts = desk.add_subparsers(required=True, metavar="ACT")
    token = argparse.ArgumentParser(add_help=False, parents=[space])
    token.add_argument("--token-file", type=Path, help="the operator token; tokens/operator in STARWATT_DATA")
    why = argparse.ArgumentParser(add_help=False)
    why.add_argument("--reason", required=True, help="why; kept for ever and shown")
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument("--reason", default=_NO_REASON, help="why; kept for ever and shown")
    for parser in (why, asked):
        parser.add_argument("--author", default="operator", help="who says so; kept and shown (%(default)s)")

    def act(
        name: str, what: str, call: Callable[[Any], Call], *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = acts.add_parser(
            name, help=what, description=what[0].upper() + what[1:] + ".", parents=[token, *parents]
        )
        parser.set_defaults(run=run, call=call)
        return parser

    _add_lists(act)
    _add_work(act, why)
    _add_tokens(act, why)
    _add_editions(act, why, asked)


def _add_lists(act: Any) -> None:
    show = act("show", "show what waits, which runners are there and what is stuck", _get("overview"))
    show.add_argument("--json", action="store_true", help="as JSON, with everything in full")
    show.set_defaults(run=_run_show)
    log = act("log", "list what operators did, newest first", _log)
    log.add_argument("--subject", help="only what was done to this id, hardware class or machine")
    log.add_argument("--limit", type=int, default=50, help="at most so many (%(default)s)")
    act("proposals", "list the proposals that wait for a decision", _get("proposals"))
    act("tokens", "list the runners' tokens, by id", _get("tokens"))


def _add_work(act: Any, why: argparse.ArgumentParser) -> None:
    for name, what in (
        ("pause", "hand out no more work for a hardware class; what runs goes on"),
        ("resume", "hand out work for a hardware class again"),
    ):
        act(name, what, _to("hardware", name), why).add_argument("subject", metavar="HARDWARE")
    for name, what in (
        ("drain", "hand a machine no more work; what it runs it may end"),
        ("undrain", "hand a machine work again"),
    ):
        act(name, what, _to("machines", name), why).add_argument("subject", metavar="MACHINE")
    requeue = act("requeue", "queue a stuck, failed or rejected submission again", _requeue, why)
    requeue.add_argument("subject", metavar="SUBMISSION")
    for name, what in (
        ("accept", "list a bundle's run as attested, without stars"),
        ("reject", "do not list a bundle; its submitter reads the reason"),
    ):
        bundle = act(f"{name}-bundle", what, _to("bundles", name), why)
        bundle.add_argument("subject", metavar="SUBMISSION")
    withdraw = act(
        "withdraw", "withdraw a submission, or a rating beside its figure; nothing is deleted", _withdraw, why
    )
    withdraw.add_argument("subject", metavar="ID", help="12 characters: a submission; 10: a rating")
    dispute = act(
        "dispute", "say that a rating is disputed, beside its figure; nothing is deleted", _dispute, why
    )
    dispute.add_argument("subject", metavar="RATING")
    settle = act("settle", "say that a dispute was answered, beside the figure", _settle, why)
    settle.add_argument("subject", metavar="RATING")


def _add_tokens(act: Any, why: argparse.ArgumentParser) -> None:
    made = act("make-token", "make a token for one machine's runner; it is shown once", _make_token, why)
    made.add_argument("machine", help="as the runner names itself: its host name")
    made.add_argument("--hardware", required=True, help="hardware classes of the machine, by comma")
    made.add_argument("--save", type=Path, metavar="FILE", help="write it to a new file, mode 0600")
    made.set_defaults(run=_run_make_token)
    revoked = act("revoke-token", "take a runner's token back for good", _revoke, why)
    revoked.add_argument("subject", metavar="TOKEN", help="its id, as `desk tokens` lists it")


def _add_editions(act: Any, why: argparse.ArgumentParser, asked: argparse.ArgumentParser) -> None:
    frozen = act("freeze", "freeze an edition's bands", _freeze, asked)
    frozen.add_argument("edition", nargs="?", default="dev-2026-11")
    act("publish", "publish what waits", _publish, asked).add_argument(
        "edition", nargs="?", help=argparse.SUPPRESS
    )
    opened = act("open", "open an edition that follows a frozen one, and carry its rows on", _open, asked)
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
    superseded = act(
        "supersede", "freeze the new edition and let it take over from the old one", _supersede, why
    )
    superseded.add_argument("edition", help="the edition that is to be superseded")
    superseded.add_argument("--by", required=True, help="the edition that takes over")
    confirmed = act("confirm", "follow a proposal: the edition it names is superseded", _confirm)
    confirmed.add_argument("proposal")
    confirmed.add_argument("--by", required=True, help="the edition that takes over")
    confirmed.add_argument("--reason", default="", help="the proposal's own reason unless given")
    confirmed.add_argument("--author", default="operator")
    declined = act("decline", "decline a proposal until its cause has grown", _decline, why)
    declined.add_argument("proposal")


def run(options: argparse.Namespace) -> int:
    """Do one act and print the Space's answer."""
    return _print(_ask(options))


def _run_show(options: argparse.Namespace) -> int:
    """Print the overview: tables for people, JSON for programs."""
    answer = _ask(options)
    if options.json:
        return _print(answer)
    print(as_tables(answer), flush=True)  # noqa: T201 - a command's answer
    return 0


def _run_make_token(options: argparse.Namespace) -> int:
    """Make a token, and hand its secret over once: to a file of its own, or to whoever looks."""
    if options.save is None:
        done = _print(_ask(options))
        hint = "The token is shown this once: put it into a file that only the runner's user can read."
        print(hint, file=sys.stderr, flush=True)  # noqa: T201
        return done
    # The file first: a token that cannot be kept must not be made.
    try:
        descriptor = os.open(options.save, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadFile(
            f"{options.save} cannot be made ({error.strerror}).", "Name a new file in a folder of yours."
        ) from error
    with os.fdopen(descriptor, "w") as file:
        try:
            answer = _ask(options)
            file.write(answer.pop("token") + "\n")
        except BaseException:
            options.save.unlink()
            raise
    return _print({**answer, "saved": str(options.save)})


def _ask(options: argparse.Namespace) -> dict[str, Any]:
    method, path, body = options.call(options)
    token = options.token_file or token_file(read_settings().data, "operator")
    return Space(options.space, token_path=token).at_desk(method, path, body)


def _print(answer: dict[str, Any]) -> int:
    print(json.dumps(answer, indent=2, ensure_ascii=False), flush=True)  # noqa: T201 - a command's answer
    return 0


def _why(options: argparse.Namespace, **more: Any) -> dict[str, Any]:
    return {"reason": options.reason, "author": options.author, **more}


def _id(text: str) -> str:
    return quote(text, safe="")


def _get(path: str) -> Callable[[argparse.Namespace], Call]:
    return lambda _: ("GET", path, None)


def _to(place: str, act: str) -> Callable[[argparse.Namespace], Call]:
    return lambda o: ("POST", f"{place}/{_id(o.subject)}/{act}", _why(o))


def _log(o: argparse.Namespace) -> Call:
    query = {"limit": o.limit, **({"subject": o.subject} if o.subject else {})}
    return "GET", f"acts?{urlencode(query)}", None


_requeue = _to("submissions", "requeue")
_revoke = _to("tokens", "revoke")


def _withdraw(o: argparse.Namespace) -> Call:
    if len(o.subject) == _SUBMISSION_ID_LENGTH:
        return "POST", f"submissions/{_id(o.subject)}/withdraw", _why(o)
    return "POST", f"ratings/{_id(o.subject)}/notices", _why(o, kind="withdrawn")


def _dispute(o: argparse.Namespace) -> Call:
    return "POST", f"ratings/{_id(o.subject)}/notices", _why(o, kind="disputed")


def _settle(o: argparse.Namespace) -> Call:
    return "POST", f"ratings/{_id(o.subject)}/notices", _why(o, kind="settled")


def _make_token(o: argparse.Namespace) -> Call:
    hardware = [name.strip() for name in o.hardware.split(",") if name.strip()]
    return "POST", "tokens", _why(o, machine=o.machine, hardware=hardware)


def _freeze(o: argparse.Namespace) -> Call:
    return "POST", f"editions/{_id(o.edition)}/freeze", _why(o)


def _publish(o: argparse.Namespace) -> Call:
    return "POST", "publish", _why(o)


def _supersede(o: argparse.Namespace) -> Call:
    return "POST", f"editions/{_id(o.edition)}/supersede", _why(o, by=o.by)


def _confirm(o: argparse.Namespace) -> Call:
    return "POST", f"proposals/{_id(o.proposal)}/confirm", _why(o, by=o.by)


def _decline(o: argparse.Namespace) -> Call:
    return "POST", f"proposals/{_id(o.proposal)}/decline", _why(o)


def _open(options: argparse.Namespace) -> Call:
    body = _why(
        options, id=options.edition, after=options.after, title=options.title, summary=options.summary
    )
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
