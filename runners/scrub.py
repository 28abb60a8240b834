"""Tokens never reach a log: known ones by value, the Hub's and bearer tokens by their look (DESIGN §7)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

_LOOKS = re.compile(r"\bhf_[A-Za-z0-9]{16,}\b|(?i:(?<=bearer )[\w.~+/=-]{8,})")
_SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "STARWATT_FETCH_TOKEN", "STARWATT_RUNNER_TOKEN")
_HIDDEN = "•••"


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without tokens.

    Args:
        secrets: values to hide besides those of the environment.
    """
    for secret in (*secrets, *(os.environ.get(name, "") for name in _SECRETS)):
        # Shorter ones would blot out ordinary words.
        if len(secret) >= 8:
            text = text.replace(secret, _HIDDEN)
    return _LOOKS.sub(_HIDDEN, text)
