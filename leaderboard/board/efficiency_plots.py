"""Energy per query against batch for one model, a shape for each card, as SVG (see `plots`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, log10
from typing import Any

import altair as alt

from leaderboard.board.plots import themed
from leaderboard.domain import Rating, joules_per_query, three_significant
from leaderboard.efficiency import Gain

_SHAPES = ("circle", "triangle-up", "square", "diamond")
_COLOURS = ("var(--accent)", "var(--ink)", "var(--warn)", "var(--bad)")


def batch_plot(found: Sequence[Gain], titles: Mapping[str, str], width: int) -> Any:
    """Both axes logarithmic; a line through the least energy of each batch; the best of each card filled.

    Args:
        found: one model's gains, one for each card.
        titles: hardware id → its name.
        width: of the plot, CSS pixels.
    """
    rows = [point for gain in found for point in _points(gain, titles[gain.hardware])]
    cards = list(dict.fromkeys(row["card"] for row in rows))
    energies = [row["energy"] for row in rows]
    batches = sorted({row["batch"] for row in rows})
    low, high = min(energies) / 1.6, max(energies) * 1.3
    x = alt.X(
        "batch:Q",
        title="Batch, or requests at once",
        scale=alt.Scale(type="log", domain=[batches[0] / 1.3, batches[-1] * 1.3], nice=False),
        axis=alt.Axis(values=_ticks_of(batches, width), format="d", grid=False, labelFlush=False),
    )
    y = alt.Y(
        "energy:Q",
        title="J per query",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=list(_round_numbers(low, high)), format="~s"),
    )
    colour = alt.Color(
        "card:N",
        scale=alt.Scale(domain=cards, range=list(_COLOURS[: len(cards)])),
        legend=alt.Legend(title=None, orient="top", columns=1 if width < 500 else 0, symbolStrokeWidth=2),
    )
    shape = alt.Shape("card:N", scale=alt.Scale(domain=cards, range=list(_SHAPES[: len(cards)])), legend=None)
    best = [row for row in rows if row["best"]]
    points = alt.Chart(_values(rows)).encode(x=x, y=y, color=colour, shape=shape)
    line = (
        alt.Chart(_values([row for row in rows if row["least"]]))
        .mark_line(strokeWidth=1.5)
        .encode(x=x, y=y, color=colour)
    )
    # The lowest has its words below, the others above, each on a halo: marks and lines stay off them.
    least = min(best, key=lambda row: row["energy"], default=None)
    narrow = width < 500
    halo: dict[str, Any] = {"stroke": "var(--bg)", "strokeWidth": 5, "strokeJoin": "round"}
    named = [
        alt.Chart(_values([row for row in best if (row is least) == below]))
        .mark_text(
            align="right" if narrow else "center", dy=dy, dx=12, fontSize=13, fontWeight="bold", **under
        )
        .encode(x=x, y=y, text="words:N", color=colour)
        for under in (halo, {})
        for below, dy in ((True, 20), (False, -28 if narrow else -17))
    ]
    layers = [
        line,
        points.mark_point(size=60, filled=False, strokeWidth=1.5, opacity=0.9),
        alt.Chart(_values(best))
        .mark_point(size=170, filled=True, opacity=1)
        .encode(x=x, y=y, color=colour, shape=shape),
        *named,
    ]
    return themed(alt.layer(*layers).properties(width=width, height=300))


def batch_words(found: Sequence[Gain], titles: Mapping[str, str]) -> str:
    """The plot in sentences, for who cannot see it."""
    said = []
    for gain in found:
        best, smallest = gain.best, gain.smallest
        least = three_significant(_joules(best))
        words = f"{titles[gain.hardware]}: the least is {least} J per query, at {best.configuration}"
        if smallest is not None and _worth_a_word(gain.times_less):
            words += f", {gain.times_less:.1f} times less than batch {smallest.batch}"
        said.append(words)
    return f"Energy per query of {found[0].model} against batch. {'. '.join(said)}."


def _points(gain: Gain, title: str) -> Iterator[dict[str, Any]]:
    least: dict[int, Rating] = {}
    for row in gain.rows:
        if row.batch is not None and (
            row.batch not in least or row.energy_wh_per_1000 < least[row.batch].energy_wh_per_1000
        ):
            least[row.batch] = row
    for row in gain.rows:
        if row.batch is not None:
            yield {
                "card": title,
                "batch": row.batch,
                "energy": _joules(row),
                "best": row.id == gain.best.id,
                "least": least[row.batch].id == row.id,
                "words": f"×{gain.times_less:.1f} less" if _worth_a_word(gain.times_less) else "least",
            }


def _worth_a_word(times: float | None) -> bool:
    """Whether it is not 1.0 as people read it."""
    return times is not None and times >= 1.05


def _joules(row: Rating) -> float:
    return joules_per_query(row.energy_wh_per_1000)


def _round_numbers(low: float, high: float) -> Iterator[float]:
    """1, 2 and 5 of each decade inside."""
    for power in range(floor(log10(low)), floor(log10(high)) + 1):
        for digit in (1, 2, 5):
            if low <= digit * 10**power <= high:
                yield digit * 10**power


def _ticks_of(batches: Sequence[int], width: int) -> list[int]:
    """Batches that were run, as many as have room, each at least so many times the one before."""
    apart = 2.6 if width < 500 else 1.3
    shown: list[int] = []
    for batch in batches:
        if not shown or batch >= shown[-1] * apart:
            shown.append(batch)
    return shown


def _values(rows: list[dict[str, Any]]) -> Any:
    return alt.InlineData(values=rows)
