"""`edition status`: how far an edition's reference models are, and what the missing ones would take."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from leaderboard import catalogue, proposing, references
from leaderboard.commands import _confirm, _output, _places
from leaderboard.domain import MIN_REFERENCES, BadInput, Cell, Edition, EditionStatus, Proposal

DESCRIPTION = """\
Print for each cell how many of its reference models are measured, whether bands can be made of them, and
what the missing ones would take: GPU hours and their price on rented cards. The record is only read; where
there is none, nothing is measured yet.

With --confirm the Hub (HF_ENDPOINT) is asked about every reference model, once each: whether it exists, is
public, has safetensors, and fits its class and its card.
"""

EXAMPLE = """\
example:
  python -m leaderboard edition status 2026-11 --missing
"""

AT_LEAST = (
    "Hours are at least: a window is whole passes over the task's block, and a slow model's pass "
    "outlasts the 60 s that are counted here."
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("edition", metavar="EDITION", help="one of our public editions")
    _places.add_data(parser)
    parser.add_argument("--missing", action="store_true", help="only the missing models, one a line")
    parser.add_argument("--confirm", action="store_true", help="ask the Hub about every reference model")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the status; 0 whatever it is."""
    settings = _places.settings_of(args)
    edition, measured, proposals = _edition(settings.data, args.edition)
    if not edition.reference_models:
        raise BadInput(
            f"{edition.id} lists no reference models.",
            "Ask for one of our public editions; in the others every model of a cell counts.",
        )
    cells = references.status(edition, measured)
    answers = None
    if args.confirm:
        asked = _confirm.by_model(edition.reference_cells)
        answers = _confirm.confirm(asked, settings.hub_endpoint, _tell)
    if args.json:
        document = _document(edition, cells, answers, args.missing)
        if not args.missing:
            document["proposals"] = [proposal.model_dump(mode="json") for proposal in proposals]
        _output.to_stdout(json.dumps(document, indent=2) + "\n")
        return 0
    lines = _missing(cells) if args.missing else [*_report(edition, cells), *_proposed(proposals)]
    if answers is not None:
        lines += ["", *_answers(answers)]
    _output.to_stdout("".join(f"{line}\n" for line in lines))
    return 0


def _edition(folder: Path, id: str) -> tuple[Edition, Mapping[Cell, Collection[str]], list[Proposal]]:
    """The edition as it stands, and what the record has of it. A frozen one is the record's word."""
    from leaderboard.record import Record
    from leaderboard.record.folder import DATABASE

    if not (folder / DATABASE).is_file():
        return catalogue.edition(id), {}, []
    with Record.read(folder) as record:
        kept = next((edition for edition in record.editions() if edition.id == id), None)
        if kept is None:
            return catalogue.edition(id), {}, []
        stands = kept.status is not EditionStatus.OPEN or id not in catalogue.editions()
        waiting = [proposal for proposal in proposing.waiting(record) if proposal.edition == id]
        return kept if stands else catalogue.edition(id), record.measured_models(id), waiting


def _proposed(proposals: Sequence[Proposal]) -> list[str]:
    """Proposals that wait for the operator, and how to answer them."""
    if not proposals:
        return []
    lines = [f"  {proposal.id}  {proposal.reason}" for proposal in proposals]
    answer = "python -m submissions desk confirm ID --by EDITION, or: desk decline ID --reason …"
    return ["", "Proposed: that a newer edition takes over.", *lines, f"  {answer}"]


def _tell(asked: int, of: int) -> None:
    sys.stderr.write(f"\rasking the Hub: {asked} of {of}" + ("\n" if asked == of else ""))
    sys.stderr.flush()


_COLUMNS = ("task", "hardware", "class", "measured", f"≥ {MIN_REFERENCES}", "GPU hours", "cost")


def _report(edition: Edition, cells: Sequence[references.CellStatus]) -> list[str]:
    rows = [_COLUMNS, *(_row(status) for status in cells)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    lines = [f"{edition.id} ({edition.status.value}): {edition.title}", ""]
    lines += [
        "  ".join(
            text.ljust(width) if place < 3 else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    begun = [status for status in cells if status.measured and status.missing]
    if begun:
        lines += ["", "missing in cells that were begun:", *(f"  {line}" for line in _missing(begun))]
    return [*lines, "", *_totals(cells), *_stops(edition)]


def _row(status: references.CellStatus) -> tuple[str, ...]:
    cell = status.cell
    hardware = cell.hardware if cell.reasoning == "off" else f"{cell.hardware}, reasoning {cell.reasoning}"
    measured = f"{len(status.measured)} of {len(status.listed)}"
    return (
        *(cell.task, hardware, cell.model_class or "–", measured, "yes" if status.enough else "no"),
        *(f"{status.gpu_hours:.1f}", _money(status.cost, status.rental.currency if status.rental else "")),
    )


def _money(amount: float | None, currency: str) -> str:
    return "–" if amount is None else f"{amount:,.2f} {currency}"


def _totals(cells: Sequence[references.CellStatus]) -> list[str]:
    lines = []
    for hardware in dict.fromkeys(status.cell.hardware for status in cells):
        there = [status for status in cells if status.cell.hardware == hardware]
        hours = sum(status.gpu_hours for status in there)
        line = f"{hardware}: {_counts(there)}; {hours:.1f} GPU hours"
        rental = there[0].rental
        if rental is not None:
            line += f", {_money(sum(status.cost or 0.0 for status in there), rental.currency)} at "
            line += f"{rental.price_per_hour:.2f} an hour ({rental.source}; {rental.dated.isoformat()})"
        lines.append(line)
    cost = ", ".join(_money(amount, currency) for currency, amount in _costs(cells).items())
    hours = sum(status.gpu_hours for status in cells)
    enough = sum(status.enough for status in cells)
    lines.append(f"in all: {_counts(cells)}; {hours:.1f} GPU hours, {cost or 'no price known'}")
    lines.append(f"cells with {MIN_REFERENCES} or more measured: {enough} of {len(cells)}")
    return [*lines, AT_LEAST]


def _counts(cells: Sequence[references.CellStatus]) -> str:
    measured = sum(len(status.measured) for status in cells)
    return f"{measured} of {sum(len(status.listed) for status in cells)} reference models measured"


def _costs(cells: Sequence[references.CellStatus]) -> dict[str, float]:
    """Cost by currency; cells without a price are left out."""
    sums: dict[str, float] = {}
    for status in cells:
        if status.rental is not None and status.cost is not None:
            sums[status.rental.currency] = sums.get(status.rental.currency, 0.0) + status.cost
    return sums


def _stops(edition: Edition) -> list[str]:
    found = references.obstacles(edition)
    if not found:
        return ["", "Nothing in the catalogue stops an official run."]
    return [
        "",
        "What stops official runs today:",
        *(f"  {obstacle.why}: {', '.join(obstacle.tasks)}" for obstacle in found),
    ]


def _missing(cells: Sequence[references.CellStatus]) -> list[str]:
    return [f"{status.cell.key_in_edition}  {model}" for status in cells for model in status.missing]


def _answers(answers: Sequence[_confirm.Answer]) -> list[str]:
    good = [answer for answer in answers if not answer.problems]
    lines = [f"The Hub confirms {len(good)} of {len(answers)} models."]
    lines += [f"  {answer.model}: {'; '.join(answer.problems)}" for answer in answers if answer.problems]
    unsized = [answer.model for answer in good if answer.params is None]
    if unsized:
        lines.append(f"Parameters not told, so size not confirmed: {', '.join(unsized)}")
    # What somebody else's machine said may not move a terminal's cursor.
    return ["".join(char if char.isprintable() else " " for char in line) for line in lines]


def _document(
    edition: Edition,
    cells: Sequence[references.CellStatus],
    answers: Sequence[_confirm.Answer] | None,
    only_missing: bool,
) -> dict[str, Any]:
    document: dict[str, Any] = {"edition": edition.id}
    if only_missing:
        document["missing"] = {status.cell.key_in_edition: list(status.missing) for status in cells}
    else:
        document |= {
            "status": edition.status.value,
            "cells": [_cell(status) for status in cells],
            "totals": {
                "listed": sum(len(status.listed) for status in cells),
                "measured": sum(len(status.measured) for status in cells),
                "cells": len(cells),
                "cells_with_enough": sum(status.enough for status in cells),
                "gpu_hours_at_least": round(sum(status.gpu_hours for status in cells), 2),
                "cost_at_least": {name: round(amount, 2) for name, amount in _costs(cells).items()},
            },
            "obstacles": [
                {"why": obstacle.why, "tasks": list(obstacle.tasks)}
                for obstacle in references.obstacles(edition)
            ],
        }
    if answers is not None:
        document["hub"] = {
            answer.model: {"params": answer.params, "problems": list(answer.problems)} for answer in answers
        }
    return document


def _cell(status: references.CellStatus) -> dict[str, Any]:
    rental = status.rental
    return {
        "cell": status.cell.key_in_edition,
        **{name: value for name, value in status.cell._asdict().items() if name != "edition"},
        "listed": len(status.listed),
        "measured": list(status.measured),
        "missing": list(status.missing),
        "enough": status.enough,
        "gpu_hours_at_least": round(status.gpu_hours, 2),
        "cost_at_least": None if status.cost is None else round(status.cost, 2),
        "currency": rental.currency if rental else None,
    }
