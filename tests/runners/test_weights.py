from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import Refused
from runners.bench.weights import INDEX, inspect, weight_files


def safetensors(*shapes: tuple[int, ...], **other: Any) -> bytes:
    tensors = {f"t{n}": {"dtype": "F32", "shape": list(shape)} for n, shape in enumerate(shapes)}
    header = json.dumps({**tensors, "__metadata__": {"format": "pt"}, **other}).encode()
    return struct.pack("<Q", len(header)) + header


def model(folder: Path, *files: tuple[str, bytes | str | dict[str, Any] | list[Any]]) -> Path:
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


WEIGHTS = ("model.safetensors", safetensors((3, 4), (5,)))
CONFIG = ("config.json", {"architectures": ["LlamaForCausalLM"]})


def test_parameters_are_counted_in_the_headers(tmp_path: Path) -> None:
    found = inspect(model(tmp_path, CONFIG, WEIGHTS), ("ForCausalLM",))
    assert (found.params, found.architectures) == (17, ("LlamaForCausalLM",))


def test_shards_and_modules_count_and_other_files_do_not(tmp_path: Path) -> None:
    folder = model(
        tmp_path,
        CONFIG,
        (INDEX, {"weight_map": {"a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"}}),
        ("one.safetensors", safetensors((2,))),
        ("two.safetensors", safetensors((3,))),
        ("consolidated.safetensors", safetensors((1000,))),
        ("modules.json", [{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}]),
        ("2_Dense/model.safetensors", safetensors((5,))),
    )
    assert weight_files(folder) == ("one.safetensors", "two.safetensors", "2_Dense/model.safetensors")
    assert inspect(folder, ()).params == 10


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((CONFIG,), "no safetensors"),
        ((CONFIG, ("model.safetensors", b"\x80\x04pickle")), "not a safetensors file"),
        ((CONFIG, ("model.safetensors", b"")), "not a safetensors file"),
        ((CONFIG, ("model.safetensors", safetensors(t9={"dtype": "F32"}))), "not a safetensors file"),
        ((CONFIG, ("model.safetensors", safetensors())), "hold no weights"),
        ((CONFIG, (INDEX, {"weight_map": {"a": "gone.safetensors"}})), "gone.safetensors is missing"),
        ((CONFIG, (INDEX, {"weight_map": {"a": "../../up.safetensors"}}), WEIGHTS), "names no files"),
        ((CONFIG, (INDEX, {}), WEIGHTS), "names no files"),
        ((("config.json", {"auto_map": {}}), WEIGHTS), "auto_map"),
        ((("config.json", "{"), WEIGHTS), "cannot be read as JSON"),
        ((("config.json", "[]"), WEIGHTS), "not a JSON object"),
        ((("config.json", {"architectures": ["ViTModel"]}), WEIGHTS), "needs ForCausalLM"),
        ((CONFIG, WEIGHTS, ("modules.json", [{"path": "", "type": "os.system"}])), "never run"),
        ((CONFIG, WEIGHTS, ("modules.json", {"a": 1})), "no list of modules"),
    ],
)
def test_what_must_not_be_loaded(tmp_path: Path, files: tuple[tuple[str, Any], ...], words: str) -> None:
    with pytest.raises(Refused, match=words):
        inspect(model(tmp_path, *files), ("ForCausalLM",))


def test_a_module_outside_the_folder_is_not_followed(tmp_path: Path) -> None:
    model(tmp_path / "outside", ("model.safetensors", safetensors((9,))))
    folder = model(
        tmp_path / "model",
        CONFIG,
        WEIGHTS,
        ("modules.json", [{"path": "../outside", "type": "sentence_transformers.models.Dense"}]),
    )
    assert weight_files(folder) == ("model.safetensors",)
