"""The jobs of one account on the Hub, by the Hub's own client, which makes a job without asking twice.

The Hub knows no key that makes a second request harmless. So a lost answer is followed by a look at what is
there, by label, and never by a second request at once (DESIGN §6).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from leaderboard.domain import HubUnavailable, NotFound, Unavailable

if TYPE_CHECKING:
    from huggingface_hub import HfApi, JobInfo

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Between tries; longer where the Hub says so, up to a minute."""
LONGEST_PAUSE_S = 60.0
ALIVE = ("SCHEDULING", "RUNNING")
OVER = ("COMPLETED", "ERROR", "CANCELED", "DELETED")
_ANOTHER_TRY = {408, 425, 429, 500, 502, 503, 504}
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class JobSpec:
    """What a job is made of."""

    image: str
    command: tuple[str, ...]
    flavor: str
    timeout_s: int
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    labels: Mapping[str, str]


class HubJobs:
    """Lists, makes, looks at and cancels jobs. What it raises is ours."""

    def __init__(
        self, api: HfApi, namespace: str, wait: Callable[[float], object] = threading.Event().wait
    ) -> None:
        """
        Args:
            api: with a token that may run jobs.
            namespace: whose jobs they are: a person's or an organisation's name.
            wait: for so many seconds.
        """
        self._api, self.namespace, self._wait = api, namespace, wait

    @property
    def endpoint(self) -> str:
        return str(self._api.endpoint)

    def listed(self, labels: Mapping[str, str]) -> list[JobInfo]:
        """Jobs with all of these labels, the oldest first. Raises HubUnavailable, Unavailable."""

        def ask() -> list[JobInfo]:
            return list(self._api.list_jobs(labels=dict(labels), namespace=self.namespace))

        # Asked once: for a list the client does ask again by itself, for half a minute. Labels are looked at
        # here as well: a Hub that did not know the filter would show every job.
        found = [job for job in self._once("the list of jobs", ask) if has(job, labels)]
        return sorted(found, key=_age)

    def make(self, spec: JobSpec) -> JobInfo:
        """A job, one for its labels; the caller has seen that there is none yet.

        Raises:
            HubUnavailable: it was tried for a while.
            Unavailable: the Hub does not take it.
        """
        trouble: HubUnavailable | None = None
        for pause_s in PAUSES_S:
            try:
                there = self.listed(spec.labels) if trouble else []
                if not there:
                    there = [self._once("the job", lambda: self._run(spec))]
                    # An earlier request may arrive late.
                    there += self.listed(spec.labels) if trouble else []
                return self.one_of(there)
            except HubUnavailable as error:
                trouble = error
                self._wait(_pause_s(pause_s, error.__cause__))
        there = self.listed(spec.labels)
        if not there and trouble is not None:
            raise trouble
        return self.one_of(there)

    def _run(self, spec: JobSpec) -> JobInfo:
        return self._api.run_job(
            image=spec.image,
            command=list(spec.command),
            env=dict(spec.environment),
            secrets=dict(spec.secrets),
            flavor=spec.flavor,
            timeout=spec.timeout_s,
            labels=dict(spec.labels),
            namespace=self.namespace,
        )

    def one_of(self, jobs: Sequence[JobInfo]) -> JobInfo:
        """The oldest; the others are cancelled: they do its work once more, for money."""
        oldest, *others = sorted({job.id: job for job in jobs}.values(), key=_age)
        for job in others:
            self.cancel(job)
        return oldest

    def look(self, id: str) -> JobInfo:
        """How it is now, asked once.

        Raises:
            NotFound: there is no such job any more.
            HubUnavailable, Unavailable
        """
        return self._once(f"job {id}", lambda: self._api.inspect_job(job_id=id, namespace=self.namespace))

    def log(self, id: str, over: bool = False) -> list[str]:
        """What it has written so far, line by line; asked once. Raises as `look`.

        Args:
            over: the job has ended: to the last line, asked until it answers. Of a job that runs the client
                may leave out what was written in the last second.
        """

        def ask() -> list[str]:
            return list(self._api.fetch_job_logs(job_id=id, namespace=self.namespace, follow=over))

        what = f"the log of job {id}"
        return self._patiently(what, ask) if over else self._once(what, ask)

    def cancel(self, job: JobInfo) -> None:
        """End it; harmless when it is over. Raises HubUnavailable, Unavailable."""
        if job.status.stage in OVER:
            return

        def ask() -> None:
            self._api.cancel_job(job_id=job.id, namespace=self.namespace)

        try:
            self._patiently(f"the end of job {job.id}", ask)
        except NotFound:
            pass
        except HubUnavailable:
            raise
        except Unavailable:
            # It may have ended meanwhile, and a job that is over cannot be cancelled.
            if self._patiently(f"job {job.id}", lambda: self.look(job.id)).status.stage not in OVER:
                raise

    def _once(self, what: str, ask: Callable[[], _Answer]) -> _Answer:
        try:
            return ask()
        except _client_errors() as error:
            raise (_away if _worth_another_try(error) else _refusal)(what, error) from error

    def _patiently(self, what: str, ask: Callable[[], _Answer]) -> _Answer:
        for pause_s in PAUSES_S[:-1]:
            try:
                return self._once(what, ask)
            except HubUnavailable as error:
                self._wait(_pause_s(pause_s, error.__cause__))
        return self._once(what, ask)


def has(job: JobInfo, labels: Mapping[str, str]) -> bool:
    """Whether a job has all of these labels."""
    return labels.items() <= (job.labels or {}).items()


def _age(job: JobInfo) -> tuple[str, str]:
    return (job.created_at.isoformat() if job.created_at else "", job.id)


def _client_errors() -> tuple[type[Exception], ...]:
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    # The last: an answer that is no JSON, for instance a proxy's page.
    return (HfHubHTTPError, httpx2.HTTPError, ConnectionError, TimeoutError, ValueError)


def _worth_another_try(error: Exception) -> bool:
    status = _status(error)
    return status is None or status in _ANOTHER_TRY


def _status(error: BaseException | None) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _pause_s(pause_s: float, error: BaseException | None) -> float:
    """At least as long as the Hub asks for, within reason."""
    headers: Any = getattr(getattr(error, "response", None), "headers", {})
    try:
        asked_s = float(headers.get("Retry-After", 0))
    except ValueError:
        asked_s = 0.0
    return min(max(pause_s, asked_s), LONGEST_PAUSE_S)


def _away(what: str, error: Exception | None) -> HubUnavailable:
    status = _status(error)
    said = f"it answered {status}" if status else type(error).__name__
    return HubUnavailable(f"The Hub did not answer about {what} ({said}).", "It is tried again.")


def _refusal(what: str, error: Exception) -> NotFound | Unavailable:
    """Trouble with our account or our settings: nothing that whoever submitted a model can mend."""
    status, said = _status(error), " ".join(str(error).split())[:200]
    if status == 404:
        return NotFound(f"The Hub has not {what} ({said}).", "Was it deleted there?")
    remedy = {
        401: "Give the worker a token that the Hub knows: HF_TOKEN.",
        402: "The account that pays for the jobs has no credit.",
        403: "HF_TOKEN may not run jobs in that namespace.",
    }.get(status or 0, "Look at the flavour and the image of the job.")
    return Unavailable(f"The Hub does not take {what} ({status}: {said}).", remedy)
