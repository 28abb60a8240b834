"""Every form that changes something carries the hidden field that proves it is a page of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "leaderboard" / "board" / "templates"
_FORM = re.compile(r"<form\b[^>]*>", re.IGNORECASE | re.DOTALL)
_POSTS = re.compile(r"""method\s*=\s*["']?post""", re.IGNORECASE)
_BEGINS = re.compile(r"\s*\{\{ csrf \}\}")


def unguarded(template: str) -> list[str]:
    """The forms of a template that post without beginning with the field."""
    return [
        form[0]
        for form in _FORM.finditer(template)
        if _POSTS.search(form[0]) and not _BEGINS.match(template, form.end())
    ]


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_every_form_that_posts_begins_with_the_field(path: Path) -> None:
    assert unguarded(path.read_text()) == []


def test_there_are_such_forms_and_one_without_the_field_is_found() -> None:
    posting = [path.name for path in TEMPLATES.glob("*.html") if _POSTS.search(path.read_text())]
    assert {"desk_act.html", "submit.html"} <= set(posting)
    assert unguarded('<form class="x"\n method="POST" action="/a"><input></form>') != []
    assert unguarded("<FORM method=post>\n{{ csrf }}") == []
    assert unguarded('<form method="get" action="/a">') == []


def test_no_page_posts_by_other_means() -> None:
    for path in TEMPLATES.glob("*.html"):
        words = path.read_text()
        assert "formmethod" not in words, path.name
        assert not re.search(r"\bhx-(put|patch|delete)\b", words), path.name
        # One that posts by htmx sends its form along, and the field with it.
        for element in re.findall(r"<[^>]*\bhx-post\b[^>]*>", words):
            assert element.startswith("<form") or "hx-include" in element or "closest form" in element, (
                element
            )
