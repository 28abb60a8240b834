"""The folder of a run: written so that it looks finished only when it is (DESIGN §4)."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from leaderboard.domain import BadFile, BadInput, Plan, Run, read_plan, read_run
from leaderboard.judging.samples import Sample, write_trace

RUN, TRACE, LOG = "run.json", "trace.parquet", "log.txt"


def read_plan_file(path: Path) -> Plan:
    """A plan from its file.

    Raises:
        BadFile: unreadable, or not JSON.
        WrongSchema: not a plan, or of another schema version.
    """
    return read_plan(_read(path, "plan", "Make it with `python -m runners plan`."))


def read_run_file(path: Path) -> Run:
    """A run from its `run.json`.

    Raises:
        BadFile: unreadable, or not JSON.
        WrongSchema: not a run record, or of another schema version.
    """
    return read_run(_read(path, "run record", "Name the folder that `python -m runners bench` wrote."))


def _read(path: Path, what: str, remedy: str) -> object:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise BadFile(f"The {what} {path} cannot be read ({error.strerror}).", remedy) from error
    except ValueError as error:
        raise BadFile(f"The {what} {path} is not JSON.", remedy) from error


def open_folder(folder: Path) -> Path:
    """An empty, writable folder for a run.

    Raises:
        BadInput: it holds something already, is a file, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = next(folder.iterdir(), None)
        if held is not None:
            raise BadInput(f"{folder} is not empty ({held.name}).", "Name a new folder for the run.")
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadInput(
            f"{folder} cannot be written ({error.strerror}).", "Name a folder you may write to."
        ) from error
    return folder


def write_run(folder: Path, run: Run, samples: Sequence[Sample]) -> None:
    """The trace, then `run.json`: its being there says that the run is finished."""
    partial = folder / f"{TRACE}.part"
    write_trace(samples, partial)
    _settle(partial, folder / TRACE)
    write_whole(folder / RUN, run.model_dump_json(indent=2) + "\n")


def write_whole(path: Path, text: str) -> None:
    """A file that is there whole or not at all."""
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    _settle(partial, path)


def _settle(partial: Path, final: Path) -> None:
    """Onto the disk, then under its name."""
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
