"""Prose: Markdown files of the site, rendered once. Sections of a file are addressed by their heading."""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

FOLDER = Path(__file__).parent / "text"

# `html` off: raw markup in a text is shown as text, so that no document can carry a script.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


@cache
def text(name: str) -> Markup:
    """A whole file of `text/`, as HTML."""
    return to_html((FOLDER / f"{name}.md").read_text("utf-8"))


@cache
def sections(name: str) -> dict[str, Markup]:
    """A file of `text/` cut at its `##` headings: heading → HTML of what stands under it."""
    parts = re.split(r"^## (.+)$", (FOLDER / f"{name}.md").read_text("utf-8"), flags=re.MULTILINE)
    return {heading.strip(): to_html(body) for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def to_html(markdown: str) -> Markup:
    """Markdown (CommonMark with tables) as HTML."""
    return Markup(_reachable(_MARKDOWN.render(markdown)))


def coded(text: str) -> Markup:
    """Plain text in which what stands between backticks is code; everything else of it stays text."""
    parts = re.split(r"`([^`\n]+)`", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def limit_words(name: str, value: float) -> str:
    """A check's threshold as people read it: its unit is the end of its name, a fraction is per cent."""
    for end, unit in _UNITS.items():
        if name.endswith(end):
            return f"{name.removesuffix(end).replace('_', ' ')} {value:g} {unit}"
    words = name.replace("_", " ")
    return f"{words} {value:g}" if name.startswith("least_") and value >= 1 else f"{words} {value * 100:g} %"


_UNITS = {"_s": "s", "_w": "W", "_c": "°C"}


class Document:
    """A long Markdown file with a title, a table of contents and linkable sections."""

    def __init__(self, markdown: str) -> None:
        tokens = _MARKDOWN.parse(markdown)
        self.title = ""
        self.contents: list[tuple[str, str]] = []
        """(anchor, heading) of each second-level heading."""
        body: list[Token] = []
        index = 0
        while index < len(tokens):
            token = tokens[index]
            heading = tokens[index + 1].content if token.type == "heading_open" else ""
            if token.tag == "h1" and token.type == "heading_open" and not self.title:
                self.title = _plain(heading)
                index += 3
                continue
            if token.type == "heading_open":
                anchor = _anchor(heading)
                token.attrSet("id", anchor)
                if token.tag == "h2":
                    self.contents.append((anchor, _plain(heading)))
            body.append(token)
            index += 1
        self.html = Markup(_wrap_tables(_reachable(_MARKDOWN.renderer.render(body, _MARKDOWN.options, {}))))


def _plain(heading: str) -> str:
    return heading.replace("`", "").replace("**", "")


def _anchor(heading: str) -> str:
    """`s5` for "5. Rating", so that METHOD §5 has an address; else the words, dashed."""
    number = re.match(r"(\d+)\.", heading)
    return f"s{number[1]}" if number else re.sub(r"[^a-z0-9]+", "-", _plain(heading).lower()).strip("-")


def _reachable(html: str) -> str:
    """Code that is wider than the screen scrolls inside itself, and a keyboard must get there to do so."""
    return html.replace("<pre>", '<pre tabindex="0">')


def _wrap_tables(html: str) -> str:
    """Wide tables scroll inside themselves, and can be reached by keyboard to do so."""
    number = itertools.count(1)
    opened = re.sub(
        "<table>",
        lambda _: f'<div class="scroll" tabindex="0" role="region" aria-label="Table {next(number)}"><table>',
        html,
    )
    return opened.replace("</table>", "</table></div>")
