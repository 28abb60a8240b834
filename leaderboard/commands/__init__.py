"""The sub-commands of `python -m leaderboard`: one module each.

A module here is a sub-command: it has `add(subparsers)`, which adds a parser and sets its default `run`,
and `run(args) -> int`, which returns the exit code. Heavy imports belong into `run`. Modules with a leading
underscore are not sub-commands.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from types import ModuleType
from typing import TypeAlias

__all__ = ["Subparsers", "modules"]

# A string: the class takes a type argument only for the type checker.
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What `add_subparsers` returns."""


def modules() -> list[ModuleType]:
    """Every sub-command's module, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names if not name.startswith("_")]
