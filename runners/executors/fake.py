"""An executor that measures nothing, but walks through given moments to a given ending.

For tests and rehearsals: it writes no `run.json`, so what it "finishes" can never become a figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runners.executors import Ending, Job, Moment, Placed

REHEARSED = Ending("failed", "This was a rehearsal: nothing was measured.", "Use the local executor.")


class FakeExecutor:
    """Each look at a placed job is one moment further; after the last it has ended."""

    name = "fake"

    def __init__(
        self,
        moments: Sequence[Moment] = (Moment(0.5, "rehearsing", 1.0),),
        ending: Ending = REHEARSED,
        placing: Callable[[Job], None] | None = None,
        nodes: tuple[str, ...] | None = None,
    ) -> None:
        """
        Args:
            placing: called with each job, for instance to lay files into its folder.
            nodes: what `nodes` answers.
        """
        self._moments, self._ending, self._placing, self._nodes = tuple(moments), ending, placing, nodes
        self.placed: list[FakePlaced] = []

    def place(self, job: Job) -> Placed:
        if self._placing is not None:
            self._placing(job)
        placed = FakePlaced(self._moments, self._ending)
        self.placed.append(placed)
        return placed

    def nodes(self, hardware: str) -> tuple[str, ...] | None:  # noqa: ARG002
        """As it was told."""
        return self._nodes

    def find(self, job: Job) -> Placed | None:  # noqa: ARG002
        """None: a rehearsal ends with its worker."""
        return None


class FakePlaced:
    """A job of the fake executor."""

    def __init__(self, moments: tuple[Moment, ...], ending: Ending) -> None:
        self._moments, self._ending = moments, ending
        self._at = 0
        self.killed = False

    def ending(self) -> Ending | None:
        return self._ending if self._at >= len(self._moments) else None

    def moment(self) -> Moment:
        moment = self._moments[min(self._at, len(self._moments) - 1)]
        self._at += 1
        return moment

    def new_log(self) -> str:
        return f"moment {self._at}\n"

    def kill(self) -> None:
        self.killed = True
