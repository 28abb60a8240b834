"""The three terms of an attested figure, each accepted by itself; their words stand in `text/terms.md`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from leaderboard.board.texts import sections
from submissions.attested.refusing import refuse

TERMS = ("public_figures", "integrity", "representativeness")
"""Their names as fields of a form; the text has them with dashes."""


def accepted(given: Mapping[str, object]) -> dict[str, str]:
    """Each term with the sha256 of the words that were accepted.

    Raises:
        Refused: one is not; the message names it.
    """
    for name in TERMS:
        if str(given.get(name, "")).lower() not in ("on", "true", "1", "yes"):
            told = f"The term “{name.replace('_', ' ')}” is not accepted."
            raise refuse("terms-accepted", told, "All three have to be: accept each, or do not hand it in.")
    words = sections("terms")
    return {name: hashlib.sha256(str(words[name.replace("_", "-")]).encode()).hexdigest() for name in TERMS}
