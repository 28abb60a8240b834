"""The doors for runners: claim, start, heartbeat, files, finish; each write carries its fence (DESIGN §4)."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import Field

from leaderboard.domain import BadInput, Conflict, Event, Outcome, Progress, Status, Unavailable, Word, now
from leaderboard.domain.machines import MachineName, MeasuringName
from leaderboard.record import Record
from submissions.controls import take_control
from submissions.incoming import LARGEST_FILE, LARGEST_PIECE, Whole
from submissions.keeper import Keeper
from submissions.pausing import found_fit, nodes_to_avoid
from submissions.results import Outcome as Ended
from submissions.results import Results
from submissions.runner_tokens import Pass, check_runner

LONGEST_LOG = 64 * 1024
_WAIT_FOR_HUB_S = 10.0
"""Well under a runner's own patience for an answer."""


Size = Annotated[int, Query(ge=0)]
MachineQuery = Annotated[MeasuringName, Query()]
"""Whose control it is; `fit`: its doctor found nothing against it."""
Digest = Annotated[str, Query(pattern="^[0-9a-f]{64}$")]


class ClaimRequest(Word):
    hardware: tuple[str, ...] = Field(min_length=1, max_length=20)
    machine: MachineName
    harness: str = Field(max_length=40)
    nodes: dict[str, tuple[str, ...]] = Field(default={}, max_length=20)
    """Hardware class → the nodes that the runner could hand its work to; a class without: its own machine."""

    def with_a_node(self, avoid: Collection[str]) -> list[str]:
        """The classes that have a machine to run on, once some nodes get no work."""
        return [one for one in self.hardware if one not in self.nodes or set(self.nodes[one]) - set(avoid)]


class Fenced(Word):
    fence: int


class Draining(Word):
    """A runner takes no more work."""

    hardware: tuple[str, ...] = Field(min_length=1, max_length=20)
    machine: MachineName


class Release(Word):
    fence: int
    reason: str = Field(default="it was told to end", min_length=1, max_length=300)


class Heartbeat(Word):
    fence: int
    fraction: float = Field(ge=0, le=1)
    message: str = Field(max_length=300)
    remaining_s: float | None = Field(default=None, ge=0)
    log: str = Field(default="", max_length=LONGEST_LOG)
    log_at: int | None = Field(default=None, ge=0)
    """Where `log` begins in the run's whole log, in characters: told twice, it is taken once."""
    draining: bool = False
    """Whether the runner takes no more work after this."""


def create_runner_api(
    record: Record, results: Results, lease_s: float, keeper: Keeper | None = None
) -> APIRouter:
    """Routes under `/api/v1/runner`, all behind a runner token: that of the Space, or a machine's own.

    `keeper`: who knows when a result is safe; None: it is as soon as the record has it.
    """

    def runner(
        authorization: Annotated[str | None, Header()] = None, submission_id: str | None = None
    ) -> Pass:
        shown = check_runner(record, authorization)
        if submission_id is not None and shown.token is not None:
            shown.check_holder(submission_id, record.worker_of(submission_id))
        return shown

    may = Depends(runner)
    incoming = results.incoming
    router = APIRouter(prefix="/api/v1/runner", dependencies=[may], include_in_schema=False)

    @router.post("/claim")
    def claim(request: ClaimRequest, shown: Pass = may) -> Response:
        shown.check_claim(request.machine, request.hardware)
        record.saw_worker(request.machine, request.hardware)
        avoid = nodes_to_avoid(record, request.machine)
        claimed = record.claim(request.with_a_node(avoid), request.machine, lease_s)
        if claimed is None:
            return Response(status_code=204)
        # It is JSON already, and the runner looks into every value of it.
        submission = json.loads(claimed.body)
        return JSONResponse(
            {
                "submission_id": submission["id"],
                "fence": claimed.fence,
                "attempt": claimed.attempt,
                "lease_s": claimed.lease_s,
                "plan": submission["plan"],
                "facts": submission["facts"],
                "avoid": list(avoid),
            }
        )

    @router.post("/submissions/{submission_id}/start")
    def start(submission_id: str, request: Fenced) -> dict[str, str]:
        worker = record.worker_of(submission_id)
        event = Event(status=Status.RUNNING, at=now(), actor=worker, message="The model is being measured.")
        try:
            status = record.append(submission_id, event, fence=request.fence)
            record.hear(submission_id, request.fence)
            return {"status": status.value}
        except Conflict:
            # The fence is its own, or it would be FenceLost: the answer was lost, and it asks again.
            if record.status(submission_id) is Status.RUNNING:
                return {"status": Status.RUNNING.value}
            raise

    @router.post("/submissions/{submission_id}/heartbeat")
    def heartbeat(submission_id: str, request: Heartbeat) -> dict[str, str]:
        progress = Progress(
            fraction=request.fraction,
            message=request.message,
            remaining_s=request.remaining_s,
            heartbeat_at=now(),
        )
        status = record.heartbeat(
            submission_id, request.fence, progress, lease_s, request.log, request.log_at
        )
        _heard_from(record, record.worker_of(submission_id), request.draining)
        return {"status": status.value}

    @router.post("/submissions/{submission_id}/release")
    def release(submission_id: str, request: Release) -> dict[str, str]:
        return {"status": record.release(submission_id, request.fence, request.reason).value}

    @router.post("/draining")
    def draining(request: Draining, shown: Pass = may) -> dict[str, str]:
        shown.check_claim(request.machine, request.hardware)
        record.saw_worker(request.machine, request.hardware, leaving=True)
        return {"machine": request.machine}

    @router.get("/submissions/{submission_id}/files/{name}")
    def file_here(submission_id: str, name: str, fence: int, size: Size, sha256: Digest) -> dict[str, int]:
        return incoming.here(submission_id, fence, name, Whole(size, sha256))._asdict()

    @router.put("/submissions/{submission_id}/files/{name}")
    async def put_file(
        submission_id: str,
        name: str,
        fence: int,
        request: Request,
        size: Size | None = None,
        sha256: Digest | None = None,
        offset: int = 0,
    ) -> dict[str, int]:
        if size is None or sha256 is None:
            body = await _body(request, LARGEST_FILE)
            here = await run_in_threadpool(incoming.put_file, submission_id, fence, name, body)
        else:
            piece = await _body(request, LARGEST_PIECE)
            whole = Whole(size, sha256)
            here = await run_in_threadpool(
                incoming.put_piece, submission_id, fence, name, whole, offset, piece
            )
        return here._asdict()

    @router.post("/submissions/{submission_id}/finish")
    def finish(submission_id: str, request: Ended) -> dict[str, str | None]:
        status, run_id = results.finish(submission_id, request, record.worker_of(submission_id))
        if keeper is not None and not keeper.is_safe(_WAIT_FOR_HUB_S):
            # The runner keeps its files and asks again: only then it may forget them.
            raise Unavailable(
                "The result is written down here, and not yet in the Hub.", "Hand it in again in a while."
            )
        return {"status": status.value, "run_id": run_id}

    @router.post("/controls")
    async def put_control(
        request: Request, shown: Pass = may, machine: MachineQuery | None = None, fit: bool = False
    ) -> dict[str, str]:
        if machine is not None:
            shown.check_machine(machine)
        # The size of what is posted is capped for all doors; a run record is far below it.
        control, is_new = await run_in_threadpool(
            take_control, record, await request.body(), shown.check_hardware
        )
        # One that was handed in before says nothing of how the machine is now.
        if machine is not None and fit and is_new and control.outcome is Outcome.PASSED:
            await run_in_threadpool(found_fit, record, machine)
        return {"id": control.id, "outcome": control.outcome.value, "message": control.message}

    return router


async def _body(request: Request, most: int) -> bytes:
    """What was sent. Raises BadInput once it is more than may be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise BadInput(
                f"What was sent is larger than {most // 2**20} MiB.",
                "Hand in a smaller file, or this one in pieces.",
            )
    return bytes(body)


def _heard_from(record: Record, worker: str, leaving: bool) -> None:
    """A runner that works asks for no work; it is there all the same."""
    for known in record.workers():
        if known.worker == worker:
            record.saw_worker(worker, known.hardware, leaving)
