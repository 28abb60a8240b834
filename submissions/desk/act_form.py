"""What a form of the desk is: its words, its fields, and doing what it asks for once it is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from leaderboard.domain import BadInput
from submissions.desk.acts import Desk
from submissions.desk.log import By

Choices = Literal["", "hardware", "machines", "editions"]
Values = Mapping[str, str]
LONGEST_VALUE = 2000


@dataclass(frozen=True)
class Field:
    """One thing to fill in."""

    name: str
    label: str
    hint: str = ""
    choices: Choices = ""
    """Which list it is chosen from; empty: it is typed."""
    needed: bool = True


@dataclass(frozen=True)
class ActForm:
    """One act: its address is `/desk/{name}`."""

    name: str
    title: str
    what: str
    """What will happen, as a sentence."""
    button: str
    fields: tuple[Field, ...]
    do: Callable[..., object]
    """Called with the desk, what the fields hold in their order (left out: empty), and who asks."""
    final: str = ""
    """Why it cannot be undone; empty: it can."""
    reason_needed: bool = True


def do(form: ActForm, desk: Desk, values: Values, by: By) -> object:
    """Do what a form asks for, if it is filled in and confirmed; returns what the desk does.

    Raises:
        BadInput: a field is missing or too long, or what cannot be undone was not confirmed.
        And what the desk raises.
    """
    for field in form.fields:
        value = values.get(field.name, "")
        if field.needed and not value:
            raise BadInput(f"{field.label} is missing.", "Fill it in and send the form again.")
        if len(value) > LONGEST_VALUE:
            raise BadInput(f"{field.label} is too long.", f"At most {LONGEST_VALUE} characters are taken.")
    if form.final and values.get("sure") != "yes":
        raise BadInput("This cannot be undone, and was not confirmed.", "Tick the box above the button.")
    return form.do(desk, *(values.get(field.name, "") for field in form.fields), by)
