"""Write down which architectures the installed libraries carry, for a Space that imports none of them.

python -m runners.architectures
"""

from __future__ import annotations

import json
from typing import Any

from leaderboard.catalogue.architectures import FILE


def carried() -> dict[str, Any]:
    """Names of what transformers and diffusers load by themselves, sorted."""
    import diffusers
    import transformers
    from transformers.models.auto import configuration_auto, modeling_auto

    classes: set[str] = set()
    for name in dir(modeling_auto):
        if name.endswith("_MAPPING_NAMES"):
            for value in getattr(modeling_auto, name).values():
                classes.update([value] if isinstance(value, str) else value)
    return {
        "transformers": transformers.__version__,
        "diffusers": diffusers.__version__,
        "model_types": sorted(configuration_auto.CONFIG_MAPPING_NAMES),
        "classes": sorted(classes),
        "pipelines": sorted(name for name in dir(diffusers) if name.endswith("Pipeline")),
    }


def as_text(names: dict[str, Any]) -> str:
    """One name a line, so that a new version of a library is a readable change."""
    return json.dumps(names, indent=0) + "\n"


if __name__ == "__main__":
    FILE.write_text(as_text(carried()), encoding="utf-8")
