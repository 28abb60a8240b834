"""Jobs on the Hub's machines: a pinned image, one job for one claim, followed by its log (DESIGN §6).

The worker here holds claim, lease and heartbeats; the job (`hf_job`) measures and brings its run folder to
the Space by itself. Labels say which claim a job is for, so that a worker that is started again finds it.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leaderboard.domain import NotFound, Unavailable
from runners.bench.sandbox import Mode
from runners.executors import Ending, Job, Moment, Placed, Serves
from runners.executors.hf_job import ASKED, EXIT_CODES, FETCH_TOKEN, TOKEN, Wanted
from runners.executors.hub_jobs import ALIVE, OVER, HubJobs, JobSpec, has
from runners.executors.hub_terms import Terms, flavor_of, read_terms

if TYPE_CHECKING:
    from huggingface_hub import JobInfo

SPARE_S, TIMES = 30 * 60, 3
"""A job may take three times what its plan expects, and half an hour for image, model and hand-in."""
LOOK_EVERY_S, LOG_EVERY_S = 5.0, 15.0
"""Between two looks at a job, and at its log, for which the Hub's client waits up to 5 s."""
MACHINE_WITHIN_S = 3600.0
"""A job that got no machine for so long is given back."""
COMMAND = ("python", "-m", "runners.executors.hf_job")
_WORDS = ("outcome", "cause", "remedy", "code")
PUBLIC_HUB = "https://huggingface.co"


def open_hf_jobs(serves: Serves, sandbox: Mode, *, exclusive: bool) -> HfJobsExecutor:
    """The executor for a worker, from its environment.

    Raises:
        Refused: a class that the Hub has no machine for.
        BadInput, Forbidden, HubUnavailable: as `read_terms`.
    """
    from huggingface_hub import HfApi

    for hardware in serves.hardware:
        flavor_of(hardware)
    environ = os.environ
    api = HfApi(endpoint=environ.get("HF_ENDPOINT") or None, token=environ.get("HF_TOKEN") or None)
    terms = read_terms(environ, serves.space, serves.token, api)
    return HfJobsExecutor(terms, HubJobs(api, terms.namespace), sandbox, exclusive=exclusive)


class HfJobsExecutor:
    """Places jobs on the Hub, each on a machine that is rented for it."""

    name = "hf_jobs"

    def __init__(self, terms: Terms, jobs: HubJobs, sandbox: Mode, *, exclusive: bool = False) -> None:
        """`exclusive`: whether the operator vouches that the Hub gives a job a GPU for itself."""
        self._terms, self._jobs, self._sandbox, self._exclusive = terms, jobs, sandbox, exclusive

    def place(self, job: Job) -> Placed:
        flavor = flavor_of(job.plan.hardware)
        labels = labels_of(job)
        there = self._jobs.listed({name: labels[name] for name in ("run_key", "submission")})
        mine = [one for one in there if has(one, labels)]
        for other in there:
            if other not in mine:
                # Of an earlier claim, which is lost: what it measures nobody takes.
                self._jobs.cancel(other)
        info = self._jobs.one_of(mine) if mine else self._jobs.make(self._spec(job, flavor))
        return PlacedOnHub(self._jobs, info, job, self._terms)

    def nodes(self, hardware: str) -> tuple[str, ...] | None:  # noqa: ARG002
        """None: the Hub chooses a machine."""
        return None

    def find(self, job: Job) -> Placed | None:
        mine = self._jobs.listed(labels_of(job))
        return PlacedOnHub(self._jobs, self._jobs.one_of(mine), job, self._terms) if mine else None

    def _spec(self, job: Job, flavor: str) -> JobSpec:
        wanted = Wanted(
            plan=job.plan,
            submission_id=job.submission_id,
            fence=job.fence,
            attempt=job.attempt,
            space=self._terms.space,
            sandbox=self._sandbox,
            exclusive=self._exclusive,
        )
        environ = {ASKED: wanted.to_json()}
        if self._jobs.endpoint != PUBLIC_HUB:
            environ["HF_ENDPOINT"] = self._jobs.endpoint
        secrets = {TOKEN: self._terms.runner_token}
        if self._terms.fetch_token is not None:
            secrets[FETCH_TOKEN] = self._terms.fetch_token
        return JobSpec(self._terms.image, COMMAND, flavor, timeout_s(job), environ, secrets, labels_of(job))


def timeout_s(job: Job) -> int:
    """After so many seconds the Hub ends a job; unless told, after half an hour."""
    return math.ceil(TIMES * job.plan.expected_duration_s) + SPARE_S


def labels_of(job: Job) -> dict[str, str]:
    """What tells a job of ours from every other: the run, the try of it, and the claim it is for."""
    return {
        "run_key": job.plan.run_key,
        "attempt": str(job.attempt),
        "submission": job.submission_id,
        "fence": str(job.fence),
    }


class PlacedOnHub:
    """A job on the Hub, seen through its stage and its log."""

    def __init__(
        self,
        jobs: HubJobs,
        info: JobInfo,
        job: Job,
        terms: Terms,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs, self._info, self._terms, self._clock = jobs, info, terms, clock
        self._flavor = str(info.flavor or flavor_of(job.plan.hardware))
        self._began_s = self._looked_s = clock()
        self._heard_s = -math.inf
        self._lines_heard = 0
        self._moment = Moment(0.0, "starting", job.plan.expected_duration_s)
        self._word: Ending | None = None
        self._ending: Ending | None = None
        self._log = (
            f"Job {info.id} of the Hub: {info.url}\n"
            f"{self._flavor}, {terms.image}, ended by the Hub after {timeout_s(job)} s at the latest.\n"
        )

    @property
    def id(self) -> str:
        return str(self._info.id)

    def ending(self) -> Ending | None:
        if self._ending is None:
            self._look()
        return self._ending

    def moment(self) -> Moment:
        if self._info.status.stage == "SCHEDULING":
            return replace(self._moment, message=f"waiting for a {self._flavor} of the Hub")
        return self._moment

    def new_log(self) -> str:
        new, self._log = self._log, ""
        return new

    def kill(self) -> None:
        """As far as the Hub can be reached; a job that goes on ends at its time limit."""
        if self._ending is None:
            with contextlib.suppress(Unavailable):
                self._jobs.cancel(self._info)

    def _look(self) -> None:
        now_s = self._clock()
        if self._info.status.stage not in OVER:
            if now_s - self._looked_s < LOOK_EVERY_S:
                return
            self._looked_s = now_s
            try:
                self._info = self._jobs.look(self.id)
            except NotFound:
                self._end(_lost(f"Job {self.id} was deleted from the Hub"))
                return
            except Unavailable:
                # It goes on without being looked at.
                return
        stage = self._info.status.stage
        if stage in OVER:
            self._hear(over=True)
            self._end(self._word or self._ending_by_stage())
        elif stage == ALIVE[0] and now_s - self._began_s > MACHINE_WITHIN_S:
            self.kill()
            self._end(_lost(f"The Hub had no {self._flavor} for an hour"))
        elif stage != ALIVE[0] and now_s - self._heard_s >= LOG_EVERY_S:
            self._hear()
            self._heard_s = self._clock()

    def _hear(self, over: bool = False) -> None:
        try:
            lines = self._jobs.log(self.id, over)
        except (Unavailable, NotFound):
            return
        for line in lines[self._lines_heard :]:
            self._take(line)
        self._lines_heard = max(self._lines_heard, len(lines))

    def _take(self, line: str) -> None:
        try:
            told: Any = json.loads(line)
            if "log" in told:
                self._log += str(told["log"])
            elif "ended" in told:
                words = {name: str(told["ended"][name]) for name in _WORDS}
                self._word = Ending(**words, handed_in=words["outcome"] in EXIT_CODES)
            else:
                self._moment = Moment(float(told["fraction"]), str(told["message"]), told["remaining_s"])
        except (ValueError, TypeError, KeyError):
            # Not of our program: the machine's, or Python's at its end.
            self._log += f"{line}\n"

    def _ending_by_stage(self) -> Ending:
        """What a job's stage says where its last word is missing."""
        status = self._info.status
        said = " ".join(str(status.message or "").split())[:200]
        if status.stage == "COMPLETED":
            # Its exit code says that it was measured, passed its checks, and was handed in.
            return Ending("done", handed_in=True)
        if status.stage == "CANCELED":
            return _lost(f"Job {self.id} was cancelled on the Hub {said}".rstrip())
        return _lost(f"Job {self.id} ended on the Hub without a result ({status.stage}: {said or 'no word'})")

    def _end(self, ending: Ending) -> None:
        durations = self._info.durations
        seconds = durations.running_secs if durations else None
        self._log += f"{self._terms.cost(self._flavor, seconds)}\n"
        self._ending = ending


def _lost(what: str) -> Ending:
    """Nothing that whoever submitted the model can mend."""
    return Ending("failed", f"{what}.", "It is tried again; look at the job's page.", Unavailable.code)
