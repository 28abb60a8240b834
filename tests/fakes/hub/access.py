"""Who asks: two tokens, and what each may see and change."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .refusals import Forbidden, GatedRepo, RepoNotFound, Unauthenticated
from .store import Repo


@dataclass(frozen=True)
class Caller:
    """The person behind a request."""

    name: str | None
    """None when no token was sent."""
    may_write: bool = False
    """The operator: sees, reads and changes everything."""
    roles: tuple[tuple[str, str], ...] = ()
    """Organisation and the person's role in it: admin, write, contributor or read."""


ANONYMOUS = Caller(None)


class Access:
    """The tokens of one data folder, made once and kept there, and the rules that go with them."""

    def __init__(self, root: Path) -> None:
        file = root / "tokens.json"
        if not file.exists():
            root.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({"write": _new_token(), "read": _new_token()}), "utf-8")
            file.chmod(0o600)
        tokens = json.loads(file.read_text("utf-8"))
        self.write_token: str = tokens["write"]
        """The operator `starwatt`: writes everywhere, reads private and gated repositories."""
        self.read_token: str = tokens["read"]
        """The person `reader`: reads what is public and not gated, writes nothing."""

        self._people: dict[str, Caller] = {}

    def add_person(self, name: str, roles: Mapping[str, str]) -> str:
        """The token of another person, who reads as `reader` does; forgotten when this Hub ends."""
        token = _new_token()
        self._people[token] = Caller(name, roles=tuple(roles.items()))
        return token

    def caller(self, authorization: str | None) -> Caller:
        """The person that an `Authorization` header stands for."""
        if not authorization:
            return ANONYMOUS
        token = authorization.removeprefix("Bearer ")
        if secrets.compare_digest(token.encode(), self.write_token.encode()):
            return Caller("starwatt", may_write=True)
        if secrets.compare_digest(token.encode(), self.read_token.encode()):
            return Caller("reader")
        if token in self._people:
            return self._people[token]
        raise Unauthenticated


def must_see(caller: Caller, repo: Repo) -> None:
    """Refuse with the very answer that a missing repository gets."""
    if repo.private and not caller.may_write:
        raise RepoNotFound


def must_read(caller: Caller, repo: Repo) -> None:
    """Refuse the files of a gated repository to people who were not let in."""
    must_see(caller, repo)
    if repo.gated and not caller.may_write:
        raise GatedRepo(repo.id)


def must_write(caller: Caller) -> None:
    """Refuse changes to everybody but the operator."""
    if caller.name is None:
        raise Unauthenticated("Invalid username or password.")
    if not caller.may_write:
        raise Forbidden


def _new_token() -> str:
    return "hf_" + "".join(secrets.choice(string.ascii_letters) for _ in range(34))
