"""axe-core on a page as it stands: what it finds there that keeps somebody out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

COLOURS = ("color-contrast", "link-in-text-block")
"""Rules whose answer changes with the theme alone."""
SIZE = "target-size"
"""A rule that takes whatever lies under an open menu for a target that is too small."""

# Best practices beside WCAG 2.2 AA: the field's boards were counted with both.
_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# `preload` would fetch the style sheets again on every page, for a rule that is not asked for.
_RUN = """async ([tags, rules, without]) => {
  const found = await axe.run(document, {
    runOnly: rules.length ? {type: "rule", values: rules} : {type: "tag", values: tags},
    rules: Object.fromEntries(without.map((id) => [id, {enabled: false}])),
    resultTypes: ["violations"], preload: false,
  });
  return found.violations.map((rule) => ({
    id: rule.id, nodes: rule.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
  }));
}"""


# A row looks like the next, and what axe-core takes grows with the rows.
_SHORTEN = """(most) => {
  for (const rows of document.querySelectorAll("tbody, ol, ul"))
    while (rows.children.length > most) rows.lastElementChild.remove();
}"""
_MOST_ROWS = 16


def shorten(page: Page) -> None:
    """Leave the first rows of every table and list."""
    page.evaluate(_SHORTEN, _MOST_ROWS)


def violations(page: Page, script: str, rules: Sequence[str] = (), without: Sequence[str] = ()) -> list[str]:
    """What axe-core finds, a line for each element.

    The script goes in through the debugger's own door, not as an element: the page's policy stays as it is.

    Args:
        page: as it is to be looked at.
        script: axe-core.
        rules: only these; all unless given.
        without: not these.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(script)
    found: list[dict[str, Any]] = page.evaluate(_RUN, [list(_TAGS), list(rules), list(without)])
    return [f"{rule['id']}: {node}" for rule in found for node in rule["nodes"]]
