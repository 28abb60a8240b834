"""How machines are called: the one rule for the names that runners give themselves and the Space takes."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

from leaderboard.domain.errors import BadInput

MachineName = Annotated[str, StringConstraints(pattern=r"^[\w.:-]+$", min_length=1, max_length=100)]
"""As a runner names itself: its host name, unless it was told another, and which it is there: `rack-1:2`."""
MeasuringName = Annotated[str, StringConstraints(pattern=r"^([\w.-]{1,90}@)?[\w.:-]{1,100}$")]
"""The same, or a node that a runner hands work to: `node-3@login`."""
_NAME: TypeAdapter[str] = TypeAdapter(MeasuringName)


def check_machine_name(name: str) -> str:
    """The name, if it is one: of a machine, or of a node behind it.

    Raises:
        BadInput: that is no machine's name.
    """
    try:
        return _NAME.validate_python(name)
    except ValidationError as error:
        raise BadInput(
            f"{name[:40]!r} is no machine's name.",
            "Letters, figures and . _ : - are taken, a node as NODE@MACHINE; the queue's page lists "
            "the runners.",
        ) from error


def machine_name(host: str) -> str:
    """A host's name made to fit; `:` stands before the runner's number, for which it leaves room."""
    return re.sub(r"[^\w.-]", "-", host)[:90] or "worker"
