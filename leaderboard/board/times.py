"""Times and durations as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from leaderboard.domain import three_significant

_MISSING = "–"


def moment(when: datetime) -> str:
    """Date and time, UTC, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def soon(when: datetime, at: datetime) -> str:
    """How far a time is from another: "in 3 min", "now", "8 s ago"."""
    seconds = (when - at).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"in {brief(seconds)}" if seconds > 0 else f"{brief(-seconds)} ago"


def clock(when: datetime, at: datetime) -> str:
    """A time near another one, UTC: "14:02 UTC"; on another day "11-03 14:02 UTC"."""
    same_day = when.astimezone(UTC).date() == at.astimezone(UTC).date()
    return when.astimezone(UTC).strftime("%H:%M UTC" if same_day else "%m-%d %H:%M UTC")


def span(seconds: float | None) -> str:
    """A duration as people say it: "8 s", "3 min 20 s", "2 h 5 min"."""
    if seconds is None:
        return _MISSING
    if seconds < 10:
        return f"{three_significant(seconds)} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def brief(seconds: float) -> str:
    """A duration at a glance: "8 s", "3 min", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min".removesuffix(" 0 min")
