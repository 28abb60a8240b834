"""The jobs API: make, list by label and stage, look, follow the log, cancel."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from .asked import BodyJson, TheCaller
from .jobs import OVER, Job, Jobs
from .refusals import Forbidden, Malformed, RepoNotFound, Unauthenticated

routes = APIRouter()
KEEP_ALIVE_S = 30.0
PAGE = 100
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LOOK_S = 0.05


def the_jobs(request: Request, caller: TheCaller, namespace: str) -> Jobs:
    """The jobs of this Hub, for those who may run any in this namespace."""
    if caller.name is None:
        raise Unauthenticated("Invalid username or password.")
    if not caller.may_write or namespace not in (caller.name, *(name for name, _ in caller.roles)):
        raise Forbidden
    jobs: Jobs = request.app.state.jobs
    return jobs


def the_job(jobs: TheJobs, namespace: str, id: str) -> Job:
    job = jobs.one(namespace, id)
    if job is None:
        raise RepoNotFound
    return job


TheJobs = Annotated[Jobs, Depends(the_jobs)]
TheJob = Annotated[Job, Depends(the_job)]


@routes.post("/api/jobs/{namespace}")
def make(namespace: str, jobs: TheJobs, body: BodyJson) -> dict[str, Any]:
    """A new job. The same request again makes another one: that is how the Hub is."""
    command = body.get("command")
    if not isinstance(command, list) or not command:
        raise Malformed("A job needs a command")
    if not body.get("dockerImage") and not body.get("spaceId"):
        raise Malformed("A job needs an image")
    for name, value in (body.get("labels") or {}).items():
        if not _LABEL.fullmatch(str(name)) or not _LABEL.fullmatch(str(value)):
            raise Malformed(f"{name}={value} is no label")
    return jobs.add(namespace, body).shown()


@routes.get("/api/jobs/{namespace}")
def listing(request: Request, response: Response, namespace: str, jobs: TheJobs) -> list[dict[str, Any]]:
    """The newest first, filtered and paged."""
    query = request.query_params
    labels = dict(word.split("=", 1) for word in query.getlist("label"))
    stages = query.getlist("stage")
    found = [
        job
        for job in jobs.all(namespace)
        if labels.items() <= job.labels.items() and (not stages or job.stage in stages)
    ]
    start = int(query.get("cursor", "0"))
    if start + PAGE < len(found):
        response.headers["Link"] = f'<{request.url.include_query_params(cursor=start + PAGE)}>; rel="next"'
    return [job.shown() for job in found[start : start + PAGE]]


@routes.get("/api/jobs/{namespace}/{id}")
def look(job: TheJob) -> dict[str, Any]:
    """How it is now."""
    return job.shown()


@routes.post("/api/jobs/{namespace}/{id}/cancel")
def cancel(jobs: TheJobs, job: TheJob) -> dict[str, Any]:
    """End it; one that is over cannot be cancelled."""
    if not jobs.end(job, "CANCELED", None):
        raise Malformed("The job is over")
    return job.shown()


@routes.get("/api/jobs/{namespace}/{id}/logs")
def logs(jobs: TheJobs, job: TheJob) -> StreamingResponse:
    """What it wrote, as server-sent events, from the beginning; the stream stays open while it runs."""
    return StreamingResponse(_events(job, jobs.log_idle_s), media_type="text/event-stream")


async def _events(job: Job, idle_s: float | None) -> AsyncIterator[str]:
    sent, silent_s = 0, 0.0
    while True:
        # Looked at first: what it wrote before it was over is then sent too.
        over = job.stage in OVER
        for event in job.log[sent:]:
            sent, silent_s = sent + 1, 0.0
            yield f"data: {json.dumps(event)}\n\n"
        if over or (idle_s is not None and silent_s >= idle_s):
            return
        if silent_s >= KEEP_ALIVE_S:
            silent_s = 0.0
            yield ": keep-alive\n\n"
        await asyncio.sleep(_LOOK_S)
        silent_s += _LOOK_S
