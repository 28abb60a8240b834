"""How a rating is cited: BibTeX and plain text with its permanent address, edition, date and harness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from leaderboard.domain import Edition, Rating
from leaderboard.publish.labels import Statement

_BIBTEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}


@dataclass(frozen=True)
class Citation:
    """One figure, as a paper names it."""

    statement: Statement
    harness: str | None = None
    """Version of the code that measured; None: published figures, or a run that is not kept."""

    @property
    def rating(self) -> Rating:
        return self.statement.rating

    @property
    def edition(self) -> Edition:
        return self.statement.edition

    @property
    def dated(self) -> date:
        """When it was measured; where the source does not tell it, the day the edition stands for."""
        at = self.rating.measured_at
        return self.edition.dated if at is None else at.date()

    @property
    def title(self) -> str:
        return f"Energy rating of {self.statement.model}: {self.statement.task}, {self.statement.hardware}"

    @property
    def facts(self) -> str:
        """What the figure is, in one line."""
        said = self.statement
        energy = f"{said.value} Wh per 1,000 queries"
        if said.interval:
            energy += f" ({said.interval})"
        parts = [energy]
        if said.standing.withdrawn:
            parts.append("withdrawn")
        elif said.stars:
            parts.append(f"{said.stars} stars")
        parts.append(said.protocol)
        if self.rating.revision:
            parts.append(f"commit {self.rating.revision[:12]}")
        return ", ".join(parts)

    @property
    def origin(self) -> str:
        """Who measured it and with what."""
        source = self.edition.source
        if source is not None:
            return f"Published figure of {source.title}"
        by = f"{self.rating.provenance.value} with the Starwatt harness"
        return f"{by} {self.harness}" if self.harness else by

    @property
    def text(self) -> str:
        """One line for a list of references."""
        return (
            f"Starwatt ({self.dated.year}). {self.title}. Edition {self.edition.id}, "
            f"{self.dated.isoformat()}. {self.facts}. {self.origin}. {self.statement.address}"
        )

    @property
    def bibtex(self) -> str:
        """An entry; what BibTeX would read as its own signs is written so that it does not."""
        fields = {
            "title": f"{{{bibtex_text(self.title)}}}",
            "author": "{Starwatt}",
            "year": str(self.dated.year),
            "month": str(self.dated.month),
            "version": bibtex_text(f"Edition {self.edition.id}"),
            "howpublished": f"\\url{{{self.statement.address}}}",
            "note": bibtex_text(f"{self.facts}. {self.origin}. Dated {self.dated.isoformat()}"),
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return f"@misc{{starwatt-{self.rating.id},\n{lines}\n}}"


def bibtex_text(text: str) -> str:
    """Text inside an entry."""
    return "".join(_BIBTEX.get(sign, sign) for sign in text)
