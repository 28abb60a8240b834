"""Where every text of a label stands: 260 × 364, rows of 36, 52, 72, 40, 40 and 124 px, margin 16.

Measured before it is drawn: each line knows the room it must keep to. Nothing is left out with an ellipsis.
"""

from __future__ import annotations

from leaderboard.domain import three_significant
from leaderboard.publish.labels.measure import text_width
from leaderboard.publish.labels.placed import Ink, Line, Room, stacked
from leaderboard.publish.labels.qr import Qr
from leaderboard.publish.labels.statement import Statement
from leaderboard.publish.labels.wrap import printable, wrap

WIDTH, HEIGHT, MARGIN = 260, 364, 16
TRACK = WIDTH - 2 * MARGIN
HEADER = Room(0, 0, WIDTH, 36)
MODEL = Room(MARGIN, 36, TRACK, 52)
VALUE = Room(MARGIN, 88, TRACK, 72)
INTERVAL = Room(MARGIN, 160, TRACK, 40)
STARS = Room(MARGIN, 200, TRACK, 40)
FOOTER = Room(MARGIN, 240, TRACK, 124)
STAR_PX, STAR_STEP = 24, 28
_STARS_END = MARGIN + 4 * STAR_STEP + STAR_PX


def lines_of(statement: Statement, qr: Qr) -> list[Line]:
    """Every text of a label, header first."""
    found = [*_header(statement), *_model(statement), *_value(statement)]
    if statement.standing.withdrawn:
        found += _reason(statement)
    else:
        found += [*_interval(statement), *_stars(statement)]
    return [*found, *_footer(statement, qr)]


def _header(statement: Statement) -> list[Line]:
    brand = Line("Starwatt", 46, 23.5, 15, Room(46, 0, 78, 36), bold=True, ink="on-accent")
    room = Room(126, 0, WIDTH - MARGIN - 126, 36)
    words = [word.capitalize() for word in statement.marks[:2]] or ["Energy rating"]
    alarm = bool(statement.marks)
    first = 22.5 if len(words) == 1 else 15.5
    return [
        brand,
        *(
            Line(
                word,
                WIDTH - MARGIN,
                first + 15 * place,
                12,
                room,
                bold=alarm,
                ink="on-accent",
                anchor="end",
            )
            for place, word in enumerate(words)
        ),
    ]


def _model(statement: Statement) -> list[Line]:
    """The name as large as it fits: one line, two, or three at 12/16; the organisation above it."""
    org, name = statement.org, statement.name
    one_line_org = not org or text_width(f"{org}/", 12) <= MODEL.width
    if one_line_org:
        above = 16 if org else 0
        for size, leading, most in ((18, 24, 1), (16, 22, 1), (14, 17, 2), (12, 16, 2)):
            broken = wrap(name, size, MODEL.width, bold=True)
            if len(broken) <= most:
                space = (MODEL.height - above - leading * len(broken)) / 2
                found = stacked([f"{org}/"] if org else [], MODEL, 12, 16, ink="muted", top=space)
                return found + stacked(broken, MODEL, size, leading, bold=True, top=space + above)
    for bold in (True, False):
        broken = wrap(statement.model, 12, MODEL.width, bold=bold)
        if len(broken) <= 3:
            return stacked(broken, MODEL, 12, 16, bold=bold, top=2)
    return _squeezed(statement.model)


def _squeezed(text: str) -> list[Line]:
    """More than three lines hold: four, their letters as narrow as they must be."""
    width = MODEL.width
    while len(broken := wrap(text, 12, width)) > 4:
        width *= 1.05
    return stacked(broken, MODEL, 12, 13)


def _value(statement: Statement) -> list[Line]:
    found = stacked([statement.task], VALUE, 12, 16, bold=True)
    found += stacked([statement.hardware], VALUE, 12, 16, ink="muted", top=16)
    baseline = VALUE.y + 63
    if statement.standing.withdrawn:
        return [*found, Line("Withdrawn", MARGIN, baseline, 32, VALUE, bold=True, ink="alarm")]
    unit = ("watt-hours per", "1,000 queries")
    beside = max(text_width(text, 12) for text in unit) + 8
    size = next((n for n in (32, 28, 24, 20, 16) if _hero_px(statement, n) + beside <= TRACK), 12)
    hero = Line(statement.value, MARGIN, baseline, size, VALUE, bold=True)
    x = MARGIN + _hero_px(statement, size) + 8
    room = Room(x, VALUE.y + 32, WIDTH - MARGIN - x, 40)
    return [*found, hero, *(Line(text, x, baseline - 15 + 15 * n, 12, room) for n, text in enumerate(unit))]


def _hero_px(statement: Statement, size: float) -> float:
    return text_width(statement.value, size, bold=True)


def _interval(statement: Statement) -> list[Line]:
    """The interval's ends above its band, the ends of the cell's scale below the track."""
    text = statement.interval or "no interval claimed"
    half = text_width(text, 12, bold=bool(statement.interval)) / 2
    middle = MARGIN + TRACK / 2
    if statement.scale is not None:
        rating = statement.rating
        centre = MARGIN + TRACK * statement.scale.share(rating.energy_wh_per_1000)
        middle = min(max(centre, MARGIN + half), WIDTH - MARGIN - half)
    above = Room(MARGIN, INTERVAL.y, TRACK, 16)
    known = bool(statement.interval)
    ink: Ink = "ink" if known else "muted"
    found = [Line(text, middle, INTERVAL.y + 12, 12, above, bold=known, ink=ink, anchor="middle")]
    if statement.scale is None:
        return found
    below = Room(MARGIN, INTERVAL.y + 24, TRACK / 2 - 2, 16)
    right = Room(MARGIN + TRACK / 2 + 2, INTERVAL.y + 24, TRACK / 2 - 2, 16)
    low, high = three_significant(statement.scale.low), three_significant(statement.scale.high)
    baseline = INTERVAL.y + 36
    return [
        *found,
        Line(f"least {low}", MARGIN, baseline, 12, below, ink="muted"),
        Line(f"most {high}", WIDTH - MARGIN, baseline, 12, right, ink="muted", anchor="end"),
    ]


def _stars(statement: Statement) -> list[Line]:
    if statement.stars:
        room = Room(_STARS_END + 8, STARS.y, WIDTH - MARGIN - _STARS_END - 8, STARS.height)
        return [Line(statement.stars, WIDTH - MARGIN, STARS.y + 26, 16, room, bold=True, anchor="end")]
    broken = wrap(statement.not_rated, 12, TRACK, only_at_spaces=True)
    if len(broken) > 2:
        broken = wrap(f"No stars: the reason stands at {statement.path}", 12, TRACK, only_at_spaces=True)
    return stacked(broken, STARS, 12, 16, top=(STARS.height - 16 * len(broken)) / 2)


def _reason(statement: Statement) -> list[Line]:
    """Why the figure was withdrawn, in place of interval and stars."""
    mark = statement.standing.withdrawn
    assert mark is not None
    since = f"Since {mark.at:%Y-%m-%d}: " if mark.at else ""
    room = Room(MARGIN, INTERVAL.y, TRACK, INTERVAL.height + STARS.height)
    reason = f"{since}{printable(mark.reason) or 'no reason was given'}"
    broken = wrap(reason, 12, TRACK, only_at_spaces=True)
    if len(broken) > 4:
        broken = wrap(f"{since}the reason stands at {statement.path}", 12, TRACK, only_at_spaces=True)
    return stacked(broken, room, 12, 16, top=8)


def _footer(statement: Statement, qr: Qr) -> list[Line]:
    """What it compares with and how it was found, beside the QR code; the short address is the last line."""
    width = TRACK - qr.side_px - qr.quiet_px - 4
    room = Room(MARGIN, FOOTER.y, width, FOOTER.height)
    facts = [
        statement.protocol,
        statement.compared_with,
        f"edition {statement.edition.id}",
        f"{statement.provenance} {statement.day}",
    ]
    # How it was run is the last to go: the same model takes several times as much in another configuration.
    shorter = [[statement.configuration, *facts[1:]]] if statement.configuration else []
    for kept in (facts, *shorter, facts[1:]):
        broken = [line for fact in kept for line in wrap(fact, 12, width, only_at_spaces=True)]
        leading = next((n for n in (16, 15, 14, 13) if n * (len(broken) + 1) <= FOOTER.height - 6), None)
        if leading is not None:
            break
    else:
        leading = 13
    top = (FOOTER.height - leading * (len(broken) + 1)) / 2
    found = stacked([*broken, statement.path], room, 12, leading, top=top)
    first, last = found[: len(broken)], found[-1]
    return [*first, Line(last.text, last.x, last.baseline, 12, room, bold=True)]
