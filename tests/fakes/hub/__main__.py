"""Run a loopback Hub from the shell until interrupted: `python -m tests.fakes.hub --seed all`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from . import seed
from .server import LoopbackHub


def main() -> int:
    """Serve, seed, say where, wait for SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.hub", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument(
        "--data", type=Path, help="folder for the state; without it the state ends with the run"
    )
    parser.add_argument(
        "--seed", choices=("all", "data", "none"), default="all", help="what to publish at the start"
    )
    parser.add_argument(
        "--cache", type=Path, default=seed.DEFAULT_CACHE, help="folder that keeps built models"
    )
    parser.add_argument(
        "--ready-file", type=Path, help="write address and tokens here, as JSON, once all is there"
    )
    options = parser.parse_args()
    stop = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stop.set())
    with ExitStack() as stack:
        data = options.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-")))
        hub = stack.enter_context(LoopbackHub(data, options.port))
        if options.seed != "none":
            only: tuple[seed.Part, ...] | None = ("data",) if options.seed == "data" else None
            seed.seed(
                hub, only, cache=options.cache, say=lambda text: print(f"warning: {text}", file=sys.stderr)
            )
        tell = {
            "endpoint": hub.endpoint,
            "write_token": hub.write_token,
            "read_token": hub.read_token,
            # What a Space reads as OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, to sign people in with this Hub.
            "oauth_client_id": hub.openid.client_id,
            "oauth_client_secret": hub.openid.client_secret,
        }
        if options.ready_file is not None:
            beside = options.ready_file.with_suffix(".tmp")
            beside.write_text(json.dumps(tell), "utf-8")
            beside.replace(options.ready_file)
        for name, value in tell.items():
            print(f"{name}={value}", flush=True)
        stop.wait()
    return 0


raise SystemExit(main())
