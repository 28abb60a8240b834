"""`make demo`: a model goes in, a star comes out. `KEEP=1` leaves Hub, Space and worker running, also
where it failed."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from leaderboard.domain import StarwattError
from tests.demo.stage import EDITION, Stage


def main() -> int:
    """Run the demonstration; exit code 0 when the star came out."""
    keep = os.environ.get("KEEP", "") not in ("", "0")
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with TemporaryDirectory(prefix="starwatt-demo-") as folder, Stage(Path(folder)) as stage:
            code = _played(stage)
            print(f"\n{'Ended' if code else 'Done'} in {time.monotonic() - started:.0f} s.", flush=True)
            if keep:
                print(
                    f"Still running: {stage.space.address}/?edition={EDITION} — Ctrl-C ends it.", flush=True
                )
                _wait_for_the_end()
        return code
    except KeyboardInterrupt:
        return 130
    except StarwattError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code


def _played(stage: Stage) -> int:
    """The acts, one after the other; the exit code. The stage stands even where an act failed."""
    try:
        stage.measure_references()
        stage.freeze()
        stage.show(stage.submit_by_form())
        stage.check_published()
    except StarwattError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _wait_for_the_end() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
