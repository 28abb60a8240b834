"""What somebody typed into the form, and the request that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import ValidationError

from leaderboard import catalogue
from leaderboard.domain import BadInput, Precision, ReasoningMode, Task
from leaderboard.record import Record
from submissions import intake

FIELDS = ("model", "task", "hardware", "revision", "precision", "protocol", "reasoning", "note", "for")
_LONGEST = 2000
"""Characters of a field that are shown again; more is refused anyway."""
_HUBS = ("https://huggingface.co/", "http://huggingface.co/", "huggingface.co/")
_OFFERED = {"protocol": "offline-b1", "reasoning": "off"}


def values_of(asked: Mapping[str, Any], record: Record | None = None) -> dict[str, str]:
    """Every field of the form with what was typed into it; of a field that came twice, the last.

    With a record, what is empty is filled with what is offered first.
    """
    typed = {name: asked.get(name, "") for name in FIELDS}
    values = {
        name: value.strip()[:_LONGEST] if isinstance(value, str) else "" for name, value in typed.items()
    }
    for hub in _HUBS:
        # Pasted out of the address line.
        if values["model"].startswith(hub):
            values["model"] = "/".join(values["model"].removeprefix(hub).split("/")[:2])
    if record is not None:
        offered = {**_OFFERED, "hardware": _hardware_at_hand(record)}
        values.update({name: value for name, value in offered.items() if not values[name]})
    return values


def request_of(values: Mapping[str, str]) -> intake.Request:
    """Form or command-line values as a request; an empty one takes its default.

    Raises:
        BadInput: a field is missing or too long; the message names it.
    """
    given = {name: value for name, value in values.items() if value}
    missing = [name for name in ("model", "task", "hardware") if not given.get(name)]
    if missing:
        raise BadInput(f"{missing[0].capitalize()} is missing.", "Fill it in and submit again.")
    try:
        return intake.Request.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "The form"
        if first["type"] == "string_too_long":
            raise BadInput(
                f"{field.capitalize()} is longer than {first['ctx']['max_length']} characters.", "Shorten it."
            ) from error
        raise BadInput(f"{field} cannot be read.", "Choose one of the values the form offers.") from error


def far_enough(text: str) -> bool:
    """Whether what was typed can be judged as a name: the first word of one is never a whole one.

    A slash that ends it has the name after it still to come.
    """
    return " " in text or "/" in text[:-1]


def choices(fitting: tuple[Task, ...] | list[Task] = ()) -> dict[str, Any]:
    """What the form offers to choose from; tasks that fit the model apart, and first."""
    fits = {task.id for task in fitting}
    return {
        "fitting": list(fitting),
        "tasks": [task for task in catalogue.tasks().values() if task.id not in fits],
        "hardware": list(catalogue.hardware_classes().values()),
        "protocols": [protocol for protocol in catalogue.protocols().values() if protocol.available],
        "precisions": get_args(Precision),
        "modes": get_args(ReasoningMode),
    }


def _hardware_at_hand(record: Record) -> str:
    """The class whose runner was heard from last, so that what is chosen first can be measured; or empty."""
    heard = record.workers()
    return heard[0].hardware[0] if heard else ""
