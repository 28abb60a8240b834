"""The names of architectures are those of the libraries that the runners have."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from leaderboard.catalogue import architectures as module
from leaderboard.catalogue.architectures import FILE, architectures
from leaderboard.domain import BadFile


def test_common_architectures_are_known() -> None:
    known = architectures()
    for name in (
        "BertModel",
        "LlamaForCausalLM",
        "WhisperForConditionalGeneration",
        "StableDiffusionPipeline",
    ):
        assert known.has(name)
    assert not known.has("PerceptronForCausalLM")
    assert {"bert", "llama", "whisper"} <= known.model_types


def test_a_damaged_file_says_how_to_write_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "architectures.json"
    broken.write_text("{}")
    monkeypatch.setattr(module, "FILE", broken)
    with pytest.raises(BadFile, match=r"runners\.architectures"):
        architectures.__wrapped__()


def test_the_file_is_what_the_installed_libraries_carry() -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("diffusers")
    from runners.architectures import as_text, carried

    known = architectures()
    if (known.transformers, known.diffusers) != (version("transformers"), version("diffusers")):
        pytest.skip("other versions are installed: `python -m runners.architectures` writes their names down")
    assert FILE.read_text(encoding="utf-8") == as_text(carried())
