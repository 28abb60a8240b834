"""The desk for programs: `/api/v1/desk`, what `python -m submissions desk` speaks to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field, StringConstraints

from leaderboard import proposing
from leaderboard.domain import KebabId, Person, Word
from leaderboard.domain.machines import MachineName
from leaderboard.record import Record
from submissions.desk import log as desk_log
from submissions.desk.acts import Desk
from submissions.desk.door import TOKEN, Door
from submissions.desk.log import By, Entry
from submissions.desk.view import overview_json, token_json
from submissions.runner_tokens import MOST_CLASSES, runner_tokens

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Subject = Annotated[str, Path(max_length=desk_log.LONGEST_SUBJECT)]


class Why(Word):
    """Why it is done, kept for ever; who does it is told only by who shows the operator token."""

    reason: Text
    author: Name = "operator"


class Opened(Why):
    """An edition that is to follow another; what is not given is as in that one."""

    id: KebabId
    after: KebabId
    title: str = Field(default="", max_length=200)
    summary: str = Field(default="", max_length=2000)
    reference_models: list[Any] | None = None
    """Lists as in `catalogue/editions/`; None: those of the edition before."""


class Takeover(Why):
    """Which edition takes over."""

    by: KebabId


class Confirmation(Word):
    """Which edition takes over; without a reason the proposal's own is said."""

    by: KebabId
    reason: str = Field(default="", max_length=2000)
    author: Name = "operator"


class Remark(Why):
    """What is said beside a rating."""

    kind: Literal["disputed", "withdrawn", "settled"]


class Wanted(Why):
    """A token for one machine."""

    machine: MachineName
    hardware: tuple[KebabId, ...] = Field(min_length=1, max_length=MOST_CLASSES)


def create_desk_api(record: Record, desk: Desk, door: Door, lease_s: float) -> APIRouter:
    """Routes under `/api/v1/desk`, for operators by account or by the operator token."""
    router = APIRouter(prefix="/api/v1/desk", dependencies=[Depends(door.api)], include_in_schema=False)
    _add_lists(router, record, lease_s)
    _add_work(router, desk, door)
    _add_editions(router, desk, door)
    _add_tokens(router, desk, door)
    return router


def _add_lists(router: APIRouter, record: Record, lease_s: float) -> None:
    @router.get("/overview")
    def overview() -> dict[str, Any]:
        return overview_json(record, lease_s)

    @router.get("/acts")
    def acts(
        subject: Annotated[str | None, Query(max_length=desk_log.LONGEST_SUBJECT)] = None,
        limit: Annotated[int, Query(ge=1, le=desk_log.MOST_LISTED)] = 200,
    ) -> dict[str, Any]:
        return {"acts": [_entry_json(entry) for entry in desk_log.entries(record, subject, limit)]}

    @router.get("/proposals")
    def proposals() -> dict[str, Any]:
        found = proposing.waiting(record)
        return {"proposals": [proposal.model_dump(mode="json") for proposal in found]}

    @router.get("/tokens")
    def tokens() -> dict[str, Any]:
        return {"tokens": [token_json(token) for token in runner_tokens(record)]}


def _add_work(router: APIRouter, desk: Desk, door: Door) -> None:
    operator = Depends(door.api)

    @router.post("/hardware/{hardware}/{act}")
    def hold_hardware(
        hardware: Subject, act: Literal["pause", "resume"], wanted: Why, who: Person = operator
    ) -> dict[str, str]:
        (desk.pause if act == "pause" else desk.resume)(hardware, _by(who, wanted))
        return {"hardware": hardware, "done": act}

    @router.post("/machines/{machine}/{act}")
    def hold_machine(
        machine: Subject, act: Literal["drain", "undrain"], wanted: Why, who: Person = operator
    ) -> dict[str, str]:
        (desk.drain if act == "drain" else desk.undrain)(machine, _by(who, wanted))
        return {"machine": machine, "done": act}

    @router.post("/submissions/{submission_id}/{act}")
    def submission(
        submission_id: Subject, act: Literal["requeue", "withdraw"], wanted: Why, who: Person = operator
    ) -> dict[str, str]:
        done = (desk.requeue if act == "requeue" else desk.withdraw)(submission_id, _by(who, wanted))
        return {"id": submission_id, "status": done.value}

    @router.post("/bundles/{submission_id}/{act}")
    def bundle(
        submission_id: Subject, act: Literal["accept", "reject"], wanted: Why, who: Person = operator
    ) -> dict[str, str | None]:
        by = _by(who, wanted)
        if act == "accept":
            return {"id": submission_id, "rating": desk.accept_bundle(submission_id, by).id}
        desk.reject_bundle(submission_id, by)
        return {"id": submission_id, "rating": None}

    @router.post("/ratings/{rating_id}/notices")
    def remark(rating_id: Subject, wanted: Remark, who: Person = operator) -> dict[str, Any]:
        ids = desk.remark(rating_id, wanted.kind, _by(who, wanted))
        return {"kind": wanted.kind, "ratings": ids}

    @router.post("/publish")
    def publish(wanted: Why, who: Person = operator) -> dict[str, Any]:
        return desk.publish(_by(who, wanted)).model_dump(mode="json")


def _add_editions(router: APIRouter, desk: Desk, door: Door) -> None:
    operator = Depends(door.api)

    @router.post("/editions")
    def open_edition(wanted: Opened, who: Person = operator) -> dict[str, Any]:
        words = wanted.model_dump(include={"id", "title", "summary", "reference_models"})
        return {"edition": wanted.id, "rows": desk.open_edition(words, wanted.after, _by(who, wanted))}

    @router.post("/editions/{edition_id}/freeze")
    def freeze(edition_id: Subject, wanted: Why, who: Person = operator) -> dict[str, Any]:
        return {"edition": edition_id, "cells": desk.freeze(edition_id, _by(who, wanted))}

    @router.post("/editions/{edition_id}/supersede")
    def supersede(edition_id: Subject, wanted: Takeover, who: Person = operator) -> dict[str, Any]:
        return desk.supersede(edition_id, wanted.by, _by(who, wanted))._asdict()

    @router.post("/proposals/{proposal_id}/confirm")
    def confirm(proposal_id: Subject, wanted: Confirmation, who: Person = operator) -> dict[str, Any]:
        return desk.confirm(proposal_id, wanted.by, _by(who, wanted))._asdict()

    @router.post("/proposals/{proposal_id}/decline")
    def decline(proposal_id: Subject, wanted: Why, who: Person = operator) -> dict[str, Any]:
        proposal = desk.decline(proposal_id, _by(who, wanted))
        return {"declined": proposal.id, "edition": proposal.edition}


def _add_tokens(router: APIRouter, desk: Desk, door: Door) -> None:
    operator = Depends(door.api)

    @router.post("/tokens")
    def make_token(wanted: Wanted, response: Response, who: Person = operator) -> dict[str, Any]:
        token, secret = desk.make_token(wanted.machine, wanted.hardware, _by(who, wanted))
        response.headers["Cache-Control"] = "no-store"
        return {**token_json(token), "token": secret}

    @router.post("/tokens/{token_id}/revoke")
    def revoke(token_id: Subject, wanted: Why, who: Person = operator) -> dict[str, Any]:
        desk.revoke_token(token_id, _by(who, wanted))
        return {"id": token_id, "revoked": True}


def _by(who: Person, wanted: Why | Confirmation) -> By:
    """Accounts speak in their own name; the operator token has none, and takes the one that is given."""
    if who.subject == TOKEN:
        who = who.model_copy(update={"name": wanted.author})
    return By(who, wanted.reason)


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {**entry.act.model_dump(mode="json"), "refused": entry.refused or None}
