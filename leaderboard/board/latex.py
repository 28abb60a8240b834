"""A view as a LaTeX table with booktabs' rules: whatever a name holds, it is text there and nothing else."""

from __future__ import annotations

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
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
}


def escaped(text: str) -> str:
    """Text as LaTeX prints it. What cannot be printed, line ends and marks of direction too, is left out."""
    return "".join(_SIGNS.get(sign, sign) for sign in text if sign.isprintable())


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
