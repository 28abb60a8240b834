"""`get`: a model's ratings, out of the record, the data sets on the Hub, or from a running Space."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leaderboard.commands import Subparsers, _output, _places
from leaderboard.domain import BadInput, NotFound, SpaceUnavailable, three_significant
from leaderboard.settings import Settings, read_settings

TIMEOUT_S = 30.0
PAGE = 1000

DESCRIPTION = """\
Print a model's ratings: energy in Wh per 1,000 queries, stars, quality, and how far they can be trusted.
Out of the record in a folder, out of the published data sets on the Hub with --dataset (also where there is
no record and STARWATT_DATASET is set; no token is needed), or from a running Space with --space.
"""

EXAMPLE = """\
example:
  python -m leaderboard get sentence-transformers/all-MiniLM-L6-v2 --space http://127.0.0.1:7860
  python -m leaderboard get org/name --task text-generation --dataset ORG/PREFIX --json

Development editions are shown only when asked for by name, with --edition.
"""


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser."""
    parser = subparsers.add_parser(
        "get",
        help="a model's ratings",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help="organisation/name, as on the Hub")
    parser.add_argument("--task", metavar="TASK", help="this task only")
    parser.add_argument("--edition", metavar="EDITION", help="this edition only")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--space", metavar="URL", help="ask a running Space")
    where.add_argument("--dataset", metavar="ORG/PREFIX", help="read the data sets on the Hub")
    _places.add_data(where)
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the rows, or say that there are none."""
    if args.space is not None:
        rows = _from_space(args.space, args.model, args.task, args.edition)
    else:
        from leaderboard.record.folder import DATABASE

        settings = read_settings()
        folder = args.data or settings.data
        dataset = args.dataset
        if dataset is None and args.data is None and not (folder / DATABASE).is_file():
            dataset = settings.dataset
        if dataset is not None:
            rows = _from_hub(settings, dataset, args.model, args.task, args.edition)
        else:
            rows = _from_record(folder, args.model, args.task, args.edition)
    if not rows:
        narrowed = " here" if args.task or args.edition else ""
        raise NotFound(
            f"There is no rating of {args.model!r}{narrowed}.",
            "Look at the spelling; leave --task and --edition out; development editions need --edition.",
        )
    text = json.dumps(rows, indent=2, ensure_ascii=False) if args.json else _table(rows)
    _output.to_stdout(text + "\n")
    return 0


def _from_record(folder: Path, model: str, task: str | None, edition: str | None) -> list[dict[str, Any]]:
    from leaderboard.record import Record

    with Record.read(folder) as record:
        rows = record.ratings_of(model, best=True)
    return [
        row.model_dump(mode="json")
        for row in rows
        if (task is None or row.task == task)
        and (row.edition == edition if edition is not None else not row.development)
    ]


def _from_hub(
    settings: Settings, dataset: str, model: str, task: str | None, edition: str | None
) -> list[dict[str, Any]]:
    from leaderboard.publish import check_dataset
    from leaderboard.publish.huggingface import HfHub
    from leaderboard.publish.pull import pull_ratings

    hub = HfHub(settings.hub_endpoint, settings.hub_token)
    rows = pull_ratings(hub, check_dataset(dataset), model, task, edition)
    return [row.model_dump(mode="json") for row in rows]


def _from_space(address: str, model: str, task: str | None, edition: str | None) -> list[dict[str, Any]]:
    """Every row of the model that the Space's API has, page by page."""
    import httpx2

    if not address.startswith(("http://", "https://")):
        raise BadInput(f"{address!r} is no address of a Space.", "Write it as http://127.0.0.1:7860.")
    wanted = {"q": model, "task": task, "edition": edition, "limit": str(PAGE)}
    query = {name: value for name, value in wanted.items() if value is not None}
    rows: list[dict[str, Any]] = []
    try:
        with httpx2.Client(timeout=TIMEOUT_S, follow_redirects=True) as client:
            after: str | None = None
            while True:
                page = query if after is None else {**query, "after": after}
                document = _answer(client.get(f"{address.rstrip('/')}/api/v1/ratings", params=page), address)
                rows += [row for row in document["items"] if row["model"] == model]
                after = document["next"]
                if after is None:
                    return rows
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise SpaceUnavailable(
            f"{address} did not answer ({type(error).__name__}).", "Is the Space running at this address?"
        ) from error


def _answer(response: Any, address: str) -> dict[str, Any]:
    try:
        document = response.json()
        if response.status_code >= 400:
            said = document["error"]
            raise BadInput(said["message"], said["remedy"])
        if not isinstance(document["items"], list) or "next" not in document:
            raise ValueError("no list of ratings")
    except (ValueError, KeyError, TypeError) as error:
        raise SpaceUnavailable(
            f"{address} answered {response.status_code} and no list of ratings.",
            "Is this the address of a Starwatt Space?",
        ) from error
    return dict(document)


_NAMES = ("edition", "task", "hardware", "protocol", "reasoning")
_COLUMNS = (*_NAMES, "Wh per 1,000", "stars", "quality", "provenance")


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows in columns, with their interval and star range where one is claimed."""
    cells = [_COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(_COLUMNS))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    if any(row.get("development") for row in rows):
        lines.append("Development figures: not a fact about any model or card.")
    return "\n".join(lines)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    energy = three_significant(row["energy_wh_per_1000"])
    if row.get("energy_low") is not None and row.get("energy_high") is not None:
        energy += f" ({three_significant(row['energy_low'])}–{three_significant(row['energy_high'])})"
    quality = "–"
    if row.get("quality") is not None:
        quality = f"{three_significant(row['quality'])} {row.get('quality_metric') or ''}".rstrip()
    cells = (*(str(row[name]) for name in _NAMES), energy, _stars(row), quality, str(row["provenance"]))
    # A Space is somebody else's machine: nothing it says may move a terminal's cursor.
    return tuple("".join(char if char.isprintable() else " " for char in cell) for cell in cells)


def _stars(row: Mapping[str, Any]) -> str:
    if row["stars"] is None:
        return str(row.get("not_rated") or "not rated")
    low, high = row.get("stars_low"), row.get("stars_high")
    if low is None or high is None or low == high:
        return f"{row['stars']}★"
    return f"{row['stars']}★, {low}–{high}"
