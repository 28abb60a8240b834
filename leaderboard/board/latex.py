"""A view as a LaTeX table with booktabs' rules: whatever a name holds, it is text there and nothing else."""

from __future__ import annotations

import unicodedata

from leaderboard.board import heads
from leaderboard.board.columns import MISSING, Column, interval, stars_span
from leaderboard.board.view import ViewState
from leaderboard.domain import Rating
from leaderboard.record import Page

_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
    # After the end of a row these two would be read as its arguments.
    "[": "{[}",
    "*": "{*}",
    # Fonts of old lack these.
    "–": "--",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "−": "$-$",
    "→": r"$\rightarrow$",
    "₂": "$_{2}$",
    "…": r"\dots{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
}
_PRINTED = (
    *((0x20, 0x7E), (0xA1, 0xB7), (0xB9, 0x125), (0x128, 0x137), (0x139, 0x13E), (0x141, 0x148)),
    *((0x14A, 0x165), (0x168, 0x17E), (0x2010, 0x2016), (0x2018, 0x201A), (0x201C, 0x201E)),
    *((0x2020, 0x2022), (0x20AC, 0x20AC), (0x2122, 0x2122), (0xFB00, 0xFB06)),
)
"""First and last of the signs that LaTeX prints with the packages that the table names (its t1enc.dfu and
ts1enc.dfu). Any other is an error there, and the table would not compile."""


def escaped(text: str) -> str:
    """Text as LaTeX prints it: a sign that it lacks is told by its number, as in `[U+6A21]`.

    What is no sign at all, line ends and marks of direction too, is left out.
    """
    shown = [sign for sign in unicodedata.normalize("NFC", text) if sign.isprintable()]
    return "".join(_escaped(sign, before) for sign, before in zip(shown, ["", *shown], strict=False))


def _escaped(sign: str, before: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    if not any(first <= ord(sign) <= last for first, last in _PRINTED):
        return f"{{[}}U+{ord(sign):04X}]"
    # Two of these are set as one other sign, a dash or a quotation mark.
    return f"{{}}{sign}" if sign == before and sign in "-," else sign


def table(page: Page, view: ViewState) -> str:
    """The rows of a page in the view's columns, ready to be put into a document."""
    columns = heads.told(heads.shown_columns(page.items, view), page.items, view.task)
    more = "" if page.total_is_exact and page.total == len(page.items) else f" of {page.total:,} or more"
    return "\n".join(
        [
            f"% Starwatt, {len(page.items)} rows{more}: {view.href}",
            r"% \usepackage[T1]{fontenc} \usepackage{textcomp} \usepackage{booktabs}",
            rf"\begin{{tabular}}{{{''.join('r' if column.numeric else 'l' for column in columns)}}}",
            r"\toprule",
            _row([column.title for column in columns]),
            *([_row([column.unit for column in columns])] if any(column.unit for column in columns) else []),
            r"\midrule",
            *(_row([_cell(column, row) for column in columns]) for row in page.items),
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def _row(cells: list[str]) -> str:
    return " & ".join(escaped(cell) for cell in cells) + r" \\"


def _cell(column: Column, row: Rating) -> str:
    if column.key == "energy" and interval(row):
        return f"{column.text(row)} ({interval(row)})"
    if column.key == "stars":
        if row.stars is None:
            return MISSING
        return f"{row.stars} ({stars_span(row)})" if stars_span(row) else str(row.stars)
    return column.text(row)
