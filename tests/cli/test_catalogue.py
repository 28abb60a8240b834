"""`python -m leaderboard catalogue` against a loopback Hub; in a process of its own, since the clients read
`HF_ENDPOINT` when they are imported."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leaderboard.__main__ import main
from leaderboard.catalogue import entries
from leaderboard.catalogue.pins import read_pins
from leaderboard.commands._pinning import check_one, pin_one
from leaderboard.domain import BadInput, DatasetRef, HubUnavailable, NotFound, Pin, now
from tests.fakes.hub import Fault, LoopbackHub
from tests.fakes.hub.seed import seed
from tests.fakes.hub.wire import Phase

ROOT = Path(__file__).parents[2]
PAIRS, TEXTS = "AIEnergyScore/sentence_similarity", "AIEnergyScore/text_generation"
TWO = ("--only", PAIRS, "--only", TEXTS)
CARD = b"""---
configs:
- config_name: %s
  data_files:
  - split: %s
    path: %s
---
"""


def parquet(*columns: str) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({column: ["a", "b"] for column in columns}), buffer)
    return buffer.getvalue()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub") as hub:
        seed(hub, ["data"])
        yield hub


@pytest.fixture
def empty_hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub") as hub:
        yield hub


def pin(
    endpoint: str, tmp_path: Path, *words: str, to: str = "pins.yaml", **environ: str
) -> subprocess.CompletedProcess[str]:
    known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {
        **known,
        "HOME": str(tmp_path),
        "HF_HOME": str(tmp_path / "home"),
        "HF_ENDPOINT": endpoint,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
        **environ,
    }
    command = [sys.executable, "-W", "error", "-m", "leaderboard", "catalogue", "pin"]
    return subprocess.run(
        [*command, "--to", str(tmp_path / to), *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def head(hub: LoopbackHub, repo_id: str) -> str:
    return hub.store.at(hub.store.repo("dataset", repo_id), "main").oid


def test_pinned_then_checked_moved_kept_and_renewed(hub: LoopbackHub, tmp_path: Path) -> None:
    first = {name: head(hub, name) for name in (PAIRS, TEXTS)}
    path, asked = tmp_path / "pins.yaml", []
    hub.faults = lambda method, address, phase: asked.append(address)

    done = pin(hub.endpoint, tmp_path, *TWO)
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"[1/2] {PAIRS}\n[2/2] {TEXTS}\n"
    assert done.stdout == (
        f"{PAIRS}: pinned at {first[PAIRS][:12]}\n{TEXTS}: pinned at {first[TEXTS][:12]}\n"
        f"written: {path}\n2 of 2 pinned\n"
    )
    today = now().date()
    assert read_pins(path) == {name: Pin(revision=first[name], pinned_on=today) for name in first}
    text = path.read_text("utf-8")
    assert text.startswith("# The commits that the tasks' data sets are read at")
    assert not [child for child in tmp_path.iterdir() if child.name.endswith(".tmp")]

    done = pin(hub.endpoint, tmp_path, "--check", *TWO)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 of 2 as pinned"), done.stderr

    # A new card moves the one; the other loses its column.
    hub.publish("dataset", PAIRS, {"notes.md": b"# New\n"})
    hub.publish("dataset", TEXTS, {"data/train-00000-of-00001.parquet": parquet("prompt")})
    done = pin(hub.endpoint, tmp_path, "--check", *TWO)
    moved = "moved: pinned at {old}, the Hub has {new} now"
    assert done.returncode == 1
    assert done.stdout == (
        f"{PAIRS}: {moved.format(old=first[PAIRS][:12], new=head(hub, PAIRS)[:12])}\n"
        f"{TEXTS}: {moved.format(old=first[TEXTS][:12], new=head(hub, TEXTS)[:12])}, which does not do: "
        "It has no column text (train); it has prompt.\n0 of 2 as pinned\n"
    )

    done = pin(hub.endpoint, tmp_path, *TWO)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": kept at ") == 2
    assert path.read_text("utf-8") == text, "what is pinned is kept"

    done = pin(hub.endpoint, tmp_path, "--renew", *TWO)
    assert done.returncode == 1
    assert f"{PAIRS}: pinned at {head(hub, PAIRS)[:12]} (before: {first[PAIRS][:12]})" in done.stdout
    assert f"{TEXTS}: kept at {first[TEXTS][:12]}, but not confirmed: It has no column text" in done.stdout
    renewed = {name: each.revision for name, each in read_pins(path).items()}
    assert renewed == {PAIRS: head(hub, PAIRS), TEXTS: first[TEXTS]}


def test_what_cannot_be_confirmed_is_named_and_the_rest_is_pinned(
    empty_hub: LoopbackHub, tmp_path: Path
) -> None:
    rows = b'{"question": "q", "context": "c", "answers": {"text": ["c"]}}\n'
    good = {
        # Neither has Parquet files, so a row is looked at: of text, and of images that need no decoder.
        "rajpurkar/squad_v2": {"validation.jsonl": rows},
        "AIEnergyScore/image_captioning": {"train/one.png": b"\x89PNG, as far as anybody looks"},
        "abisee/cnn_dailymail": {
            "README.md": CARD % (b"3.0.0", b"test", b"t.parquet"),
            "t.parquet": parquet("article", "highlights", "id"),
        },
    }
    bad = {
        "AIEnergyScore/ASR": ({"train.csv": b"text\n"}, "Its split train is empty."),
        "ILSVRC/imagenet-1k": ({"data/validation-0.parquet": parquet("image", "label")}, "It is gated."),
        "openai/gsm8k": (
            {"README.md": CARD % (b"socratic", b"test", b"t.parquet"), "t.parquet": parquet("question")},
            "It cannot be read: BuilderConfig 'main' not found. Available: ['socratic']",
        ),
        "detection-datasets/coco": (
            {"data/train-0.parquet": parquet("image", "objects")},
            "It has no split val; it has train.",
        ),
        # It is there, and is no Parquet file.
        "AIEnergyScore/text_classification": ({"data/train-0.parquet": b"PAR?" * 9}, "It cannot be read: "),
        "stanfordnlp/sst2": ({"sst2.py": b"import datasets\n"}, "It cannot be read: Dataset scripts"),
        "mteb/stsbenchmark-sts": ({"README.md": b"# Empty\n"}, "It cannot be read: "),
        "nlphuji/flickr30k": (None, "The Hub has no such data set, or it is private."),
        "AIEnergyScore/summarization": (
            # The card promises a column that the file has not.
            {
                "README.md": b"---\ndataset_info:\n  features:\n  - name: text\n    dtype: string\n---\n",
                "train.parquet": parquet("article"),
            },
            "It has no column text (train); it has article.",
        ),
    }
    for name, files in good.items():
        empty_hub.publish("dataset", name, files)
    for name, (content, _) in bad.items():
        if content is not None:
            gated = "manual" if name.startswith("ILSVRC") else False
            empty_hub.publish("dataset", name, content, gated=gated)  # type: ignore[arg-type]
    only = [word for name in [*good, *bad] for word in ("--only", name)]

    done = pin(empty_hub.endpoint, tmp_path, *only)

    assert (done.returncode, "error" in done.stderr) == (1, False), done.stderr
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines() if "/" in line)
    for name, (_, reason) in bad.items():
        assert said[name].startswith(f"not pinned: {reason}"), done.stdout
    assert f"{len(good)} of {len(good) + len(bad)} pinned" in done.stdout
    pins = read_pins(tmp_path / "pins.yaml")
    heads = {name: head(empty_hub, name) for name in good}
    assert {name: each.revision for name, each in pins.items()} == heads

    # With a token of somebody who was let in, the gated one is pinned as well; the others stay.
    done = pin(empty_hub.endpoint, tmp_path, "--only", "ILSVRC/imagenet-1k", HF_TOKEN=empty_hub.write_token)
    assert done.returncode == 0, done.stderr
    assert read_pins(tmp_path / "pins.yaml").keys() == {*good, "ILSVRC/imagenet-1k"}
    done = pin(empty_hub.endpoint, tmp_path, "--only", "openai/gsm8k", HF_TOKEN="hf_nonsense")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: The Hub does not let us read openai/gsm8k")


def test_an_unreachable_hub_is_one_line_and_writes_nothing(tmp_path: Path) -> None:
    done = pin("http://127.0.0.1:9", tmp_path, *TWO)
    assert (done.returncode, done.stdout) == (1, "")
    progress, error = done.stderr.splitlines()
    assert progress == f"[1/2] {PAIRS}"
    assert error.startswith(f"error: The Hub did not answer about {PAIRS}")
    assert not (tmp_path / "pins.yaml").exists()


@pytest.mark.parametrize(
    ("status", "words"), [(503, "(HTTP 503)"), (429, "(HTTP 429)"), (0, "RemoteProtocolError")]
)
def test_a_hub_that_fails_midway_is_told_from_a_data_set_that_does_not_do(
    status: int, words: str, hub: LoopbackHub, tmp_path: Path
) -> None:
    def faults(method: str, address: str, phase: Phase) -> Fault | None:
        return Fault(status) if phase == "before" and TEXTS in address and "/revision/" in address else None

    hub.faults = faults
    done = pin(hub.endpoint, tmp_path, *TWO)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(f"error: The Hub did not answer about {TEXTS} ")
    assert words in done.stderr
    assert not (tmp_path / "pins.yaml").exists()


def test_a_check_of_nothing_pinned_needs_no_hub(tmp_path: Path) -> None:
    (tmp_path / "pins.yaml").write_text("# none yet\n")
    done = pin("http://127.0.0.1:9", tmp_path, "--check", *TWO)
    assert done.returncode == 1
    assert done.stdout == f"{PAIRS}: not pinned\n{TEXTS}: not pinned\n0 of 2 as pinned\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "org/none"], "There is no data set 'org/none'. Known: AIEnergyScore/ASR, "),
        (["--check", "--to", "no-such-pins.yaml"], "There is no file no-such-pins.yaml to check."),
    ],
)
def test_what_the_caller_can_mend_is_exit_2(
    words: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["catalogue", "pin", *words]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(f"error: {message}")


def test_a_pins_file_of_another_catalogue_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "others.yaml"
    path.write_text(f"org/none: {{revision: {'a' * 40}, pinned_on: 2026-11-01}}\n")
    assert main(["catalogue", "pin", "--to", str(path)]) == 2
    assert "others.yaml: org/none: no task is pinned by it" in capsys.readouterr().err


class Table:
    """A Hub of one data set: its newest commit, and the columns of each."""

    def __init__(self, newest: str, columns: dict[str, tuple[str, ...]]) -> None:
        self._newest, self._columns = newest, columns

    def newest(self, repo_id: str) -> str:
        return self._newest

    def confirm(self, ref: DatasetRef, revision: str) -> None:
        if revision not in self._columns:
            raise NotFound("The Hub no longer has this commit of it.")
        if not set(ref.columns) <= set(self._columns[revision]):
            raise BadInput("It has no column.")


OLD, NEW = "a" * 40, "b" * 40
WAS = Pin(revision=OLD, pinned_on=date(2026, 11, 1))
PARTS = [DatasetRef(repo_id="org/x", split=split, columns=("text",)) for split in ("train", "test")]


def test_a_commit_that_the_hub_has_no_more() -> None:
    hub = Table(NEW, {NEW: ("text",)})
    outcome = pin_one(hub, PARTS, WAS, renew=False, today=date(2026, 11, 9))
    assert (outcome.pin, outcome.good) == (WAS, False)
    assert "not confirmed: The Hub no longer has" in outcome.said
    assert not check_one(hub, PARTS, WAS).good
    renewed = pin_one(hub, PARTS, WAS, renew=True, today=date(2026, 11, 9))
    assert renewed.pin == Pin(revision=NEW, pinned_on=date(2026, 11, 9))


def test_renewing_what_has_not_moved_keeps_the_day() -> None:
    outcome = pin_one(Table(OLD, {OLD: ("text",)}), PARTS, WAS, renew=True, today=date(2026, 11, 9))
    assert (outcome.pin, outcome.good) == (WAS, True)


def test_outside_trouble_is_no_verdict_on_a_data_set() -> None:
    class Silent(Table):
        def newest(self, repo_id: str) -> str:
            raise HubUnavailable("The Hub did not answer.")

    with pytest.raises(HubUnavailable):
        pin_one(Silent(NEW, {}), PARTS, None, renew=False, today=date(2026, 11, 9))
    with pytest.raises(HubUnavailable):
        check_one(Silent(NEW, {}), PARTS, WAS)


def test_the_list_shows_what_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pins.yaml"
    path.write_text(f"{TEXTS}: {{revision: {OLD}, pinned_on: 2026-11-01}}\n")
    monkeypatch.setattr(entries, "PINS", path)
    entries.tasks.cache_clear()
    try:
        assert main(["catalogue", "list"]) == 0
    finally:
        entries.tasks.cache_clear()
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert f"{TEXTS} {OLD[:12]}" in lines["text-generation"]
    assert f"{PAIRS} unpinned" in lines["sentence-similarity"]
    assert {"t4-16gb", "offline-b1", "2026-11", "reasoning"} <= lines.keys()
    assert "not run here yet" not in lines["serving-b64"]


def test_the_help_says_what_renewing_costs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["catalogue", "pin", "--help"])
    out = capsys.readouterr().out
    assert "a new revision is a new task hash" in out
    assert "example:\n  python -m leaderboard catalogue pin" in out
