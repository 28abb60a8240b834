"""The templates that submissions are shown with, in every state."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from leaderboard import catalogue
from leaderboard.board.render import Pages
from leaderboard.domain import Refused, Status, failed, passed
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import site_of
from tests.board.test_pages import Outline


@pytest.fixture
def pages(record: Record) -> Pages:
    return site_of(record).pages


def asked(path: str) -> Request:
    return Request({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []})


def form(pages: Pages, **context: Any) -> str:
    given: dict[str, Any] = {
        "tasks": list(catalogue.tasks().values()),
        "hardware": list(catalogue.hardware_classes().values()),
        "protocols": list(catalogue.protocols().values()),
        "precisions": ["fp32", "fp16"],
        "values": {},
        "findings": (),
        "error": None,
        "closed": "",
        **context,
    }
    return bytes(pages.render("submit.html", asked("/submit"), **given).body).decode()


def life(pages: Pages, status: Status, **context: Any) -> str:
    given: dict[str, Any] = {
        "submission": builders.submission(),
        "status": status,
        "sentence": status.sentence,
        "events": [builders.event(Status.RECEIVED), builders.event(status)],
        "findings": (),
        "progress": None,
        "log": "",
        "run_id": None,
        "rating": None,
        "position": None,
        "may_cancel": False,
        **context,
    }
    return bytes(pages.render("submission.html", asked("/submissions/x"), **given).body).decode()


def test_every_field_of_the_form_has_a_label(pages: Pages) -> None:
    page = Outline(form(pages))
    fields = [
        attrs
        for tag in ("input", "select", "textarea")
        for attrs in page.all(tag)
        if attrs.get("type") != "hidden"
    ]
    assert {attrs["name"] for attrs in fields} == {
        "model",
        "revision",
        "task",
        "hardware",
        "protocol",
        "precision",
        "reasoning",
        "note",
    }
    assert {attrs["id"] for attrs in fields} == {attrs["for"] for attrs in page.all("label")}


def test_a_refused_submission_keeps_what_was_typed(pages: Pages) -> None:
    html = form(
        pages,
        values={"model": "a/b<i>", "hardware": "cpu", "reasoning": "high"},
        error=Refused("It cannot be measured.", "Mend it."),
        findings=[
            failed("safetensors", "There are none.", "Convert them."),
            passed("public", "It is public."),
        ],
    )
    assert 'value="a/b&lt;i&gt;"' in html
    assert '<option value="cpu" selected>' in html
    assert '<option value="high" selected>' in html
    assert "Convert them." in html
    assert "It is public." not in html
    assert 'role="alert"' in html


def test_a_closed_form_says_why(pages: Pages) -> None:
    html = form(pages, closed="Submissions are closed.")
    assert "Submissions are closed." in html
    assert "disabled" in [name for attrs in Outline(html).all("button") for name in attrs]


@pytest.mark.parametrize("status", list(Status))
def test_every_state_has_its_sentence_and_polls_only_while_it_may_change(
    pages: Pages, status: Status
) -> None:
    html = life(pages, status)
    assert status.sentence in html
    live = next(attrs for _, attrs in Outline(html).tags if attrs.get("id") == "live")
    assert ("hx-trigger" in live) is not status.final
    assert ('http-equiv="refresh"' in html) is not status.final


def test_progress_is_shown_while_it_runs(pages: Pages) -> None:
    html = life(pages, Status.RUNNING, progress=builders.progress(0.42))
    assert 'value="42"' in html
    assert "window 2 of 3" in html
    assert "about 10 s left" in html


def test_a_failure_shows_cause_remedy_and_log(pages: Pages) -> None:
    events = [builders.event(Status.FAILED, message="Out of memory.", remedy="Take a larger card.")]
    html = life(pages, Status.FAILED, events=events, log="<b>killed</b>")
    for text in ("Out of memory.", "Take a larger card.", "&lt;b&gt;killed&lt;/b&gt;"):
        assert text in html


def test_what_is_done_leads_to_its_star(pages: Pages) -> None:
    rating = builders.rating(run_id="0123456789ab")
    html = life(pages, Status.DONE, rating=rating, run_id=rating.run_id, development=True)
    assert f'href="/r/{rating.id}"' in html
    assert 'href="/runs/0123456789ab"' in html
    assert "3 of 5 stars" in html
    assert 'aria-label="Development edition"' in html


def test_only_what_has_not_ended_can_be_cancelled(pages: Pages) -> None:
    assert "/cancel" in life(pages, Status.QUEUED, may_cancel=True, position=2)
    assert "/cancel" not in life(pages, Status.QUEUED)
    assert "/cancel" not in life(pages, Status.DONE, may_cancel=True)
