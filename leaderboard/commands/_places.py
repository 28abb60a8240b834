"""Where a command finds its record and its data sets: options in front of the settings."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from leaderboard.settings import Settings, read_settings


def add_data(parser: argparse._ActionsContainer, what: str = "folder of the record") -> None:
    """`--data DIR`."""
    parser.add_argument("--data", type=Path, metavar="DIR", help=f"{what} (STARWATT_DATA)")


def add_dataset(parser: argparse._ActionsContainer) -> None:
    """`--dataset ORG/PREFIX`."""
    parser.add_argument("--dataset", metavar="ORG/PREFIX", help="data sets on the Hub (STARWATT_DATASET)")


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings, with what the command line says of `--data` and `--dataset` before them."""
    settings = read_settings()
    given = {name: value for name in ("data", "dataset") if (value := getattr(args, name, None))}
    return replace(settings, **given)
