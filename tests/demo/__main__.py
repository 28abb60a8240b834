"""`make demo`: a model goes in, a star comes out. `KEEP=1` leaves Hub, Space and worker running."""

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
            stage.measure_references()
            stage.freeze()
            answer = stage.submit_by_form()
            stage.show(answer)
            stage.check_published()
            print(f"\nDone in {time.monotonic() - started:.0f} s.", flush=True)
            if keep:
                print(
                    f"Still running: {stage.space.address}/?edition={EDITION} — Ctrl-C ends it.", flush=True
                )
                _wait_for_the_end()
        return 0
    except KeyboardInterrupt:
        return 130
    except StarwattError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code


def _wait_for_the_end() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
