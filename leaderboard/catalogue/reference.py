"""Published figures as ratings without stars (METHOD §7).

A row's id is its file and line, because names repeat; so it stays whatever happens to other rows' cells.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leaderboard.catalogue.entries import edition
from leaderboard.catalogue.loading import FOLDER
from leaderboard.domain import (
    BadFile,
    BadInput,
    Edition,
    Provenance,
    Rating,
    content_hash,
    rating_id,
    wh_per_1000,
)
from leaderboard.domain.words import first_fault

_FILES = FOLDER / "reference"
_OURS = {"extractive-question-answering": "question-answering"}
_PRECISIONS = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}
_EFFORT = re.compile(r"\breasoning (low|medium|high)\b")

Row = dict[str, str]


def reference_rows(edition_id: str) -> list[Rating]:
    """Every row of a reference edition, in the file's order, not rated yet.

    Raises:
        UnknownName: no such edition.
        BadInput: the edition is ours and brings no published figures.
        BadFile: the file is damaged; the message names line and field.
    """
    return list(_rows(edition_id))


@cache
def content_hash_of_edition(id: str) -> str:
    """sha256 of all that an edition of the catalogue says: its entry, its file's bytes, the rows made of it.

    The rows count too, so that reading a file better brings the better rows into every record.
    """
    what = edition(id)
    if what.source is None:
        return content_hash(what)
    file_hash = hashlib.sha256((_FILES / what.source.file).read_bytes()).hexdigest()
    rows = [row.model_dump(mode="json") for row in reference_rows(id)]
    return content_hash([what.model_dump(mode="json"), file_hash, rows])


@cache
def _rows(edition_id: str) -> tuple[Rating, ...]:
    what = edition(edition_id)
    if what.source is None:
        raise BadInput(
            f"{edition_id} is an edition of ours.", "Only reference editions bring published figures."
        )
    read = {"aies": _aies, "mlenergy": _mlenergy}[what.source.format]
    return tuple(read_rows(_FILES / what.source.file, what, read))


def read_rows(path: Path, what: Edition, read: Callable[[Row], dict[str, Any]]) -> list[Rating]:
    """A file's rows, each by `read` and with what all rows of the edition share.

    Raises:
        BadFile: a row is not what the edition's format says.
    """
    rows = []
    for line, row in _lines(path):
        try:
            rows.append(
                Rating(
                    id=rating_id(path.name, str(line)),
                    edition=what.id,
                    rule=what.rule,
                    provenance=Provenance.REFERENCE,
                    not_rated="not rated yet",
                    source=f"{path.name}:{line}",
                    **read(row),
                )
            )
        except ValidationError as error:
            raise _damaged(path, line, first_fault(error, "the row")) from error
        except KeyError as error:
            raise _damaged(path, line, f"the column {error} is missing") from error
        except (ValueError, ArithmeticError) as error:
            raise _damaged(path, line, f"not a number ({error})") from error
    if what.source is not None and what.source.format == "mlenergy":
        return _most_frugal_is_best(rows)
    return rows


def _damaged(path: Path, line: int, what: str) -> BadFile:
    return BadFile(f"{path.name}, line {line}: {what}.", "Restore the file as it was published.")


def _lines(path: Path) -> Iterator[tuple[int, Row]]:
    """Rows with the number of the line they start at; the header is line 1."""
    line = 1
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            line = 2
            for row in reader:
                yield line, row
                line = reader.line_num + 1
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.", "Restore the file.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise _damaged(path, line, str(error)) from error


def _aies(row: Row) -> dict[str, Any]:
    """AI Energy Score: Wh per 1,000 queries as published; every row is a row of its own."""
    effort = _EFFORT.search(row["note"])
    return {
        "task": _OURS.get(row["task"], row["task"]),
        "hardware": "aies-h100-80gb",
        "model_class": row["model_class"],
        "protocol": "aies-b1",
        # "on" with a note says how hard the model thought: "reasoning medium".
        "reasoning": effort[1] if effort else row["reasoning"] or "off",
        "model": row["model"],
        "energy_wh_per_1000": float(row["gpu_energy_wh_per_1000"]),
        "published_stars": int(row["stars"]) if row["stars"] else None,
        "batch": 1,
        "note": row["note"],
    }


def _mlenergy(row: Row) -> dict[str, Any]:
    """ML.ENERGY v3: joules per request; a cell is a task on one GPU model, whatever the number of GPUs."""
    # A whole batch starts and ends together, so its time is what each request waits. The language
    # models' figure is the time between tokens, which is no time per request.
    per_request = row["latency_kind"] == "batch_latency_s"
    return {
        "task": _OURS.get(row["task"], row["task"]),
        "hardware": f"mlenergy-{row['gpu'].lower()}",
        "model_class": "",
        "protocol": "mlenergy-steady",
        "reasoning": "off",
        "model": row["model_id"],
        "precision": _precision(row),
        "configuration": _configuration(row),
        "energy_wh_per_1000": wh_per_1000(float(row["energy_per_request_j"])),
        "params": _billions(row["total_params_b"]),
        "active_params": _billions(row["active_params_b"]),
        "gpus": int(row["num_gpus"]),
        "batch": int(row["batch_or_concurrency"]),
        "latency_s": float(row["latency"]) if per_request else None,
        "mean_power_w": float(row["avg_power_w"]),
    }


def _precision(row: Row) -> str:
    return _PRECISIONS.get(row["precision"], row["precision"])


def _billions(text: str) -> int:
    # Decimal, because 0.6 and 4.8 billion have no exact binary fraction.
    return int(Decimal(text) * 10**9)


def _configuration(row: Row) -> str:
    """GPUs, batch, parallelism and precision in words: "8 GPUs · batch 64 · TP 8 · fp8"."""
    gpus = int(row["num_gpus"])
    parts = [f"{gpus} GPU" if gpus == 1 else f"{gpus} GPUs", f"batch {row['batch_or_concurrency']}"]
    for column, name in (("tp", "TP"), ("ep", "EP"), ("dp", "DP"), ("ulysses", "Ulysses"), ("ring", "ring")):
        if row[column] not in ("", "1"):
            parts.append(f"{name} {row[column]}")
    if row["height"]:
        parts.append(f"{row['width']}×{row['height']}")
    if row["num_frames"]:
        parts.append(f"{row['num_frames']} frames")
    if row["steps"]:
        parts.append(f"{row['steps']} steps")
    return " · ".join([*parts, _precision(row)])


def _most_frugal_is_best(rows: list[Rating]) -> list[Rating]:
    """Of each model in each cell the row with the least energy stays best; the first one on a tie."""
    least: dict[tuple[str, ...], Rating] = {}
    for row in rows:
        key = (*row.cell, row.model)
        if key not in least or row.energy_wh_per_1000 < least[key].energy_wh_per_1000:
            least[key] = row
    best = {row.id for row in least.values()}
    return [row if row.id in best else row.model_copy(update={"best": False}) for row in rows]
