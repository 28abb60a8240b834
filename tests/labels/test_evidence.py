"""A sheet of evidence holds what a buyer asks for, and is the same for the same record."""

from __future__ import annotations

import io

from pypdf import PdfReader

from leaderboard.domain import content_hash
from leaderboard.publish.evidence import evidence_pdf
from tests import builders
from tests.labels.cases import cases, statement


def text_of(pdf: bytes) -> str:
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return "".join("\n".join(pages).split())


def test_it_holds_figure_windows_hashes_and_address() -> None:
    said, run = statement("org/name", energy_low=0.12, energy_high=0.16), builders.run()
    text = text_of(evidence_pdf(said, run))
    for wanted in (
        "org/name",
        "0.139Whper1,000queries",
        "0.120–0.160",
        content_hash(said.rating),
        run.run_key,
        "MeanW",
        "forward",
        said.address,
    ):
        assert wanted in text


def test_the_same_record_gives_the_same_bytes() -> None:
    said, run = statement("org/name"), builders.run()
    pdf = evidence_pdf(said, run)
    assert pdf == evidence_pdf(said, run)
    written = PdfReader(io.BytesIO(pdf)).metadata
    assert written is not None
    assert written.creation_date == said.rating.measured_at


def test_published_figures_say_what_is_not_known() -> None:
    text = text_of(evidence_pdf(cases()["reference"], None))
    assert "Thereisnorunofours" in text
    assert "hashnotknown" in text


def test_any_script_makes_a_sheet() -> None:
    for name in ("Arabic", "Hebrew"):
        assert evidence_pdf(cases()[name], None).startswith(b"%PDF")
