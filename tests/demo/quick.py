"""A Space and a worker as they are, but for two things: plans of GPU classes are quick dry runs on the
processor, and jobs see a simulated card. `python -m tests.demo.quick space`, or `worker` and its options.
"""

from __future__ import annotations

import functools
import sys

from leaderboard import catalogue
from leaderboard.domain import Device


def space() -> int:
    import app
    from submissions import intake

    made = functools.partial(catalogue.make_plan, profile="quick", device=Device.CPU)
    vars(intake)["catalogue"] = _With(catalogue, make_plan=made)
    return app.main()


def worker(words: list[str]) -> int:
    from runners.__main__ import main
    from runners.executors import local

    vars(local)["_PASSED"] = (*local._PASSED, "STARWATT_CARD")
    return main(["work", *words])


class _With:
    """A module with other values for some of its names."""

    def __init__(self, module: object, **changed: object) -> None:
        self._module, self._changed = module, changed

    def __getattr__(self, name: str) -> object:
        return self._changed[name] if name in self._changed else getattr(self._module, name)


if __name__ == "__main__":
    sys.exit(space() if sys.argv[1] == "space" else worker(sys.argv[2:]))
