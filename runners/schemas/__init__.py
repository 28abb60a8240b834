"""JSON schemas of `plan.json` and `run.json`, as shipped beside this file (DESIGN §8).

`python -m runners.schemas` writes them anew from the domain's types; a test keeps both equal.
"""

from __future__ import annotations

import json
from pathlib import Path

from leaderboard.domain import Plan, Run

__all__ = ["FOLDER", "schemas"]

FOLDER = Path(__file__).parent


def schemas() -> dict[str, str]:
    """File name → its text, made from the types."""
    return {
        f"{name}.schema.json": json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **word.model_json_schema()},
            indent=2,
            sort_keys=True,
            ensure_ascii=False,
        )
        + "\n"
        for name, word in (("plan", Plan), ("run", Run))
    }
