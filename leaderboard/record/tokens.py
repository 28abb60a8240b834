"""Tokens that were handed out: of people for the API, of runners for one hardware class. Stored hashed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import bindparam, insert, select, update

from leaderboard.domain import NotFound
from leaderboard.record.prepared import Prepared
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import tokens
from leaderboard.record.tickets import digest_of

TokenKind = Literal["person", "runner"]

_GOOD = Prepared(
    select(tokens.c.id, tokens.c.subject, tokens.c.body).where(
        tokens.c.kind == bindparam("of"), tokens.c.digest == bindparam("known"), tokens.c.revoked == 0
    )
)
"""Asked at every request of a runner."""


@dataclass(frozen=True)
class Token:
    """One token as it is known here."""

    id: str
    """Public: it names the token in lists and logs."""
    kind: TokenKind
    subject: str
    """The person's subject id, or the runner's machine."""
    body: str
    """JSON: label, hardware classes, who made it and when."""
    revoked: bool


class Tokens(Shelf):
    """Handing out tokens, and taking them back."""

    def add_token(self, id: str, kind: TokenKind, secret: str, *, subject: str, body: str) -> None:
        """Write a token down by its digest."""
        values = {"id": id, "kind": kind, "digest": digest_of(secret), "subject": subject, "body": body}
        statement = insert(tokens).values(values | {"revoked": 0})
        self._writer.run(lambda connection: connection.execute(statement).rowcount)

    def token_of(self, kind: TokenKind, secret: str) -> Token | None:
        """Whose secret this is; None: nobody's, or it was taken back."""
        with self._readers.snapshot() as connection:
            row = _GOOD.first(connection, {"of": kind, "known": digest_of(secret)})
        if row is None:
            return None
        id, subject, body = row
        return Token(id, kind, subject, body, revoked=False)

    def tokens(self, kind: TokenKind, subject: str | None = None) -> list[Token]:
        """All of a kind, in the order of their ids; of one subject where it is named. Revoked ones too."""
        statement = select(tokens).where(tokens.c.kind == kind).order_by(tokens.c.id)
        if subject is not None:
            statement = statement.where(tokens.c.subject == subject)
        with self._readers.snapshot() as connection:
            rows = connection.execute(statement).all()
        return [Token(row.id, row.kind, row.subject, row.body, bool(row.revoked)) for row in rows]

    def put_token_body(self, id: str, body: str) -> None:
        """Say something else of a token; its secret stays. Nothing where there is no such token."""
        statement = update(tokens).where(tokens.c.id == id).values(body=body)
        self._writer.run(lambda connection: connection.execute(statement).rowcount, shown=False)

    def revoke_token(self, id: str) -> None:
        """Take a token back. Raises NotFound."""
        statement = update(tokens).where(tokens.c.id == id).values(revoked=1)
        if not self._writer.run(lambda connection: connection.execute(statement).rowcount):
            raise NotFound(f"There is no token {id[:40]!r}.", "The list of tokens names those there are.")
