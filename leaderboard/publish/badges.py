"""Badges: a rating in one line, as an SVG of our own and as JSON for the endpoint badge of shields.io."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from leaderboard.publish.labels import FONT, Statement
from leaderboard.publish.labels.label import MARK
from leaderboard.publish.labels.measure import text_width

LABEL = "energy"
HEIGHT = 24
CACHE_S = 300
"""How long a badge may be kept, seconds: a withdrawn figure must not stand for long."""
_ACCENT, _PLAIN, _DOUBT, _GONE = "#0a5c5a", "#46544d", "#6b3f00", "#8c1d18"
_GROUND = "#2b3632"
_PAD = 8


def badge_message(statement: Statement) -> str:
    """ "3–4 of 5 stars · 48.2 Wh per 1,000 queries", with what must be known before it."""
    if statement.standing.withdrawn:
        return "rating withdrawn"
    stars = f"{statement.stars} stars" if statement.stars else "not rated"
    figure = f"{stars} · {statement.value} Wh per 1,000 queries"
    return " · ".join([*statement.marks, figure])


def badge_json(statement: Statement) -> dict[str, Any]:
    """The schema of shields.io's endpoint badge, version 1."""
    return _document(badge_message(statement), _colour(statement), is_error=False)


def badge_svg(statement: Statement) -> str:
    """A badge of our own, 24 px high; its title holds the whole statement."""
    return _drawn(badge_message(statement), _colour(statement), statement.title, statement.sentences)


def unknown_json(message: str = "unknown") -> dict[str, Any]:
    """What stands at the address of a rating that is not there."""
    return _document(message, _PLAIN, is_error=True)


def unknown_svg(message: str, reason: str) -> str:
    """The same as a picture, with the reason in its description."""
    return _drawn(message, _PLAIN, f"Starwatt: {message}", reason)


def _colour(statement: Statement) -> str:
    """Colour never alone: the message says the same."""
    if not statement.standing.current:
        return _GONE if statement.standing.withdrawn else _DOUBT
    return _ACCENT if statement.stars and not statement.rating.development else _PLAIN


def _document(message: str, colour: str, *, is_error: bool) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message,
        "color": colour.removeprefix("#"),
        "labelColor": _GROUND.removeprefix("#"),
        "isError": is_error,
        "cacheSeconds": CACHE_S,
    }


def _drawn(message: str, colour: str, title: str, description: str) -> str:
    left = 26 + text_width(LABEL, 12) + _PAD
    right = text_width(message, 12, bold=True) + 2 * _PAD
    width = round(left + right)
    star, watt = MARK
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}"'
        f' viewBox="0 0 {width} {HEIGHT}" role="img" aria-labelledby="t d"'
        f' font-family="{FONT}" font-size="12">'
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(description)}</desc>'
        f'<path d="M4 0h{left - 4:.1f}v{HEIGHT}H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z" fill="{_GROUND}"/>'
        f'<path d="M{left:.1f} 0H{width - 4}a4 4 0 0 1 4 4v{HEIGHT - 8}a4 4 0 0 1-4 4H{left:.1f}z"'
        f' fill="{colour}"/><g transform="translate(6 4) scale(.5)"><path d="{star}" fill="#ffffff"/>'
        f'<path d="{watt}" fill="none" stroke="{_GROUND}" stroke-width="2.6" stroke-linecap="round"'
        ' stroke-linejoin="round"/></g>'
        f'<text x="26" y="16" fill="#ffffff">{escape(LABEL)}</text>'
        f'<text x="{(left + width) / 2:.1f}" y="16" fill="#ffffff" font-weight="700" text-anchor="middle">'
        f"{escape(message)}</text></svg>\n"
    )
