"""What the demonstration needs around it, and its acts, one method each."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import httpx2
from tqdm import tqdm

from leaderboard.domain import BadInput, MeasurementFailed, SpaceUnavailable
from submissions import beside
from submissions.space import Space
from submissions.tokens import token_file
from tests.fakes.hub import LoopbackHub, carriers, encoders, seed

_ROOT = Path(__file__).resolve().parents[2]
TASK = "sentence-similarity"
HARDWARE = "cpu"
EDITION = "dev-2026-11"
DATASET = "starwatt-demo/energy"
_NEEDED: tuple[seed.Part, ...] = ("data", "carried", "encoders")
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_MORE_TRIES = 2
"""Runs of one model after the first, where a check says that the machine spoilt it."""


class Stage:
    """Loopback Hub, Space and worker in one folder; all of them end with it."""

    space: Space

    def __init__(self, folder: Path, *, people: bool = False) -> None:
        """`people`: whether they sign in with the loopback Hub; else the Space is for one's own machine."""
        self._people = people
        self._data = folder / "data"
        self._hub_folder = folder / "hub"
        self.environment = {**os.environ, "STARWATT_DATA": str(self._data), "HF_HOME": str(folder / "hf")}
        self.environment["STARWATT_CACHE"] = str(folder / "cache")
        self._processes: list[subprocess.Popen[bytes]] = []
        self._hub: LoopbackHub | None = None

    def __enter__(self) -> Stage:
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _start(self) -> None:
        _say("Building ten small models and starting a loopback Hub …")
        started = time.monotonic()
        self._hub = LoopbackHub(self._hub_folder)
        self._hub.__enter__()
        seed.seed(self._hub, only=_NEEDED, say=_say)
        _say(f"  {self._hub.endpoint} after {time.monotonic() - started:.0f} s")
        port = _free_port()
        self.environment |= {
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "STARWATT_ACCOUNTS": "single-user",
            "STARWATT_DATASET": DATASET,
            "STARWATT_LEASE_S": "30",
            "HF_ENDPOINT": self._hub.endpoint,
            "HF_TOKEN": self._hub.write_token,
            "HF_HUB_DISABLE_XET": "1",
            "OMP_NUM_THREADS": "1",
        }
        if self._people:
            self.environment |= {
                "STARWATT_ACCOUNTS": "hub",
                "STARWATT_SESSION_SECRET": secrets.token_urlsafe(32),
                "OAUTH_CLIENT_ID": self._hub.openid.client_id,
                "OAUTH_CLIENT_SECRET": self._hub.openid.client_secret,
            }
        _say("Starting the Space and a worker …")
        space = subprocess.Popen(
            [sys.executable, str(_ROOT / "app.py")], stderr=self._log("space"), env=self.environment
        )
        self._processes.append(space)
        address = f"http://127.0.0.1:{port}"
        if not beside.wait_until_ready(address, space):
            raise SpaceUnavailable("The Space did not start.", (self._data.parent / "space.log").read_text())
        self.space = Space(address, token_path=token_file(self._data, "operator"))
        self._processes.append(
            beside.start_worker(
                address,
                token_file(self._data, "runner"),
                [HARDWARE],
                "--poll",
                "0.2",
                environment=self.environment,
                log=self._log("worker"),
            )
        )
        _say(f"  {address}")

    @property
    def runner_token(self) -> str:
        """What a runner of this Space shows."""
        return token_file(self._data, "runner").read_text().strip()

    def measure_references(self) -> None:
        """Submit the ten encoders and wait for their runs."""
        models = [encoder.repo_id for encoder in encoders.ENCODERS]
        _say(f"Measuring {len(models)} reference models ({TASK} on this CPU, profile quick) …")
        wanted = {"task": TASK, "hardware": HARDWARE}
        ids = {model: self.space.submit({"model": model, **wanted})["id"] for model in models}
        bar = tqdm(ids.items(), unit="model", file=sys.stdout, dynamic_ncols=True, mininterval=0.5)
        for model, submission in bar:
            bar.set_postfix_str(model.split("/")[-1])
            self.ended(submission)

    def ended(self, submission: str, say: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
        """Follow a submission until it is done. What this machine's own noise spoilt is run again.

        Raises:
            MeasurementFailed: it ended otherwise, or a machine at work spoilt every try.
        """
        for _ in range(_MORE_TRIES):
            answer = self.space.follow(submission, say)
            last = answer["events"][-1]
            if answer["status"] != "rejected" or last["detail"].get("fault") != "ours":
                break
            _say(f"\n{answer['model']}: {last['message']} This machine is at work; once more …")
            self.space.act(submission, "rerun", "The machine was at work with something else.")
        else:
            answer = self.space.follow(submission, say)
        if answer["status"] != "done":
            last = answer["events"][-1]
            raise MeasurementFailed(
                f"{answer['model']} ended {answer['status']}: {last['message']}", last["remedy"]
            )
        return answer

    def freeze(self) -> None:
        """Freeze the development edition from what was measured."""
        cells = self.space.desk("freeze", EDITION, "The demonstration froze it.")["cells"]
        for cell, size in cells.items():
            _say(f"Froze the bands of {cell} from {size} models.")

    def submit_by_form(self) -> dict[str, Any]:
        """Submit MiniLM as a browser's form does, and follow it; without its package, a random model."""
        model = MODEL
        try:
            carriers.carrier_path(MODEL)
        except carriers.PackageGone as error:
            raise BadInput(str(error), "Without it the demonstration has no real weights.") from error
        _say(f"Submitting {model} through the form …")
        answer = httpx2.post(
            f"{self.space.address}/submit",
            content=urlencode({"model": model, "task": TASK, "hardware": HARDWARE}),
            headers={"content-type": "application/x-www-form-urlencoded"},
            timeout=30,
        )
        if answer.status_code != 303:
            raise BadInput(f"The form answered {answer.status_code}.", "Look at space.log.")
        submission = answer.headers["location"].rsplit("/", 1)[-1]
        return self.ended(submission, _say)

    def show(self, submission: dict[str, Any]) -> None:
        """The star, the run and the addresses."""
        rows = self.space.ratings(edition=EDITION, task=TASK, hardware=HARDWARE, limit=50)["items"]
        _say(f"\n{'model':46} {'Wh per 1,000':>13}  stars")
        for row in rows:
            stars = "★" * (row["stars"] or 0) + "☆" * (5 - (row["stars"] or 0))
            mark = " ◀" if row["model"] == MODEL else ""
            _say(f"{row['model']:46} {row['energy_wh_per_1000']:13.4g}  {stars}{mark}")
        mine = next(row for row in rows if row["model"] == MODEL)
        address = self.space.address
        _say(f"\n{MODEL}: {mine['stars']} of 5 stars on {TASK}, {mine['cell_size']} reference models,")
        _say(f"  provenance {mine['provenance']}; a development figure, watermarked wherever it is shown.")
        _say(f"  run         {address}/runs/{mine['run_id']}")
        _say(f"  submission  {address}{submission['url']}")
        _say(f"  board       {address}/?edition={EDITION}&task={TASK}&hardware={HARDWARE}")

    def check_published(self) -> None:
        """Publish, load the data set with the real client, and compare it with the API row for row."""
        self.space.desk("publish", EDITION, "The demonstration checks what is published.")
        rows = self.space.ratings(edition=EDITION, task=TASK, limit=1000)["items"]
        program = (
            "import json, sys, datasets\n"
            f"rows = datasets.load_dataset('{DATASET}-ratings-dev', '{TASK}', split='edition_dev_2026_11')\n"
            "json.dump(rows.to_list(), sys.stdout, default=str)\n"
        )
        loaded = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=self.environment
        )
        if loaded.returncode:
            raise MeasurementFailed("The data set could not be loaded.", loaded.stderr[-500:])
        published = {row["id"]: row for row in json.loads(loaded.stdout)}
        same = all(published[row["id"]][field] == row[field] for row in rows for field in _COMPARED)
        if len(published) != len(rows) or not same:
            raise MeasurementFailed("The data set and the API differ.", "This is a fault of ours.")
        _say(f"\nload_dataset('{DATASET}-ratings-dev', '{TASK}') equals the API: {len(rows)} rows.")

    def _log(self, name: str) -> int:
        path = self._data.parent / f"{name}.log"
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _end(self) -> None:
        for process in reversed(self._processes):
            beside.end(process)
        if self._hub is not None:
            self._hub.close()


_COMPARED = ("model", "energy_wh_per_1000", "stars", "task", "hardware", "provenance", "run_id", "cell_size")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _say(text: str) -> None:
    print(text, flush=True)
