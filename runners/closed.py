"""A model that is on no Hub, on the command line: its data fetched, its folder taken, its run packed."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.domain import BadInput, Plan
from runners.settings import cache_folder

if TYPE_CHECKING:
    from runners.bench.parent import Settings

DONE = 0


def fetch(given: argparse.Namespace) -> int:
    """`runners fetch`: what a run needs, here before it begins; then it needs no network."""
    from runners.bench.record import read_plan_file
    from runners.fetch import LocalModel, fetch

    made, cache = read_plan_file(given.plan), cache_folder(given.cache)
    # What is told of a model that is elsewhere is not looked at: nothing of it is read here.
    elsewhere = LocalModel(repo_id=made.model.repo_id, sha=made.model.sha, folder="")
    found = fetch(made, cache, elsewhere if given.no_model else None)
    model = "" if given.no_model else f"{made.model.repo_id} and "
    print(f"{model}{made.block} queries of {made.task} are in {cache}.")
    if found.unscored:
        print(f"Its quality cannot be scored: {found.unscored}")
    return DONE


def with_weights(made: Plan, folder: Path | None, settings: Settings) -> Settings:
    """The settings; with a folder, reading a closed model from there.

    Raises:
        BadInput: the folder holds other files than were planned.
    """
    from runners import fetch

    if folder is None:
        return settings
    local = fetch.take_folder(folder, settings.cache, made.model.repo_id)
    if local.sha != made.model.sha:
        raise BadInput(
            f"{folder} holds other files than those that were planned ({local.sha[:12]} for "
            f"{made.model.sha[:12]}).",
            "Plan again with --weights naming this folder.",
        )
    return replace(settings, inputs=lambda plan, cache: fetch.fetch(plan, cache, local))


def bundle(given: argparse.Namespace) -> int:
    """`runners bundle`."""
    from runners.bundle import bundle

    packed = bundle(given.out, given.output, nonce=given.nonce, title=given.model_name, licence=given.licence)
    print(f"{given.output}: {packed.size / 1e6:.1f} MB, run {packed.run.id}, nonce {packed.run.plan.nonce}")
    print("Hand it in on the Space's page /submit/attested, or by POST /api/v1/attested.")
    return DONE
