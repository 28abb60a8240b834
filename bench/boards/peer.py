"""A leaderboard as it is usually made: `gr.Dataframe` in Gradio Blocks. Run as a process of its own.

python bench/boards/peer.py page FOLDER PORT       all rows of the record in one table
python bench/boards/peer.py events FOLDER PORT     a queue event that gives the record's first 50 rows
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import gradio as gr

from leaderboard.record import RatingQuery, Record
from leaderboard.record.folder import DATABASE

SHOWN = (
    "model",
    "energy_wh_per_1000",
    "stars",
    "model_class",
    "params",
    "quality",
    "precision",
    "licence",
    "provenance",
    "measured_at",
)
"""What our board shows of a row."""


def every_row(folder: Path) -> list[list[Any]]:
    """The record's rows, most frugal first."""
    with closing(sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True)) as db:
        bodies = db.execute(
            "SELECT b.body FROM ratings r JOIN rating_bodies b ON b.id = r.id ORDER BY r.energy, r.id"
        )
        return [[row.get(name) for name in SHOWN] for (body,) in bodies for row in (json.loads(body),)]


def page(folder: Path) -> gr.Blocks:
    """One table of everything."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.Markdown("# Which AI models save energy?")
        gr.Dataframe(every_row(folder), headers=list(SHOWN), interactive=False, show_search="search")
    return blocks


def events(folder: Path) -> gr.Blocks:
    """The same 50 rows as our board's first page, asked of the same record."""
    record = Record.read(folder)

    def rows(task: str) -> list[list[Any]]:
        query = RatingQuery(task=task, edition="crowd-2026", hardware="h100-sxm-80gb", protocol="offline-b1")
        return [
            [told[name] for name in SHOWN]
            for told in (row.model_dump(mode="json") for row in record.ratings(query).items)
        ]

    with gr.Blocks(analytics_enabled=False) as blocks:
        task = gr.Textbox("text-generation")
        table = gr.Dataframe(headers=list(SHOWN))
        gr.Button("Show").click(
            rows, task, table, api_name="rows", concurrency_limit=8, queue=True, show_progress="hidden"
        )
    return blocks


if __name__ == "__main__":
    _, kind, given, port = sys.argv
    blocks = {"page": page, "events": events}[kind](Path(given))
    blocks.queue(default_concurrency_limit=8).launch(
        server_name="127.0.0.1", server_port=int(port), quiet=True, ssr_mode=False
    )
