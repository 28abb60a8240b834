"""What all drawings look like: the site's type and colours, data in layers, panels over one axis of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt

POINTS = "points"
"""How the names of those layers begin whose marks can be pointed at."""
HIGHLIGHT = "highlight"
"""The signal that holds the series to be seen; empty: all of them."""
HALO: Mapping[str, Any] = {"stroke": "var(--bg)", "strokeWidth": 5, "strokeJoin": "round"}
"""Under words that stand on marks and lines."""


def themed(chart: Any) -> Any:
    """The site's type and colours."""
    return chart.configure(
        background="transparent",
        font="system-ui, sans-serif",
        axis=alt.AxisConfig(
            labelColor="var(--muted)",
            titleColor="var(--muted)",
            gridColor="var(--line)",
            domainColor="var(--edge)",
            tickColor="var(--edge)",
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelFlush=True,
        ),
        legend=alt.LegendConfig(labelColor="var(--ink)", labelFontSize=12, symbolStrokeWidth=0),
        view=alt.ViewConfig(stroke="transparent"),
    )


def values(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as the data of a layer. What people wrote stands here, and nowhere else in a chart."""
    return alt.InlineData(values=[dict(row) for row in rows])


def seen(field: str, opacity: float = 1.0) -> Any:
    """The opacity of marks, in the browser: faint where another series is to be seen."""
    return alt.condition(
        f"{HIGHLIGHT} === '' || datum.{field} === {HIGHLIGHT}", alt.value(opacity), alt.value(opacity * 0.12)
    )


def points(pairs: Iterable[tuple[float, float]]) -> Any:
    """Pairs of time and value as the data of a layer, with the fields `t` and `v`."""
    return values([{"t": time, "v": value} for time, value in pairs])


def unmarked(time: Any) -> Any:
    """An axis of time above another panel that says its numbers."""
    return time.axis(title=None, labels=False, ticks=False, grid=False)


def stacked(panels: Sequence[Any]) -> Any:
    """Panels one below the other, over the same time."""
    return themed(alt.vconcat(*panels, spacing=8).resolve_scale(x="shared"))
