"""A sheet of evidence for one rating, as PDF, for a buyer's files. The same record gives the same bytes."""

from __future__ import annotations

import io
import logging
from datetime import UTC, datetime, time
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout

from leaderboard.domain import Outcome, Run, content_hash, three_significant, wh_per_1000
from leaderboard.publish.labels import Statement, draw_label, png_of
from leaderboard.publish.labels.measure import BOLD, REGULAR
from leaderboard.publish.labels.png import FONT
from leaderboard.publish.labels.wrap import printable

_FAMILY = "starwatt"
_WIDE = "wide"
_WIDE_FONTS = (
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
    Path("/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf"),
)
"""Chinese, Japanese and Korean, where the machine has them (packages.txt asks a Space for them)."""
_INK, _MUTED, _LINE = (19, 32, 27), (70, 84, 77), (219, 226, 222)
_LABEL_MM = 52
Facts = list[tuple[str, str]]


def evidence_pdf(statement: Statement, run: Run | None) -> bytes:
    """The sheet of one rating.

    Args:
        run: the run it was made of; None for published figures, whose sheet says what is not known.
    """
    # The library tells every glyph it looks for.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    sheet = _Sheet(statement)
    sheet.opening()
    sheet.facts("The figure", _figure(statement))
    sheet.facts("How it was found", _method(statement, run))
    if run is None:
        sheet.paragraph(
            "There is no run of ours behind this figure. Its windows, its environment, the hash of the "
            "weights and the checks it passed are not known; the source published no more."
        )
    else:
        sheet.facts("Environment", _environment(run))
        sheet.windows(run)
        sheet.findings(run)
    sheet.facts("Hashes and sources", _hashes(statement, run))
    return bytes(sheet.pdf.output())


def _figure(statement: Statement) -> Facts:
    rating = statement.rating
    low, high = statement.stars_span
    stars = statement.stars or statement.not_rated
    if statement.stars and low != high:
        stars += f" (best estimate {rating.stars})"
    quality = "not known"
    if rating.quality is not None:
        quality = f"{three_significant(rating.quality)} {rating.quality_metric or ''}".strip()
    return [
        ("Model", statement.model),
        ("Task", statement.task),
        ("Energy", f"{statement.value} Wh per 1,000 queries"),
        ("Comparison interval", _or(statement.interval and f"{statement.interval} Wh", "not claimed")),
        ("Stars", stars),
        ("Compared with", f"{statement.compared_with} reference models, rule {rating.rule.value}"),
        ("Quality", quality),
        ("Edition", f"{statement.edition.title} ({statement.edition.id}), {statement.edition.status.value}"),
        ("Date", statement.day),
    ]


def _method(statement: Statement, run: Run | None) -> Facts:
    rating = statement.rating
    facts = [
        ("Provenance", f"{statement.provenance}: {rating.provenance.sentence}"),
        ("Hardware", f"{statement.hardware} ({rating.hardware})"),
        ("Protocol", f"{statement.protocol} ({rating.protocol})"),
        ("Reasoning", rating.reasoning),
        ("Configuration", _or(printable(rating.configuration), "as the protocol says")),
        ("Parameters", f"{rating.params:,}" if rating.params else "not known"),
        ("Licence of the weights", _or(rating.licence, "not known")),
    ]
    if run is None:
        return facts
    plan = run.plan
    return [
        *facts,
        (
            "Method",
            "Gross energy of the device over whole passes of one fixed block of queries, "
            f"{plan.block} queries, profile {plan.profile.id}: {plan.profile.starts} process starts, "
            f"{plan.profile.windows} windows each; harness {plan.harness}, task version {plan.task_version}.",
        ),
        ("Queries", f"{plan.dataset.repo_id}, {plan.dataset.split}"),
        (
            "Repeatability (95 %)",
            f"± {three_significant(wh_per_1000(run.repeatability_j))} Wh per 1,000 queries",
        ),
    ]


def _environment(run: Run) -> Facts:
    found = run.environment
    boards = ", ".join(f"{board.name} ({three_significant(board.memory_gb)} GB)" for board in found.boards)
    packages = ", ".join(f"{name} {version}" for name, version in sorted(found.packages.items()))
    return [
        ("Boards", _or(boards, "none: computed on the CPU")),
        ("Driver", _or(found.driver, "none")),
        ("Meter", found.meter),
        ("System", f"{found.os}, Python {found.python}, {found.cpu_model}"),
        ("Packages", _or(packages, "not recorded")),
    ]


def _hashes(statement: Statement, run: Run | None) -> Facts:
    rating = statement.rating
    facts = [
        ("Rating", f"{rating.id}, row sha256 {content_hash(rating)}"),
        ("Source", _or(printable(rating.source), "not recorded")),
        ("Commit of the weights", _or(rating.revision, "not known")),
        ("Weights", _or(run.model.weights_hash if run else None, "hash not known")),
        ("Run key", run.run_key if run else "no run of ours"),
    ]
    source = statement.edition.source
    if source is not None:
        facts.append(("Published by", f"{source.title}, {source.where}"))
        facts += [("Known fault", fault) for fault in source.faults]
    return [*facts, ("Permanent address", statement.address)]


def _or(text: str | None, otherwise: str) -> str:
    return text or otherwise


class _Sheet:
    """The page being written: our fonts, one column, the label at the upper right."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self.pdf = FPDF(format="A4")
        day = datetime.combine(statement.edition.dated, time(), UTC)
        self.pdf.set_creation_date(statement.rating.measured_at or day)
        self.pdf.set_title(f"Evidence: {statement.title}")
        self.pdf.set_author("Starwatt")
        self.pdf.set_lang("en")
        self.pdf.add_font(_FAMILY, "", REGULAR)
        self.pdf.add_font(_FAMILY, "B", BOLD)
        wide = next((path for path in _WIDE_FONTS if path.is_file()), None)
        if wide is not None:
            self.pdf.add_font(_WIDE, "", wide)
            self.pdf.set_fallback_fonts([_WIDE], exact_match=False)
        self.pdf.set_text_shaping(True)
        self.pdf.set_margin(18)
        self.pdf.set_auto_page_break(True, 18)
        self.pdf.add_page()

    def opening(self) -> None:
        """The label, the title, and in words what the label states."""
        said, pdf = self._statement, self.pdf
        label = io.BytesIO(png_of(draw_label(said, "light", FONT), 3))
        top = pdf.get_y()
        pdf.image(label, x=pdf.w - pdf.r_margin - _LABEL_MM, y=top, w=_LABEL_MM, alt_text=said.sentences)
        width = pdf.epw - _LABEL_MM - 8
        self._write("Evidence for an energy rating", 18, bold=True, width=width)
        self._write(said.model, 13, bold=True, width=width)
        self._write(said.sentences, 10, width=width)
        pdf.set_y(max(pdf.get_y(), top + _LABEL_MM * 364 / 260) + 4)

    def facts(self, title: str, facts: Facts) -> None:
        """A heading and lines of name and value."""
        self._heading(title)
        self._table([(name, value) for name, value in facts], (42, 132))

    def paragraph(self, words: str) -> None:
        self._write(words, 9)
        self.pdf.ln(2)

    def windows(self, run: Run) -> None:
        """Every window of the run: all that the figure was made of."""
        self._heading("Windows")
        head = ("Phase", "Start", "Window", "Seconds", "Energy, J", "Queries", "J per query", "Mean W")
        rows = [
            (
                window.phase,
                str(window.start),
                str(window.repeat),
                f"{window.seconds:.2f}",
                f"{window.energy_j:,.3f}",
                f"{window.queries:,}",
                three_significant(window.energy_per_query_j),
                three_significant(window.mean_power_w),
            )
            for window in run.windows
        ]
        self._table([head, *rows], (30, 16, 18, 22, 26, 20, 22, 20), head=True)

    def findings(self, run: Run) -> None:
        """How many checks passed, and each that did not."""
        passed = sum(finding.outcome is Outcome.PASSED for finding in run.findings)
        self._heading("Checks")
        self.paragraph(f"{passed} of {len(run.findings)} checks passed.")
        others = [finding for finding in run.findings if finding.outcome is not Outcome.PASSED]
        if others:
            self._table([(f"{one.name}: {one.outcome.value}", one.message) for one in others], (52, 122))

    def _heading(self, words: str) -> None:
        self.pdf.ln(2)
        if self.pdf.get_y() > self.pdf.h - 40:
            self.pdf.add_page()
        self._write(words, 12, bold=True)

    def _write(self, words: str, size: float, *, bold: bool = False, width: float = 0) -> None:
        self.pdf.set_font(_FAMILY, "B" if bold else "", size)
        self.pdf.set_text_color(*_INK)
        self.pdf.multi_cell(width, size * 0.5, printable(words), align="L", new_x="LMARGIN", new_y="NEXT")
        self.pdf.ln(1)

    def _table(self, rows: list[tuple[str, ...]], widths: tuple[int, ...], *, head: bool = False) -> None:
        self.pdf.set_font(_FAMILY, "", 9)
        self.pdf.set_text_color(*_INK)
        self.pdf.set_draw_color(*_LINE)
        with self.pdf.table(
            col_widths=widths,
            width=sum(widths),
            align="LEFT",
            text_align="LEFT",
            line_height=4.6,
            first_row_as_headings=head,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        ) as table:
            for row in rows:
                table.row([printable(cell) for cell in row])
