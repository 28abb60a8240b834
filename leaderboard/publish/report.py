"""What publishing did, or would do, in words and as data."""

from __future__ import annotations

from typing import Self

from leaderboard.domain import Word
from leaderboard.publish.layout import MANIFEST, Suffix
from leaderboard.publish.push import Pushed


class RepositoryReport(Word):
    """One data set in one place."""

    place: str
    """Folder, or ORG/NAME on the Hub."""
    suffix: Suffix
    added: tuple[str, ...] = ()
    """Paths of new files."""
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    rows_before: int = 0
    """Rows of all editions, or runs, that lay there."""
    rows: int = 0
    """Rows that lie there now; `latest` counts none twice."""
    commit: str | None = None
    """The newest commit; None: nothing was ever published there."""

    @classmethod
    def of(cls, place: str, suffix: Suffix, pushed: Pushed, rows: int) -> Self:
        known = pushed.before.files if pushed.before is not None else {}
        put = [path for path in pushed.change.put if path != MANIFEST]
        return cls(
            place=place,
            suffix=suffix,
            added=tuple(path for path in put if path not in known),
            changed=tuple(path for path in put if path in known),
            removed=pushed.change.remove,
            rows_before=pushed.before.rows if pushed.before is not None else 0,
            rows=rows,
            commit=pushed.commit,
        )

    @property
    def sentence(self) -> str:
        """What changed, or why nothing did."""
        parts = [
            f"{len(paths)} {word}"
            for paths, word in (
                (self.added, "added"),
                (self.changed, "changed"),
                (self.removed, "removed"),
            )
            if paths
        ]
        if parts:
            return f"{self.place}: files {', '.join(parts)}; rows {self.rows_before:,} → {self.rows:,}"
        if self.rows == 0 and self.rows_before == 0:
            return f"{self.place}: no rows yet, nothing published"
        return f"{self.place}: up to date, {self.rows:,} rows"


class Report(Word):
    """One publishing."""

    record_version: int
    dry_run: bool = False
    repositories: tuple[RepositoryReport, ...]
    withheld: tuple[str, ...] = ()
    """Ids of rows that contradict their edition and were published nowhere."""
    hub: str = ""
    """Why nothing went to the Hub; empty when it was asked."""
    ticked: int = 0
    """Outbox rows that are done."""

    @property
    def changed(self) -> bool:
        return any(each.added or each.changed or each.removed for each in self.repositories)

    @property
    def lines(self) -> list[str]:
        """The report for a person."""
        would = "Would publish" if self.dry_run else "Published"
        lines = [f"{would} the record at version {self.record_version}:"]
        lines += [f"  {each.sentence}" for each in self.repositories]
        if self.hub:
            lines.append(f"  Hub: {self.hub}")
        if self.withheld:
            ids = ", ".join(self.withheld[:5])
            lines.append(
                f"  withheld: {len(self.withheld)} rows contradict their edition (ids {ids}); look at them"
            )
        return lines
