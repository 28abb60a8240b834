"""Slurm's own tools, asked so that nothing but their words decides what they answer."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from leaderboard.domain import Unavailable
from leaderboard.domain.hardware import SlurmRequest

_ASK_S = 30.0


def ask(*command: str) -> str:
    """What a tool of Slurm's answers. Raises Unavailable."""
    words = without_wishes(os.environ, command)
    try:
        answer = subprocess.run(words, capture_output=True, text=True, timeout=_ASK_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = " ".join(str(getattr(error, "stderr", "") or error).split())[-200:]
        raise Unavailable(f"Slurm's {command[0]} fails: {said}", "Is slurmctld up?") from error
    return answer.stdout


def could_have(asks: SlurmRequest, gres: str, features: str) -> bool:
    """Whether a node has the kind of resources and the feature that a class asks for, as far as one can see.

    Args:
        gres: the node's, as `gpu:h100:4(S:0-1),gpu:t4:1`.
        features: the node's, with commas between.
    """
    has = [part.partition("(")[0].split(":") for part in gres.split(",")]
    for wanted in filter(None, (asks.gres or "").split(",")):
        kind = [word for word in wanted.split(":") if not word.isdigit()]
        if not any(one[: len(kind)] == kind for one in has):
            return False
    # What is more than one name (`a&b`, `[a|b]`) Slurm itself decides.
    named = asks.constraint is not None and asks.constraint.isidentifier()
    return not named or asks.constraint in features.split(",")


_WISHES = ("SBATCH_", "SQUEUE_", "SCANCEL_", "SINFO_", "SALLOC_", "SRUN_")
_MORE_WISHES = ("SLURM_CLUSTERS", "SLURM_HINT", "SLURM_SPANK_")


def without_wishes(environ: Mapping[str, str], command: Sequence[str]) -> list[str]:
    """A command of Slurm's, without what the environment would have it do otherwise.

    `SBATCH_EXPORT` is stronger than the job's own `--export`, and `SQUEUE_PARTITION` hides jobs that run.
    """
    wishes = [name for name in environ if name.startswith((*_WISHES, *_MORE_WISHES))]
    return ["env", *(f"--unset={name}" for name in sorted(wishes)), *command]
