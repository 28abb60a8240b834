"""The operator's desk: what only somebody who holds the operator token may do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header

from leaderboard import editions
from leaderboard.publish import Publisher
from leaderboard.record import Record
from submissions.tokens import check_token


def create_desk(record: Record, publisher: Publisher) -> APIRouter:
    """Routes under `/api/v1/desk`, all behind the operator token."""

    def operator(authorization: Annotated[str | None, Header()] = None) -> None:
        check_token(record, "operator", authorization)

    router = APIRouter(prefix="/api/v1/desk", dependencies=[Depends(operator)], include_in_schema=False)

    @router.post("/editions/{edition_id}/freeze")
    def freeze(edition_id: str) -> dict[str, Any]:
        return {"edition": edition_id, "cells": editions.freeze(record, edition_id)}

    @router.post("/publish")
    def publish() -> dict[str, Any]:
        return publisher.publish().model_dump(mode="json")

    return router
