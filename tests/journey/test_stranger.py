"""What is on the Hub, by people who have nothing of ours: their script, and every snippet of the cards."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from huggingface_hub import constants

from leaderboard.__main__ import main
from leaderboard.board.site import create_site
from leaderboard.listening import listen
from leaderboard.publish import SUFFIXES, Publisher, Suffix, build
from leaderboard.publish.huggingface import HfHub
from tests.fakes.hub import LoopbackHub
from tests.publish import records, views

# The client's own: it hands LFS uploads to its HTTP library under a deprecated name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

DATASET = "starwatt/energy"
VIEW = views.with_bands_and_notices(views.view())


@dataclass(frozen=True)
class Published:
    """A record that is on the loopback Hub, and a site over it."""

    hub: str
    site: str


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("stranger")
    with (
        pytest.MonkeyPatch.context() as patch,
        LoopbackHub(folder / "hub") as hub,
        records.filled(folder / "data", VIEW) as record,
    ):
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        Publisher(
            record, HfHub(hub.endpoint, hub.write_token), folder / "data" / "published", DATASET
        ).publish()
        app = FastAPI()
        create_site(record, version="1", single_user=True).install(app)
        socket = listen("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([socket],), daemon=True)
        thread.start()
        yield Published(hub.endpoint, f"http://127.0.0.1:{socket.getsockname()[1]}")
        server.should_exit = True
        thread.join()


def alone(place: Path, published: Published, *arguments: str) -> str:
    """What Python says in a folder of its own, with nothing of ours to import."""
    hidden = ("HF_", "PYTHONPATH", "STARWATT_")
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=place,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(hidden)},
            "HF_ENDPOINT": published.hub,
            "HF_HOME": str(place / "home"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_strangers_script_agrees_with_the_api_row_for_row(published: Published, tmp_path: Path) -> None:
    script = Path(__file__).with_name("stranger.py")
    assert "leaderboard" not in "".join(re.findall(r"^(?:import|from) .*$", script.read_text(), re.M))
    seen = json.loads(alone(tmp_path, published, str(script), DATASET, published.site).splitlines()[-1])
    # 5 + 3 + 1 rows, each edition's, and `latest` of two tasks again; bands and notices; the public run.
    assert seen == {"tables": 8, "compared": 13, "runs": 1}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_snippet_of_a_card_works_as_it_stands(
    published: Published, tmp_path: Path, suffix: Suffix
) -> None:
    card = build(VIEW, DATASET)[suffix]["README.md"].decode()
    snippets = re.findall(r"^```python\n(.*?)^```$", card, re.M | re.S)
    assert [re.findall(r"(datasets|pandas|polars|duckdb)", each)[0] for each in snippets] == [
        "datasets",
        "pandas",
        "polars",
        "duckdb",
    ]
    says = ("len(rows)", "len(frame)", "len(frame)", "len(table.fetchall())")
    program = "\n".join(f"{each}\nprint({say})" for each, say in zip(snippets, says, strict=True))
    counts = [int(line) for line in alone(tmp_path, published, "-c", program).split()]
    assert counts[0] == counts[1] == counts[2] > 0 and counts[3] > 0


def test_get_reads_the_hub_without_any_record(
    published: Published,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", published.hub)
    monkeypatch.setenv("STARWATT_DATA", str(tmp_path / "none"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    asked = ["get", "org/big-0", "--task", "text-generation", "--json"]
    assert main([*asked, "--dataset", DATASET]) == 0
    expected = [VIEW.rows["aies-2025-02"][0].model_dump(mode="json")]
    assert json.loads(capfdbinary.readouterr()[0]) == expected
    monkeypatch.setenv("STARWATT_DATASET", DATASET)
    assert main(asked) == 0
    assert json.loads(capfdbinary.readouterr()[0]) == expected
    assert main(["get", "org/model-00"]) == 2
    assert main(["get", "org/model-00", "--edition", "dev-2026-11"]) == 0
    assert b"Development figures" in capfdbinary.readouterr()[0]
    assert main(["get", "org/big-0", "--dataset", "starwatt/nothing"]) == 2
    assert not (tmp_path / "none").exists()
