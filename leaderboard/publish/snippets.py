"""What to paste so that a label or a badge appears in a README or on a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from leaderboard.publish.labels import Statement


@dataclass(frozen=True)
class Snippets:
    """Addresses of one rating's pictures, and texts that hold them."""

    statement: Statement
    site: str
    """The board's public address, without a slash at its end."""

    @property
    def id(self) -> str:
        return self.statement.rating.id

    @property
    def words(self) -> str:
        """What a reader is told who does not see the picture."""
        said = self.statement
        if said.standing.withdrawn:
            return f"{said.model}: energy rating withdrawn"
        outcome = f"{said.stars} stars" if said.stars else "not rated"
        return f"{said.model}: {said.value} Wh per 1,000 queries, {outcome}, {said.task} on {said.hardware}"

    @property
    def page(self) -> str:
        return self.statement.address

    def label(self, suffix: str = "svg", **more: str) -> str:
        """Path of the label, with what chooses this row among a model's."""
        return self._path("label", suffix, more)

    def badge(self, suffix: str = "svg", **more: str) -> str:
        """Path of the badge."""
        return self._path("badge", suffix, more)

    @property
    def evidence(self) -> str:
        return f"/evidence/{self.id}.pdf"

    @property
    def badge_markdown(self) -> str:
        return self._markdown(self.badge())

    @property
    def label_markdown(self) -> str:
        return self._markdown(self.label())

    @property
    def image_html(self) -> str:
        """The label as one `<img>`."""
        source = escape(self.site + self.label())
        return f'<img src="{source}" width="260" height="364" alt="{escape(self.words)}">'

    @property
    def picture_html(self) -> str:
        """The label that follows the reader's light or dark, with a link to the figure."""
        dark = escape(self.site + self.label(theme="dark"))
        source = f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        return f'<a href="{escape(self.page)}"><picture>{source}{self.image_html}</picture></a>'

    @property
    def shields(self) -> str:
        """The badge as shields.io draws it."""
        return f"https://img.shields.io/endpoint?{urlencode({'url': self.site + self.badge('json')})}"

    def _path(self, kind: str, suffix: str, more: dict[str, str]) -> str:
        rating = self.statement.rating
        place = f"{rating.edition}/{rating.task}/{rating.hardware}/{quote(rating.model)}"
        chosen = {"protocol": rating.protocol, "reasoning": rating.reasoning}
        if rating.precision:
            chosen["precision"] = rating.precision
        return f"/{kind}/{place}.{suffix}?{urlencode({**chosen, **more})}"

    def _markdown(self, path: str) -> str:
        # A bracket in a name would end the text of the link.
        words = re.sub(r"[\[\]\\<>`]", "", self.words)
        return f"[![{words}]({self.site}{path})]({self.page})"
