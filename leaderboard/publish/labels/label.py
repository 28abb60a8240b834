"""The energy label of one rating as SVG: presentation attributes alone, so any policy shows it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from leaderboard.publish.labels.layout import (
    FOOTER,
    HEADER,
    HEIGHT,
    INTERVAL,
    MARGIN,
    STAR_PX,
    STAR_STEP,
    STARS,
    TRACK,
    WIDTH,
    lines_of,
)
from leaderboard.publish.labels.placed import Line
from leaderboard.publish.labels.qr import Qr, qr_of
from leaderboard.publish.labels.statement import Statement

Theme = Literal["light", "dark"]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
STAR = "M8 1l2.06 4.77 5.17.48-3.9 3.43 1.14 5.07L8 12.1l-4.47 2.65 1.14-5.07L.77 6.25l5.17-.48z"
"""A star on a field of 16 × 16, as on the site."""
MARK = (
    "M16 1.6l4.47 9.25 10.18 1.39-7.42 7.11 1.82 10.11L16 24.6l-9.05 4.86 1.82-10.11-7.42-7.11 10.18-1.39z",
    "M10.4 14.4l2.6 6.4 3-6 3 6 2.6-6.4",
)
"""The site's mark on a field of 32 × 32: a star, and the W of the watt in it."""


@dataclass(frozen=True)
class Palette:
    """The colours of a theme; every pair that touches was checked against WCAG (see the tests)."""

    ground: str
    ink: str
    muted: str
    accent: str
    head: str
    on_head: str
    edge: str
    track: str
    alarm: str
    gone: str
    """Head of a label whose figure was withdrawn."""
    doubt: str
    """Head of a label whose figure is disputed or superseded."""

    def of(self, ink: str) -> str:
        """The colour of a kind of ink."""
        return {"on-accent": self.on_head}.get(ink) or str(getattr(self, ink))


PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        ground="#ffffff",
        ink="#13201b",
        muted="#46544d",
        accent="#0a5c5a",
        head="#0a5c5a",
        on_head="#ffffff",
        edge="#76847d",
        track="#eef2f0",
        alarm="#8c1d18",
        gone="#8c1d18",
        doubt="#6b3f00",
    ),
    "dark": Palette(
        ground="#101614",
        ink="#e9efec",
        muted="#aab7b1",
        accent="#6fd3c8",
        head="#173a37",
        on_head="#ffffff",
        edge="#75847d",
        track="#1d2623",
        alarm="#ffb4ab",
        gone="#6e1f17",
        doubt="#5a3a05",
    ),
}


def draw_label(statement: Statement, theme: Theme = "light", font: str = FONT) -> str:
    """A label of 260 × 364. Its `<title>` and `<desc>` hold the whole statement in words."""
    colours = PALETTES[theme]
    qr = qr_of(statement.address)
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"',
            f' viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d" font-family="{font}">',
            f'<title id="t">{escape(statement.title)}</title>',
            f'<desc id="d">{escape(statement.sentences)}</desc>',
            _hatch(colours),
            f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"',
            f' fill="{colours.ground}" stroke="{colours.edge}"/>',
            _head(statement, colours),
            _watermark(statement, colours),
            _interval(statement, colours),
            _stars(statement, colours),
            f'<path d="M{MARGIN} {FOOTER.y}h{TRACK}" stroke="{colours.edge}"/>',
            _qr(qr),
            *(text(line, colours) for line in lines_of(statement, qr)),
            "</svg>\n",
        )
    )


def text(line: Line, colours: Palette) -> str:
    """One line of text as an SVG element."""
    attributes = [
        f'x="{_number(line.x)}" y="{_number(line.baseline)}" font-size="{_number(line.size)}"',
        f'fill="{colours.of(line.ink)}"',
    ]
    if line.bold:
        attributes.append('font-weight="700"')
    if line.anchor != "start":
        attributes.append(f'text-anchor="{line.anchor}"')
    if line.squeezed:
        attributes.append(f'textLength="{_number(line.room.width)}" lengthAdjust="spacingAndGlyphs"')
    return f"<text {' '.join(attributes)}>{escape(_isolated(line.text))}</text>"


def _isolated(text: str) -> str:
    """Text that begins from the right reads as a whole from there, at the same place of its line."""
    strong = (unicodedata.bidirectional(sign) for sign in text)
    first = next((kind for kind in strong if kind in ("L", "R", "AL")), "L")
    return text if first == "L" else f"\u2067{text}\u2069"


def attribute(value: str) -> str:
    """A text as an attribute's value, quoted."""
    return quoteattr(value)


def _hatch(colours: Palette) -> str:
    return (
        '<defs><pattern id="h" width="4" height="4" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="2" height="4" fill="{colours.accent}"/></pattern>'
        "</defs>"
    )


def _head(statement: Statement, colours: Palette) -> str:
    """The site's mark on its colour; on another where a word must be seen before the figure."""
    standing = statement.standing
    ground = colours.head if standing.current else colours.gone if standing.withdrawn else colours.doubt
    star, watt = MARK
    return (
        f'<path d="M.5 {HEADER.height}V8.5a8 8 0 0 1 8-8h{WIDTH - 17}a8 8 0 0 1 8 8V{HEADER.height}z"'
        f' fill="{ground}"/><g transform="translate({MARGIN} 6) scale(.75)">'
        f'<path d="{star}" fill="{colours.on_head}"/><path d="{watt}" fill="none" stroke="{ground}"'
        ' stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></g>'
    )


def _watermark(statement: Statement, colours: Palette) -> str:
    """Across the label of a development edition, faint enough to read through (METHOD §4)."""
    if not statement.rating.development:
        return ""
    word = statement.provenance if not statement.rating.provenance.public else "development"
    return (
        f'<text x="130" y="176" font-size="38" font-weight="700" fill="{colours.muted}" fill-opacity=".14"'
        f' text-anchor="middle" textLength="250" lengthAdjust="spacingAndGlyphs"'
        f' transform="rotate(-40 130 176)">{escape(word.upper())}</text>'
    )


def _interval(statement: Statement, colours: Palette) -> str:
    """The cell's track, the interval as a band on it and the estimate as a tick."""
    scale, rating = statement.scale, statement.rating
    if scale is None or statement.standing.withdrawn:
        return ""
    top = INTERVAL.y + 16

    def at(energy: float) -> float:
        return MARGIN + TRACK * scale.share(energy)

    found = [
        f'<rect x="{MARGIN}" y="{top}" width="{TRACK}" height="8" rx="4" fill="{colours.track}"'
        f' stroke="{colours.edge}"/>'
    ]
    if rating.energy_low is not None and rating.energy_high is not None:
        left, right = at(rating.energy_low), at(rating.energy_high)
        if right - left < 3:
            left, right = (left + right) / 2 - 1.5, (left + right) / 2 + 1.5
        found.append(
            f'<rect x="{_number(left)}" y="{top}" width="{_number(right - left)}" height="8"'
            f' fill="{colours.accent}"/>'
        )
    tick = at(rating.energy_wh_per_1000)
    if not scale.low <= rating.energy_wh_per_1000 <= scale.high:
        return "".join([*found, _beyond(tick, top, colours)])
    found.append(
        f'<rect x="{_number(tick - 2)}" y="{top - 1.5}" width="4" height="12" rx="1" fill="{colours.ink}"'
        f' stroke="{colours.ground}"/>'
    )
    return "".join(found)


def _beyond(end: float, top: float, colours: Palette) -> str:
    """An arrow in place of the tick: the figure lies outside the cell's scale, that way."""
    way = 1 if end > MARGIN else -1
    return (
        f'<path d="M{_number(end - 4 * way)} {top - 4}l{8 * way} 8l{-8 * way} 8z" fill="{colours.ink}"'
        f' stroke="{colours.ground}"/>'
    )


def _stars(statement: Statement, colours: Palette) -> str:
    """Solid up to what is sure, hatched up to what could be, an outline beyond."""
    if not statement.stars or statement.standing.withdrawn:
        return ""
    low, high = statement.stars_span
    scale = STAR_PX / 16
    found = []
    for place in range(5):
        fill = colours.accent if place < low else "url(#h)" if place < high else "none"
        stroke = colours.accent if place < high else colours.edge
        x, y = MARGIN + STAR_STEP * place, STARS.y + (STARS.height - STAR_PX) / 2
        found.append(
            f'<path d="{STAR}" transform="translate({x} {_number(y)}) scale({scale})" fill="{fill}"'
            f' stroke="{stroke}" stroke-width="1.1" stroke-linejoin="round"/>'
        )
    return "".join(found)


def _qr(qr: Qr) -> str:
    """Right of the footer, its modules flush with the margin; black on white, whatever the theme."""
    x, y = WIDTH - MARGIN - qr.side_px, FOOTER.y + (FOOTER.height - qr.side_px) / 2
    side = qr.side_px + 2 * qr.quiet_px
    return (
        f'<rect x="{x - qr.quiet_px}" y="{_number(int(y) - qr.quiet_px)}" width="{side}" height="{side}"'
        ' rx="4" fill="#ffffff"/>'
        f'<path transform="translate({x} {int(y)})" shape-rendering="crispEdges" fill="#000000"'
        f' d="{qr.path}"/>'
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
