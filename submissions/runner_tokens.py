"""Tokens of runners: each for one machine and its hardware classes, shown once, stored hashed.

The token file of the worker beside the Space (`tokens.py`) is good for any machine and any class.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from pydantic import Field

from leaderboard import catalogue
from leaderboard.domain import (
    BadInput,
    Conflict,
    FenceLost,
    Forbidden,
    NotFound,
    Person,
    UnknownName,
    Word,
)
from leaderboard.domain.machines import check_machine_name
from leaderboard.domain.words import Instant
from leaderboard.record import Record
from leaderboard.record.tokens import Token
from leaderboard.record.workers import machine_of
from submissions.tokens import check_token, given_token

MOST_CLASSES = 5
PREFIX = "sw_runner_"


class Made(Word):
    """What is kept of a token beside its digest, its id and its machine."""

    hardware: tuple[str, ...] = Field(min_length=1, max_length=MOST_CLASSES)
    made_by: str
    made_by_name: str
    made_at: Instant


@dataclass(frozen=True)
class RunnerToken:
    """A token that was handed out; never its secret."""

    id: str
    machine: str
    made: Made
    revoked: bool

    @property
    def hardware(self) -> tuple[str, ...]:
        return self.made.hardware


@dataclass(frozen=True)
class Pass:
    """What the token that was shown allows; the Space's own runner token allows every machine and class."""

    token: RunnerToken | None = None

    def check_claim(self, machine: str, hardware: Collection[str]) -> None:
        """Whether a machine may claim work for these classes. Raises Forbidden."""
        self.check_machine(machine)
        self.check_hardware(hardware)

    def check_machine(self, machine: str) -> None:
        """Whether the token is this machine's. Raises Forbidden."""
        # A node is of the machine that hands it work.
        whose = machine.rpartition("@")[2]
        if self.token is not None and self.token.machine not in (whose, machine_of(whose)):
            raise Forbidden(
                f"This token is for the machine {self.token.machine}, not for {machine[:100]}.",
                "Use that machine's own token; an operator makes one at the desk.",
            )

    def check_holder(self, submission_id: str, worker: str) -> None:
        """Whether the token's machine is the runner that has a submission, or had it last.

        Fences are small numbers: without this a token could do for what another machine holds.

        Raises:
            FenceLost: it is another.
        """
        if self.token is not None and self.token.machine not in (worker, machine_of(worker)):
            raise FenceLost(
                f"Submission {submission_id} is not held by {self.token.machine}.",
                "Stop this run; nothing more of it is taken.",
            )

    def check_hardware(self, hardware: Collection[str]) -> None:
        """Whether the token is for all of these classes. Raises Forbidden."""
        if self.token is None:
            return
        others = [name for name in hardware if name not in self.token.hardware]
        if others:
            raise Forbidden(
                f"This token is for {', '.join(self.token.hardware)}, not for {others[0][:64]}.",
                "Ask for that class alone, or have an operator make a token for it.",
            )


def make_runner_token(
    record: Record, id: str, machine: str, hardware: tuple[str, ...], maker: Person
) -> tuple[RunnerToken, str]:
    """Make a token; returns it with its secret, which nobody can be told again.

    Raises:
        UnknownName: no such hardware class.
        BadInput: no class, or too many of them.
    """
    if not 1 <= len(set(hardware)) <= MOST_CLASSES:
        raise BadInput(
            f"A token is for 1 to {MOST_CLASSES} hardware classes.", "Name those this machine has."
        )
    made = Made(
        hardware=tuple(sorted({catalogue.hardware(name).id for name in hardware})),
        made_by=maker.subject,
        made_by_name=maker.name,
        made_at=record.now(),
    )
    secret = PREFIX + secrets.token_urlsafe(32)
    record.add_token(id, "runner", secret, subject=machine, body=made.model_dump_json())
    return RunnerToken(id, machine, made, revoked=False), secret


def check_machine(record: Record, machine: str) -> None:
    """Whether there is such a machine: one that was heard from, or has a token.

    Raises:
        BadInput: that is no machine's name.
        UnknownName: there is none.
    """
    check_machine_name(machine)
    heard = [worker.worker for worker in record.workers()]
    known = dict.fromkeys([*heard, *(token.machine for token in runner_tokens(record))])
    if machine not in known:
        raise UnknownName("machine", machine, list(known))


def new_token_id() -> str:
    """Names a token in lists and logs; it opens nothing."""
    return secrets.token_hex(5)


def revoke(record: Record, id: str) -> None:
    """Take a token back: the next request with it is refused.

    Raises:
        NotFound: no runner has a token of that id.
        Conflict: it was taken back before.
    """
    token = next((token for token in record.tokens("runner") if token.id == id), None)
    if token is None:
        raise NotFound(f"No runner has a token {id[:40]!r}.", "`desk tokens` lists those there are.")
    if token.revoked:
        raise Conflict(f"Token {id} was revoked before.", "It is no good already.")
    record.revoke_token(id)


def runner_tokens(record: Record) -> list[RunnerToken]:
    """All that were handed out: those that are good first, then by machine; the newest first."""
    found = [_token_of(token) for token in record.tokens("runner")]
    found.sort(key=lambda token: token.made.made_at, reverse=True)
    return sorted(found, key=lambda token: (token.revoked, token.machine))


def check_runner(record: Record, authorization: str | None) -> Pass:
    """What the token in an `Authorization: Bearer …` header allows.

    Raises:
        Forbidden: it is no runner's, or was revoked.
    """
    given = given_token(authorization)
    token = record.token_of("runner", given) if given else None
    if token is not None:
        return Pass(_token_of(token))
    try:
        check_token(record, "runner", authorization)
    except Forbidden as error:
        raise Forbidden(
            "This runner's token is not known here, or was revoked."
            if given
            else "A runner shows its token.",
            "An operator makes one for the machine at the desk; the worker beside the Space reads its own "
            "from tokens/runner in the data folder.",
        ) from error
    return Pass()


def _token_of(token: Token) -> RunnerToken:
    return RunnerToken(token.id, token.subject, Made.model_validate_json(token.body), token.revoked)
