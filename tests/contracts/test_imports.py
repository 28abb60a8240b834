"""Imports run one way (DESIGN §2): this walks every module and keeps it so."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SIBLINGS = ("catalogue", "record", "rating")
ALLOWED: dict[str, tuple[str, ...]] = {
    "leaderboard": (),
    "leaderboard.domain": ("leaderboard.domain",),
    "leaderboard.settings": ("leaderboard.domain",),
    "leaderboard.listening": ("leaderboard.domain",),
    **{
        f"leaderboard.{room}": ("leaderboard", "leaderboard.domain", f"leaderboard.{room}")
        for room in SIBLINGS
    },
    "leaderboard.judging": (
        "leaderboard.domain",
        "leaderboard.catalogue",
        "leaderboard.rating.aggregate",
        "leaderboard.judging",
    ),
    "leaderboard.cells": ("leaderboard.domain", *(f"leaderboard.{room}" for room in SIBLINGS)),
    "leaderboard.freezing": ("leaderboard.domain", *(f"leaderboard.{room}" for room in SIBLINGS)),
    "leaderboard.served": ("leaderboard.domain",),
    "leaderboard.editions": (
        "leaderboard.cells",
        "leaderboard.freezing",
        "leaderboard.served",
        "leaderboard.domain",
        *(f"leaderboard.{room}" for room in SIBLINGS),
    ),
    "leaderboard.proposing": (
        "leaderboard.freezing",
        "leaderboard.domain",
        *(f"leaderboard.{room}" for room in SIBLINGS),
    ),
    "leaderboard.succession": (
        "leaderboard.freezing",
        "leaderboard.proposing",
        "leaderboard.domain",
        *(f"leaderboard.{room}" for room in SIBLINGS),
    ),
    "leaderboard.references": ("leaderboard.domain", "leaderboard.catalogue"),
    "leaderboard.standing": ("leaderboard.domain", "leaderboard.record"),
    "leaderboard.disputes": ("leaderboard.domain", "leaderboard.record"),
    "leaderboard.right_size": ("leaderboard.domain",),
    "leaderboard.alternatives": ("leaderboard.domain", "leaderboard.right_size"),
    "leaderboard.next_star": ("leaderboard.domain", "leaderboard.rating"),
    "leaderboard.efficiency": ("leaderboard.domain",),
    "leaderboard.reasoning": ("leaderboard.domain",),
    "leaderboard.publish": (
        "leaderboard",
        "leaderboard.domain",
        "leaderboard.settings",
        "leaderboard.editions",
        "leaderboard.standing",
        "leaderboard.publish",
        *(f"leaderboard.{room}" for room in SIBLINGS),
    ),
    "leaderboard.board": (
        "leaderboard",
        "leaderboard.domain",
        "leaderboard.settings",
        "leaderboard.editions",
        "leaderboard.standing",
        "leaderboard.proposing",
        "leaderboard.succession",
        "leaderboard.references",
        "leaderboard.disputes",
        "leaderboard.right_size",
        "leaderboard.alternatives",
        "leaderboard.next_star",
        "leaderboard.efficiency",
        "leaderboard.reasoning",
        "leaderboard.publish",
        "leaderboard.board",
        *(f"leaderboard.{room}" for room in SIBLINGS),
    ),
    "leaderboard.commands": ("leaderboard",),
    "leaderboard.__main__": ("leaderboard",),
    "submissions": ("leaderboard", "submissions"),
    "runners": (
        "leaderboard",
        "leaderboard.domain",
        "leaderboard.catalogue",
        "leaderboard.judging",
        "leaderboard.rating.aggregate",
        "leaderboard.rating.series",
        "runners",
    ),
    "app": ("leaderboard", "submissions"),
}
"""Room → the rooms it may import from. A room not named here may not be."""

WHOLE = ("leaderboard.commands", "leaderboard.__main__", "submissions", "app")
"""Rooms that may import anything below the names they list; the others need the exact room."""


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(
        [
            ROOT / "app.py",
            *(p for top in ("leaderboard", "submissions", "runners") for p in (ROOT / top).rglob("*.py")),
        ]
    ):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where things come from"
            assert node.module
            # `from leaderboard import catalogue` imports a room, not a name of the package.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str:
    rooms = [room for room in ALLOWED if module == room or module.startswith(room + ".")]
    return max(rooms, key=len)


def is_allowed(room: str, imported: str) -> bool:
    for allowed in ALLOWED[room]:
        if room in WHOLE and imported.startswith(allowed + "."):
            return True
        if allowed == "leaderboard" and imported.removeprefix("leaderboard.") == "__version__":
            return True
        if allowed != "leaderboard" and (imported == allowed or imported.startswith(allowed + ".")):
            return True
    return False


OURS = ("leaderboard", "submissions", "runners", "app", "tests")


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: str(value).split("/")[-1])
def test_imports_run_one_way(module: str, path: Path) -> None:
    room = room_of(module)
    wrong = [
        imported
        for imported in imports_of(path)
        if imported.split(".")[0] in OURS and not is_allowed(room, imported)
    ]
    assert not wrong, f"{module} must not import {', '.join(wrong)}"


WEB = (
    "leaderboard/board/",
    "submissions/accounts/",
    "submissions/attested/",
    "submissions/desk/",
    "submissions/metrics.py",
    "submissions/doors.py",
    "submissions/form/",
    "submissions/queue",
    "submissions/runner_api.py",
    "submissions/status/",
    "submissions/policy.py",
    "app.py",
)


def test_only_the_site_knows_the_web() -> None:
    for _, path in modules():
        where = path.relative_to(ROOT).as_posix()
        if not where.startswith(WEB):
            heads = {imported.split(".")[0] for imported in imports_of(path)}
            assert not heads & {"fastapi", "starlette", "gradio", "uvicorn"}, where


def test_the_domain_needs_only_the_standard_library_and_pydantic() -> None:
    for module, path in modules():
        if module.startswith("leaderboard.domain"):
            heads = {imported.split(".")[0] for imported in imports_of(path)}
            assert heads <= {*sys.stdlib_module_names, "pydantic", "leaderboard"}, module


def test_importing_the_space_starts_nothing_and_loads_no_model_library(tmp_path: Path) -> None:
    program = (
        "import sys, threading, app\n"
        "heavy = {'torch', 'transformers', 'zeus', 'sentence_transformers', 'diffusers'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "others = set(threading.enumerate()) - {threading.main_thread()}\n"
        "assert all(thread.daemon for thread in others), others\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "data").exists()
