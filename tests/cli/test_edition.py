"""`python -m leaderboard edition status`: from the record and the Hub to a table, lines, or JSON."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.__main__ import main
from leaderboard.commands import _confirm
from leaderboard.domain import Cell, Edition, EditionStatus, Provenance
from leaderboard.record import Record
from tests import builders
from tests.fakes.hub import LoopbackHub, seed

ID = "2026-11"
MODELS = [f"o/m-{number:02}" for number in range(12)]
KEY = "sentence-similarity/t4-16gb//offline-b1/off"
LISTS = [
    {"task": "sentence-similarity", "hardware": ["t4-16gb"], "models": MODELS},
    {"task": "text-generation", "hardware": ["h100-sxm-80gb"], "model_class": "B", "models": ["o/large"]},
]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STARWATT_DATA", str(tmp_path / "data"))
    for name in ("STARWATT_DATASET", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def edition(monkeypatch: pytest.MonkeyPatch) -> Edition:
    """A small edition in place of the catalogue's."""
    return put_into_catalogue(monkeypatch, LISTS)


def put_into_catalogue(monkeypatch: pytest.MonkeyPatch, lists: list[dict[str, Any]]) -> Edition:
    small = builders.edition(ID, title="A small one", reference_models=lists)
    monkeypatch.setattr(catalogue, "editions", lambda: {ID: small})
    monkeypatch.setattr(catalogue, "edition", {ID: small}.__getitem__)
    return small


def fill(folder: Path, edition: Edition, models: list[str]) -> None:
    rows = [
        builders.rating(
            model, edition=ID, hardware="t4-16gb", development=False, provenance=Provenance.MEASURED
        )
        for model in models
    ]
    with Record.open(folder) as record:
        record.put_edition(edition, {}, rows, "hash")


def said(capfdbinary: pytest.CaptureFixture[bytes], *args: str) -> str:
    assert main(["edition", "status", *args]) == 0
    return capfdbinary.readouterr().out.decode()


def test_the_founding_edition_without_a_record(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    out = said(capfdbinary, ID)
    listed = sum(len(models) for models in catalogue.edition(ID).reference_cells.values())
    assert f"in all: 0 of {listed} reference models measured" in out
    assert f"cells with 10 or more measured: 0 of {len(catalogue.edition(ID).reference_cells)}" in out
    assert "Hours are at least" in out
    if any(task.dataset.revision is None for task in catalogue.tasks().values()):
        assert "not pinned to a commit" in out


def test_a_record_that_has_ten_of_twelve(
    edition: Edition, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    fill(tmp_path / "elsewhere", edition, [*MODELS[:10], "o/stranger"])
    out = said(capfdbinary, ID, "--data", str(tmp_path / "elsewhere"))
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "2026-11 (open): A small one"
    assert any(line.startswith("sentence-similarity t4-16gb – 10 of 12 yes ") for line in lines)
    assert any(line.startswith("text-generation h100-sxm-80gb B 0 of 1 no ") for line in lines)
    begun = lines.index("missing in cells that were begun:")
    assert lines[begun + 1 : begun + 4] == [f"{KEY} o/m-10", f"{KEY} o/m-11", ""]
    assert "cells with 10 or more measured: 1 of 2" in lines


def test_only_what_is_missing(
    edition: Edition, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    fill(tmp_path / "data", edition, MODELS[:11])
    missing = "text-generation/h100-sxm-80gb/B/offline-b1/off"
    assert said(capfdbinary, ID, "--missing") == f"{KEY}  o/m-11\n{missing}  o/large\n"
    document = json.loads(said(capfdbinary, ID, "--missing", "--json"))
    assert document == {"edition": ID, "missing": {KEY: ["o/m-11"], missing: ["o/large"]}}


def test_as_json(edition: Edition, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    fill(tmp_path / "data", edition, MODELS[:3])
    document = json.loads(said(capfdbinary, ID, "--json"))
    first, second = document["cells"]
    assert first["cell"] == KEY
    assert (first["task"], first["hardware"], first["model_class"]) == ("sentence-similarity", "t4-16gb", "")
    assert (first["listed"], first["measured"], first["missing"]) == (12, MODELS[:3], MODELS[3:])
    assert (first["enough"], first["currency"]) == (False, "USD")
    totals = document["totals"]
    assert (totals["listed"], totals["measured"], totals["cells_with_enough"]) == (13, 3, 0)
    hours = first["gpu_hours_at_least"] + second["gpu_hours_at_least"]
    assert totals["gpu_hours_at_least"] == pytest.approx(hours, abs=0.02)
    cost = first["cost_at_least"] + second["cost_at_least"]
    assert totals["cost_at_least"]["USD"] == pytest.approx(cost, abs=0.02)
    assert "hub" not in document


def test_a_frozen_edition_is_the_records_word(
    edition: Edition, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    frozen = builders.edition(
        ID, status=EditionStatus.FROZEN, reference_models=[{**LISTS[0], "models": ["o/then"]}]
    )
    fill(tmp_path / "data", frozen, ["o/then"])
    document = json.loads(said(capfdbinary, ID, "--json"))
    assert document["status"] == "frozen"
    assert [cell["measured"] for cell in document["cells"]] == [["o/then"]]


def test_the_record_is_not_changed(
    edition: Edition, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    fill(tmp_path / "data", builders.edition(ID), [])
    with Record.read(tmp_path / "data") as record:
        version = record.version
    said(capfdbinary, ID)
    with Record.read(tmp_path / "data") as record:
        assert record.version == version
        assert record.edition(ID).reference_models == {}


@pytest.mark.parametrize(
    ("id", "what"), [("aies-2025-02", "lists no reference models"), ("2099-01", "no edition|2026-11")]
)
def test_editions_that_have_none(id: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["edition", "status", id]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert any(words in error for words in what.split("|"))


def weights(params: int) -> bytes:
    """The header of a safetensors file of that many parameters; the Hub reads no more of it."""
    tensor = {"dtype": "F16", "shape": [params], "data_offsets": [0, 2 * params]}
    header = json.dumps({"weight": tensor}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(8)


def test_the_hub_is_asked_about_every_model_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    refused = [
        f"starwatt-demo/{name}" for name in ("gated", "private", "no-safetensors", "remote-code", "nothing")
    ]
    small, seven, large, parts = (f"starwatt-demo/{name}" for name in ("small", "seven", "large", "parts"))
    put_into_catalogue(
        monkeypatch,
        [
            {"task": "text-generation", "hardware": ["t4-16gb", "h100-sxm-80gb"], "model_class": "A"}
            | {"models": [small, seven, large, *refused]},
            {"task": "image-generation", "hardware": ["t4-16gb"], "models": [parts]},
        ],
    )
    asked: list[str] = []
    with LoopbackHub(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        seed.seed(hub, only=["refused"])
        for name, params in ((small, 10_000), (seven, 7_200_000_000), (large, 40_000_000_000)):
            hub.publish("model", name, {"model.safetensors": weights(params)})
        hub.publish("model", parts, {"unet/diffusion_pytorch_model.safetensors": weights(10_000)})
        ask = _confirm._ask

        def noted(api: Any, model: str, cells: Any) -> Any:
            asked.append(model)
            return ask(api, model, cells)

        monkeypatch.setattr(_confirm, "_ask", noted)
        assert main(["edition", "status", ID, "--confirm", "--json"]) == 0
        captured = capfdbinary.readouterr()
        out = said(capfdbinary, ID, "--confirm")
    answers = json.loads(captured.out)["hub"]
    assert asked == 2 * [small, seven, large, *refused, parts]
    assert b"asking the Hub: 9 of 9\n" in captured.err
    assert answers[small] == {"params": 10_000, "problems": []}
    assert answers[seven]["problems"] == ["7.2 B parameters leave no room on t4-16gb"]
    assert answers[large]["problems"] == [
        "class C, and not A as listed",
        "40 B parameters leave no room on t4-16gb",
        "40 B parameters leave no room on h100-sxm-80gb",
    ]
    assert answers[parts] == {"params": None, "problems": []}
    assert [answers[name]["problems"] for name in refused] == [
        ["gated"],
        ["not there, or private"],
        ["no safetensors"],
        ["needs code of its own"],
        ["not there, or private"],
    ]
    assert "The Hub confirms 2 of 9 models." in out
    assert "  starwatt-demo/gated: gated\n" in out
    assert f"size not confirmed: {parts}" in out


def test_a_hub_that_is_not_there_is_asked_three_times(
    edition: Edition, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    out = said(capfdbinary, ID, "--confirm", "--missing")
    assert "The Hub confirms 0 of 13 models." in out
    assert out.count("the Hub did not answer (") == 3
    assert out.count("not asked: the Hub does not answer") == 10


def test_a_model_that_was_renamed_is_told() -> None:
    class Info:
        id = "o/new"
        siblings = ()
        safetensors = config = tags = None
        private = gated = False

    cell = Cell(ID, "sentence-similarity", "t4-16gb", "", "offline-b1", "off")
    assert _confirm.problems("o/old", Info, [cell]) == ["called o/new now", "no safetensors"]
