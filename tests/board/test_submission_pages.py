"""The templates of the form and of the queue."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from leaderboard import catalogue
from leaderboard.board.render import Pages
from leaderboard.domain import Org, Refused, failed, passed
from leaderboard.record import Record
from tests.board.conftest import site_of
from tests.board.test_pages import Outline

FIELDS = ("model", "task", "hardware", "revision", "precision", "protocol", "reasoning", "note", "for")


@pytest.fixture
def pages(record: Record) -> Pages:
    return site_of(record).pages


def asked(path: str) -> Request:
    return Request({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []})


def look(**fields: Any) -> SimpleNamespace:
    """What is seen of a form: submissions.form.Look."""
    return SimpleNamespace(
        **{"seen": None, "error": None, "findings": (), "fitting": (), "misnamed": None, **fields}
    )


def form(pages: Pages, **context: Any) -> str:
    given: dict[str, Any] = {
        "fitting": [],
        "tasks": list(catalogue.tasks().values()),
        "hardware": list(catalogue.hardware_classes().values()),
        "protocols": list(catalogue.protocols().values()),
        "precisions": ["fp32", "fp16"],
        "modes": ["off", "on", "low", "medium", "high"],
        "orgs": (),
        "look": look(),
        "refused": False,
        "closed": "",
        "stranger": False,
        **context,
    }
    given["values"] = dict.fromkeys(FIELDS, "") | given.get("values", {})
    return bytes(pages.render("submit.html", asked("/submit"), **given).body).decode()


def test_every_field_of_the_form_has_a_label(pages: Pages) -> None:
    page = Outline(form(pages, orgs=[Org(subject="org-1", name="acme")]))
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
        "for",
    }
    assert {attrs["id"] for attrs in fields} == {attrs["for"] for attrs in page.all("label")}


def test_a_refused_submission_keeps_what_was_typed(pages: Pages) -> None:
    html = form(
        pages,
        values={"model": "a/b<i>", "hardware": "cpu", "reasoning": "high"},
        refused=True,
        look=look(
            error=Refused("It cannot be measured.", "Mend it."),
            findings=[
                failed("safetensors", "There are none.", "Convert them.", url="/r/0123456789"),
                failed("elsewhere", "It is there.", "Look.", url="https://evil.example"),
                passed("public", "It is public."),
            ],
        ),
    )
    assert 'value="a/b&lt;i&gt;"' in html
    assert '<option value="cpu" selected>' in html
    assert '<option value="high" selected>' in html
    assert "Convert them." in html
    assert "It is public." not in html
    assert 'role="alert"' in html
    assert 'href="/r/0123456789"' in html
    assert "evil.example" not in html


def test_whoever_is_not_signed_in_is_told(pages: Pages) -> None:
    assert "Sign in to submit." in form(pages, stranger=True)
    assert "Sign in to submit." not in form(pages)


def test_a_closed_form_says_why(pages: Pages) -> None:
    html = form(pages, closed="Submissions are closed.")
    assert "Submissions are closed." in html
    assert "disabled" in [name for attrs in Outline(html).all("button") for name in attrs]
