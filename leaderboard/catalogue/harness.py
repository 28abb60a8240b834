"""The checksum of the harness that belongs to this version: a Space has none of its files to take it of."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from leaderboard.catalogue.loading import FOLDER, read_yaml

HARNESS = FOLDER / "harness.yaml"
HEADER = """\
# sha256 of the code that measures and judges, by version: `python -m runners.schemas` writes it.
"""


def known_harness(version: str) -> str | None:
    """The checksum of a version's harness; None: that version's is not known here."""
    found = (read_yaml(HARNESS) or {}).get(version)
    return str(found) if found else None


def harness_text(known: Mapping[str, str]) -> str:
    """The file that `known_harness` reads."""
    return HEADER + yaml.safe_dump(dict(known))
