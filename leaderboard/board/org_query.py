"""What can be asked of `/orgs` and `/orgs/{org}` ⇄ their query strings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from leaderboard.board.organisations import SORTS, Sort
from leaderboard.domain import BadInput

_LONGEST = 200


@dataclass(frozen=True)
class AskedOrgs:
    """A search in the list of organisations, and where its page begins."""

    q: str = ""
    after: str = ""

    @classmethod
    def from_query(cls, items: Iterable[tuple[str, str]]) -> AskedOrgs:
        """Read a query string; empty values are passed over. Raises BadInput."""
        return cls(**_given(items, ("q", "after")))

    @property
    def query(self) -> str:
        return urlencode([(name, value) for name, value in vars(self).items() if value])

    def at(self, after: str | None) -> str | None:
        """The address of the page that follows a name; None for no name."""
        return None if after is None else f"/orgs?{replace(self, after=after).query}"


@dataclass(frozen=True)
class AskedOrg:
    """The order of an organisation's models, and where its page begins."""

    sort: Sort = "model"
    order: str = "asc"
    after: str | None = None

    @classmethod
    def from_query(cls, items: Iterable[tuple[str, str]]) -> AskedOrg:
        """Read a query string; empty values are passed over. Raises BadInput."""
        given = _given(items, ("sort", "order", "after"))
        found = next((sort for sort in SORTS if sort == given.get("sort", "model")), None)
        if found is None:
            raise BadInput(f"sort is {given['sort'][:40]!r}.", f"It may be {', '.join(SORTS)}.")
        order = given.get("order", "asc")
        if order not in ("asc", "desc"):
            raise BadInput(f"order is {order[:40]!r}.", "It may be asc, desc.")
        return cls(found, order, given.get("after"))

    @property
    def descending(self) -> bool:
        return self.order == "desc"

    @property
    def query(self) -> str:
        """What differs from the defaults."""
        pairs = [("sort", self.sort, "model"), ("order", self.order, "asc"), ("after", self.after, None)]
        return urlencode([(name, value) for name, value, default in pairs if value != default])

    def at(self, org: str, after: str | None) -> str | None:
        """The address of the page that follows a model; None for no model."""
        return None if after is None else _address(org, replace(self, after=after).query)

    def sorted_by(self, org: str, sort: Sort) -> str:
        """Where a click on a column's head leads: sorts by it, or turns the order round."""
        turned = "asc" if self.descending else "desc"
        first = "desc" if sort in ("stars", "figures") else "asc"
        order = turned if sort == self.sort else first
        return _address(org, AskedOrg(sort, order).query)


def _address(org: str, query: str) -> str:
    return f"/orgs/{quote(org)}" + (f"?{query}" if query else "")


def _given(items: Iterable[tuple[str, str]], known: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in items:
        # Names with two underscores in front are the hosting's own.
        if name.startswith("__") or not value.strip():
            continue
        if name not in known:
            raise BadInput(f"There is no parameter {name[:40]!r}.", f"Known: {', '.join(known)}.")
        if len(value) > _LONGEST or not value.isprintable():
            raise BadInput(f"{name} is too long or holds control characters.", "Write a part of a name.")
        found[name] = value.strip()
    return found
