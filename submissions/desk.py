"""The operator's desk: what only somebody who holds the operator token may do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header
from pydantic import Field, StringConstraints

from leaderboard import editions, proposing, succession
from leaderboard.domain import KebabId, Word
from leaderboard.proposing import Said
from leaderboard.publish import Publisher
from leaderboard.record import Record
from submissions.tokens import check_token

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Opened(Word):
    """An edition that is to follow another; what is not given is as in that one."""

    id: KebabId
    after: KebabId
    title: str = Field(default="", max_length=200)
    summary: str = Field(default="", max_length=2000)
    reference_models: list[Any] | None = None
    """Lists as in `catalogue/editions/`; None: those of the edition before."""


class Why(Word):
    """Who does it, and why: both are kept for ever and shown."""

    reason: Text
    author: Text = "operator"


class Takeover(Why):
    """Which edition takes over."""

    by: KebabId


class Confirmation(Word):
    """Which edition takes over; without a reason the proposal's own is said."""

    by: KebabId
    reason: str = Field(default="", max_length=2000)
    author: Text = "operator"


class Remark(Why):
    """What is said beside a rating."""

    kind: Literal["disputed", "settled", "withdrawn"]


def create_desk(record: Record, publisher: Publisher) -> APIRouter:
    """Routes under `/api/v1/desk`, all behind the operator token."""

    def operator(authorization: Annotated[str | None, Header()] = None) -> None:
        check_token(record, "operator", authorization)

    router = APIRouter(prefix="/api/v1/desk", dependencies=[Depends(operator)], include_in_schema=False)

    @router.post("/editions")
    def open_edition(wanted: Opened) -> dict[str, Any]:
        edition = succession.follower(
            record.edition(wanted.after),
            wanted.id,
            title=wanted.title,
            summary=wanted.summary,
            reference_models=wanted.reference_models,
        )
        return {"edition": edition.id, "rows": succession.open_edition(record, edition)}

    @router.post("/editions/{edition_id}/freeze")
    def freeze(edition_id: str) -> dict[str, Any]:
        return {"edition": edition_id, "cells": editions.freeze(record, edition_id)}

    @router.post("/editions/{edition_id}/supersede")
    def supersede(edition_id: str, wanted: Takeover) -> dict[str, Any]:
        said = Said(wanted.author, wanted.reason)
        return succession.supersede(record, edition_id, wanted.by, said)._asdict()

    @router.get("/proposals")
    def proposals() -> dict[str, Any]:
        found = proposing.waiting(record)
        return {"proposals": [proposal.model_dump(mode="json") for proposal in found]}

    @router.post("/proposals/{proposal_id}/confirm")
    def confirm(proposal_id: str, wanted: Confirmation) -> dict[str, Any]:
        said = Said(wanted.author, wanted.reason.strip())
        return succession.confirm(record, proposal_id, wanted.by, said)._asdict()

    @router.post("/proposals/{proposal_id}/decline")
    def decline(proposal_id: str, wanted: Why) -> dict[str, Any]:
        proposal = proposing.decline(record, proposal_id, Said(wanted.author, wanted.reason))
        return {"declined": proposal.id, "edition": proposal.edition}

    @router.post("/ratings/{rating_id}/notices")
    def remark(rating_id: str, wanted: Remark) -> dict[str, Any]:
        ids = succession.say(record, rating_id, wanted.kind, Said(wanted.author, wanted.reason))
        return {"kind": wanted.kind, "ratings": ids}

    @router.post("/publish")
    def publish() -> dict[str, Any]:
        return publisher.publish().model_dump(mode="json")

    return router
