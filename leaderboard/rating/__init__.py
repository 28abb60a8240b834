"""Rating: pure arithmetic from windows to intervals, and from energies to stars (METHOD §3.7, §5)."""

from leaderboard.rating import aggregate, bands, changes, document, edition, renewal, sheet, stars, table

__all__ = ["aggregate", "bands", "changes", "document", "edition", "renewal", "sheet", "stars", "table"]
