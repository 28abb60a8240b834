"""The few lines of Markdown that a model's card gets: between two markers, so that they can be renewed."""

from __future__ import annotations

import re

from leaderboard import catalogue
from leaderboard.domain import Rating, Refused, three_significant
from leaderboard.publish.eval_results import Travelling, stars

BEGIN = "<!-- starwatt:begin: renewed by Starwatt; what stands outside these two lines is never touched -->"
END = "<!-- starwatt:end -->"
_BEGIN_AT = re.compile(r"^<!-- starwatt:begin[^\n]*-->[ \t]*$", re.MULTILINE)
_END_AT = re.compile(r"^<!-- starwatt:end -->[ \t]*$", re.MULTILINE)
_FRONT = re.compile(r"\A---\n.*?^---[ \t]*\n", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"^# [^\n]*\n", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~)", re.MULTILINE)


def snippet(found: Travelling, site: str) -> str:
    """Markers, a badge for each rated task that leads to its rating, and what the stars compare."""
    lines = [BEGIN, "**Energy rating**", ""]
    lines += [_badge(row, found.edition.id, site) for row in found.rows]
    lines += ["", f"[What this means and how it is measured]({site}/method)", END]
    return "\n".join(lines)


def _badge(row: Rating, edition: str, site: str) -> str:
    task = catalogue.title_of("task", row.task, edition)
    hardware = catalogue.title_of("hardware", row.hardware, edition)
    energy = f"{three_significant(row.energy_wh_per_1000)} Wh per 1,000 queries"
    said = ", ".join(part for part in (stars(row), energy, row.provenance.value) if part)
    image = f"{site}/badge/{edition}/{row.task}/{row.hardware}/{row.model}.svg"
    # Titles are our own catalogue's, but brackets in one would end the text of the link.
    words = re.sub(r"[\[\]\\]", "", f"{task} on {hardware}: {said}")
    return f"[![{words}]({image})]({site}/r/{row.id})"


def placed(card: str | None, words: str) -> str:
    """A card with the snippet in it: in place of an older one, else below the title.

    Args:
        card: README.md as it is; None where there is none.
        words: the snippet.

    Raises:
        Refused: the markers of an older snippet are there more than once, or one of them is not.
    """
    if card is None:
        return words + "\n"
    newline = "\r\n" if "\r\n" in card else "\n"
    text = card.replace("\r\n", "\n")
    begins, ends = list(_BEGIN_AT.finditer(text)), list(_END_AT.finditer(text))
    if not begins and not ends:
        at = _below_the_title(text)
        before, after = text[:at], text[at:]
        gap = "\n" if before and not before.endswith("\n\n") else ""
        text = before + gap + words + "\n" + ("" if after.startswith("\n") or not after else "\n") + after
    elif len(begins) == 1 and len(ends) == 1 and begins[0].end() < ends[0].start():
        text = text[: begins[0].start()] + words + text[ends[0].end() :]
    else:
        raise Refused(
            "The card's Starwatt markers are not one pair, so nothing can be put between them.",
            "Ask the owner to take both lines out of README.md; the next proposal puts them in anew.",
        )
    return text.replace("\n", newline)


def _below_the_title(text: str) -> int:
    """Where a snippet goes in a card that has none: below the first heading, else below the front matter."""
    front = _FRONT.match(text)
    start = front.end() if front else 0
    fence = _FENCE.search(text, start)
    title = _TITLE.search(text, start, fence.start() if fence else len(text))
    return title.end() if title else start
