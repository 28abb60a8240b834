"""`deploy` on a loopback Hub with the Hub's own client; and the deployed tree, started as on a Space."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from huggingface_hub import CommitOperationAdd, HfApi, constants

from leaderboard.__main__ import main
from leaderboard.publish import space_files
from leaderboard.publish.space_card import space_readme
from submissions import beside
from tests.fakes.hub import LoopbackHub
from tests.journey.test_service import free_port

# The client's own: it hands LFS uploads to its HTTP library under a deprecated name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
SPACE = "starwatt/board"
DATA_SETS = ["ratings", "ratings-dev", "record", "runs", "runs-dev"]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with LoopbackHub(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        monkeypatch.setenv("HF_TOKEN", hub.write_token)
        yield hub


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout in place of ours."""
    root = tmp_path / "checkout"
    files = {
        "README.md": "---\nsdk: gradio\n---\n# T\n",
        "app.py": "print()\n",
        "requirements.txt": "gradio\n",
        "leaderboard/__init__.py": "",
        "tests/test_it.py": "",
        ".ci/run": "",
        "runners/worker.py": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        identity = ["-c", "user.name=t", "-c", "user.email=t@t.invalid", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True)
    (root / "untracked.txt").write_text("stays here")
    taken = space_files.checkout
    monkeypatch.setattr(space_files, "checkout", lambda: taken(root))
    return root


def deploy(*more: object, space: str = SPACE, dataset: str = "starwatt/energy") -> int:
    common = ["deploy", "--space", space, "--dataset", dataset, "--durability", "disk"]
    return main([*common, *map(str, more)])


def api(hub: LoopbackHub) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=hub.write_token)


def secret_values(hub: LoopbackHub) -> dict[str, str]:
    """What nobody but the Hub itself can look at."""
    kept = json.loads((hub.store.folder(hub.store.repo("space", SPACE)) / "space.json").read_text())
    return {key: secret["value"] for key, secret in kept["secrets"].items()}


def test_a_dry_run_says_everything_and_changes_nothing(
    hub: LoopbackHub, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    hub.faults = lambda method, path, when: asked.append(method)
    assert deploy("--dry-run", "--hardware", "cpu-basic") == 0
    said = capsys.readouterr()
    assert said.out == f"{SPACE}: 12 to do\n"
    for part in (
        "would create the public data set starwatt/energy-ratings\n",
        "would create the private data set starwatt/energy-record\n",
        f"would create the Space {SPACE}\n",
        "would set the variable STARWATT_DATASET to starwatt/energy\n",
        "would set the secret HF_TOKEN\n",
        "would make the secret STARWATT_SESSION_SECRET\n",
        "would upload 4 files, commit ",
        "12/12 would ask for the hardware cpu-basic\n",
    ):
        assert part in said.err
    assert hub.write_token not in said.err + said.out
    assert set(asked) == {"GET"}
    assert hub.store.repos("space") == [] and hub.store.repos("dataset") == []


def test_from_scratch_then_again(hub: LoopbackHub, small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert deploy() == 0
    assert capsys.readouterr().out == f"{SPACE}: 11 done\n"
    found = {repo.id.removeprefix("starwatt/energy-"): repo.private for repo in hub.store.repos("dataset")}
    assert found == {name: name == "record" for name in DATA_SETS}
    assert api(hub).list_repo_files(SPACE, repo_type="space") == [
        ".gitattributes",
        "README.md",
        "app.py",
        "leaderboard/__init__.py",
        "requirements.txt",
    ]
    variables = {key: one.value for key, one in api(hub).get_space_variables(SPACE).items()}
    assert variables == {"STARWATT_DATASET": "starwatt/energy", "STARWATT_DURABILITY": "disk"}
    kept = secret_values(hub)
    assert kept["HF_TOKEN"] == hub.write_token and len(kept["STARWATT_SESSION_SECRET"]) >= 40

    asked: list[str] = []
    hub.faults = lambda method, path, when: asked.append(method)
    assert deploy() == 0
    assert capsys.readouterr().out == f"{SPACE}: up to date, nothing to do\n"
    assert set(asked) == {"GET"}
    assert secret_values(hub) == kept


def test_only_what_changed_is_done(
    hub: LoopbackHub, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy()
    before = secret_values(hub)
    # The Space listed models since, and somebody put a file there by hand.
    readme = space_readme((small / "README.md").read_text(), ["org/rated"], "starwatt/energy")
    files = [CommitOperationAdd("README.md", readme.encode()), CommitOperationAdd("by-hand.txt", b"x")]
    api(hub).create_commit(SPACE, files, commit_message="x", repo_type="space")
    (small / "app.py").write_text("print(1)\n")
    narrow = tmp_path / "narrow"
    narrow.write_text("hf_narrow\n")
    capsys.readouterr()
    more = ("--variable", "STARWATT_LEASE_S=600", "--hardware", "cpu-upgrade")
    assert deploy("--space-token", narrow, "--renew-token", *more) == 0
    said = capsys.readouterr()
    assert said.out == f"{SPACE}: 4 done\n"
    assert "warning: files here differ from commit" in said.err
    assert "upload 1 files and take 1 away" in said.err
    listed = yaml.safe_load(
        hub.store.blobs.read(
            hub.store.at(hub.store.repo("space", SPACE), "main").files["README.md"].sha256
        ).split(b"---\n")[1]
    )
    assert listed["models"] == ["org/rated"]
    assert secret_values(hub) == {**before, "HF_TOKEN": "hf_narrow"}
    assert api(hub).get_space_runtime(SPACE).requested_hardware == "cpu-upgrade"
    assert deploy(*more) == 0
    assert capsys.readouterr().out == f"{SPACE}: up to date, nothing to do\n"


def test_a_lost_reply_is_mended_by_running_it_again(
    hub: LoopbackHub, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.fakes.hub import Fault

    lost = [True]

    def fault(method: str, path: str, when: str) -> Fault | None:
        if method == "POST" and "/commit/" in path and when == "after" and lost:
            lost.clear()
            return Fault(503)
        return None

    hub.faults = fault
    assert deploy() == 1
    assert "come back later" in capsys.readouterr().err
    assert deploy() == 0
    assert capsys.readouterr().out == f"{SPACE}: up to date, nothing to do\n"


def test_who_has_no_right_changes_nothing(
    hub: LoopbackHub, small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    hub.faults = lambda method, path, when: asked.append(method)
    for token, said in (
        (hub.person("eve", {"org": "read"}), "eve may not deploy to org: the role read there"),
        (hub.person("eve", {}), "eve may not deploy to org: no role there"),
        (hub.person("ada", {"org": "admin"}), "This token of ada may only read"),
        ("hf_nobody", "HF_TOKEN"),
    ):
        monkeypatch.setenv("HF_TOKEN", token)
        assert deploy(space="org/board", dataset="org/energy") == 2
        assert said in capsys.readouterr().err
    monkeypatch.delenv("HF_TOKEN")
    assert deploy() == 2
    assert "without a token" in capsys.readouterr().err
    assert set(asked) == {"GET"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--space", "board"), "not a model id"),
        (("--dataset", "energy"), "not the start of a data set's name"),
        (("--variable", "HF_TOKEN=x"), "no variable to set"),
        (("--variable", "NONSENSE=x"), "no variable to set"),
        (("--variable", "STARWATT_LEASE_S=soon"), "STARWATT_LEASE_S is 'soon'"),
        (("--space-token", "/nowhere/at/all"), "cannot be read"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(
    hub: LoopbackHub, small: Path, more: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    hub.faults = lambda method, path, when: asked.append(method)
    assert deploy(*more) == 2
    assert said in capsys.readouterr().err
    assert asked == []


def test_a_public_record_is_refused(
    hub: LoopbackHub, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api(hub).create_repo("starwatt/energy-record", repo_type="dataset", private=False)
    assert deploy() == 2
    assert "energy-record is public" in capsys.readouterr().err
    assert hub.store.repos("space") == []


def test_what_is_no_checkout_is_refused(
    hub: LoopbackHub, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / "app.py").unlink()
    assert deploy() == 2
    assert "has no app.py" in capsys.readouterr().err


def test_the_deployed_tree_starts(hub: LoopbackHub, tmp_path: Path) -> None:
    """Our own files, as they landed in the Space, in a folder of their own: nothing is missing."""
    assert deploy() == 0
    space = tmp_path / "space"
    head = hub.store.at(hub.store.repo("space", SPACE), "main")
    for path, entry in head.files.items():
        (space / path).parent.mkdir(parents=True, exist_ok=True)
        (space / path).write_bytes(hub.store.blobs.read(entry.sha256))
    assert not any((space / name).exists() for name in ("tests", ".ci", "bench", "runners"))
    front = yaml.safe_load((space / "README.md").read_text().split("---\n")[1])
    assert front["app_file"] == "app.py" and front["datasets"][0] == "starwatt/energy-ratings"
    port = free_port()
    variables = {key: one.value for key, one in api(hub).get_space_variables(SPACE).items()}
    environment = {
        **{key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        **variables,
        **secret_values(hub),
        "SPACE_ID": SPACE,
        "PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "app.py"], cwd=space, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        assert beside.wait_until_ready(address, process)
        for path in ("/healthz", "/", "/method", "/editions", "/feed.atom", "/api/v1/ratings?limit=1"):
            with urllib.request.urlopen(address + path) as answer:
                assert answer.status == 200, path
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        beside.end(process)
