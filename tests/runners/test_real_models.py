"""Our own child with real libraries and tiny real models, in a sandbox where there is one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import ChildFailed, Device, Provenance, Run
from runners.bench import sandbox
from runners.bench.blocks import Row
from runners.bench.parent import Settings, bench
from runners.bench.tasks import LoadingFailed, open_pipeline
from runners.bench.wire import Load
from runners.verify import verify
from tests.runners.conftest import PAIRS, TEXTS, Listener, make_inputs, make_plan


def measure(tmp_path: Path, model: Path, rows: list[Row], task: str) -> Run:
    # The sandbox shows the cache and nothing else of this machine's folders.
    held = shutil.copytree(model, tmp_path / "cache" / "model")
    plan = make_plan(task, **({"output_tokens": 8} if task == "text-generation" else {}))
    inputs = make_inputs(tmp_path / "cache", held, rows[: plan.block])
    settings = Settings(cache=tmp_path / "cache", inputs=lambda plan, cache: inputs)
    return bench(plan, tmp_path / "out", settings, Listener())


def test_sentence_similarity_from_start_to_verdict(tmp_path: Path, encoder: Path) -> None:
    run = measure(tmp_path, encoder, PAIRS, "sentence-similarity")
    assert run.valid
    assert run.provenance is Provenance.ESTIMATED
    assert run.environment.sandbox.startswith("bubblewrap" if not sandbox.why_not() else "none")
    assert run.environment.threads == 1
    assert run.model.architecture == "BertModel"
    assert run.model.dtype == "float32"
    each = {window.phase: window.tokens_in / window.queries for window in run.windows}
    # A sentence's tokens are counted once, padding left out, in both phases alike.
    assert each["preprocess"] == each["forward"] > 2
    forward = [window.energy_per_query_j for window in run.windows if window.phase == "forward"]
    prepare = [window.energy_per_query_j for window in run.windows if window.phase == "preprocess"]
    assert min(forward) > max(prepare)
    _, findings = verify(tmp_path / "out")
    assert not [finding.name for finding in findings if finding.rejects]


def test_text_generation_writes_exactly_its_budget(tmp_path: Path, generator: Path) -> None:
    run = measure(tmp_path, generator, TEXTS, "text-generation")
    assert run.valid
    for window in run.windows:
        due = {"preprocess": 0, "generate": 8, "prefill": 1}[window.phase] * window.queries
        assert window.tokens_out == due
    assert run.model.architecture == "LlamaForCausalLM"
    assert run.model.params > 100_000


def load(folder: Path, tmp_path: Path, **fields: Any) -> Load:
    defaults: dict[str, Any] = {"device": Device.CPU, "precision": "fp32", "max_input_tokens": 128}
    return Load(folder=str(folder), queries=str(tmp_path / "queries.json"), **{**defaults, **fields})


def edited(model: Path, tmp_path: Path, **config: object) -> Path:
    folder = shutil.copytree(model, tmp_path / "edited")
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | config))
    return folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
class TestLoading:
    """In this process: what a loader must not let through."""

    def test_missing_weights_are_named(self, generator: Path, tmp_path: Path) -> None:
        folder = edited(generator, tmp_path, num_hidden_layers=5)
        with pytest.raises(LoadingFailed, match=r"missing: model\.layers\.4\.") as caught:
            open_pipeline("text-generation", load(folder, tmp_path, output_tokens=4), TEXTS)
        assert caught.value.cause == "weights"

    def test_left_over_weights_are_named(self, generator: Path, tmp_path: Path) -> None:
        folder = edited(generator, tmp_path, num_hidden_layers=3)
        with pytest.raises(LoadingFailed, match=r"unexpected: model\.layers\.3\."):
            open_pipeline("text-generation", load(folder, tmp_path, output_tokens=4), TEXTS)

    def test_missing_weights_of_an_encoder_are_named(self, encoder: Path, tmp_path: Path) -> None:
        folder = edited(encoder, tmp_path, num_hidden_layers=3)
        with pytest.raises(LoadingFailed, match=r"missing: encoder\.layer\.2\."):
            open_pipeline("sentence-similarity", load(folder, tmp_path), PAIRS)

    def test_a_head_that_an_encoder_does_not_use_is_only_told(self, encoder: Path, tmp_path: Path) -> None:
        folder = edited(encoder, tmp_path, num_hidden_layers=1)
        pipeline = open_pipeline("sentence-similarity", load(folder, tmp_path), PAIRS)
        assert all(name.startswith("encoder.layer.1.") for name in pipeline.unused_weights)
        assert pipeline.unused_weights

    def test_the_context_must_hold_input_and_output(self, generator: Path, tmp_path: Path) -> None:
        folder = edited(generator, tmp_path, max_position_embeddings=20)
        with pytest.raises(LoadingFailed, match="context of 20 tokens") as caught:
            open_pipeline("text-generation", load(folder, tmp_path, output_tokens=16), TEXTS)
        assert caught.value.cause == "context"

    def test_a_precision_this_harness_does_not_load(self, generator: Path, tmp_path: Path) -> None:
        with pytest.raises(LoadingFailed, match="int4; the model was loaded as float32"):
            open_pipeline(
                "text-generation", load(generator, tmp_path, precision="int4", output_tokens=4), TEXTS
            )

    @pytest.mark.parametrize("precision", ["fp32", "bf16"])
    def test_the_precision_is_the_plans_and_not_the_files(
        self, generator: Path, encoder: Path, tmp_path: Path, precision: str
    ) -> None:
        name = {"fp32": "float32", "bf16": "bfloat16"}[precision]
        asked = load(generator, tmp_path, precision=precision, output_tokens=4)
        assert open_pipeline("text-generation", asked, TEXTS).dtype == name
        asked = load(encoder, tmp_path, precision=precision)
        assert open_pipeline("sentence-similarity", asked, PAIRS).dtype == name

    def test_inputs_are_cut_to_the_tasks_length(self, generator: Path, encoder: Path, tmp_path: Path) -> None:
        long: list[Row] = [("one two three four five six seven eight",) * 2]
        asked = load(generator, tmp_path, max_input_tokens=5, output_tokens=3)
        writer = open_pipeline("text-generation", asked, long)
        answer = writer.run("generate", 0)
        assert (answer.tokens_in, answer.tokens_out, answer.usable) == (5, 3, True)
        reader = open_pipeline("sentence-similarity", load(encoder, tmp_path, max_input_tokens=5), long)
        answer = reader.run("forward", 0)
        assert (answer.tokens_in, answer.usable) == (10, True)
        assert reader.longest_input == 5

    def test_the_models_own_way_of_generating_does_not_count(self, generator: Path, tmp_path: Path) -> None:
        folder = edited(generator, tmp_path)
        own = {"do_sample": True, "num_beams": 4, "temperature": 0.1, "eos_token_id": 2, "pad_token_id": 0}
        (folder / "generation_config.json").write_text(json.dumps(own))
        pipeline = open_pipeline("text-generation", load(folder, tmp_path, output_tokens=6), TEXTS)
        assert pipeline.run("generate", 0).tokens_out == 6

    def test_a_pair_is_a_pair(self, encoder: Path, tmp_path: Path) -> None:
        with pytest.raises(LoadingFailed, match="2 inputs, not 1"):
            open_pipeline("sentence-similarity", load(encoder, tmp_path), [("only one",)])


def test_a_model_that_does_not_fit_fails_by_name_from_the_child(tmp_path: Path, generator: Path) -> None:
    folder = edited(generator, tmp_path, num_hidden_layers=5)
    with pytest.raises(ChildFailed, match=r"as it was published.*missing: model\.layers\.4\."):
        measure(tmp_path, folder, TEXTS, "text-generation")
    assert not (tmp_path / "out" / "run.json").exists()
