"""What the loopback Hub is filled with: models that load, run and are what their names say."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

from tests.fakes.hub import LoopbackHub, carriers, encoders
from tests.fakes.hub.seed import DEFAULT_CACHE, seed
from tests.fakes.offline import run_offline

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_LAYERS = encoders.Encoder(6, 384)
EMBED = """
import json, sys
from sentence_transformers import SentenceTransformer
texts = ["A cat sits on the mat.", "A kitten rests on a rug.", "Interest rates rose again."]
answers = {}
for path in sys.argv[1:]:
    model = SentenceTransformer(path, device="cpu")
    vectors = model.encode(texts)
    answers[path] = [float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2]), *vectors.shape]
print(json.dumps(answers))
"""
GENERATE = """
import json, sys
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
answers = {}
for path in sys.argv[1:]:
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    chat = [{"role": "user", "content": "Which statement returns a value?"}]
    as_tensors = {"return_tensors": "pt", "return_dict": True}
    inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, **as_tensors)
    out = model.generate(**inputs, min_new_tokens=10, max_new_tokens=10, do_sample=False)
    text = "The list is empty."
    back = tokenizer.decode(tokenizer(text)["input_ids"])
    answers[path] = [out.shape[1] - inputs["input_ids"].shape[1], back == text, model.num_parameters()]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as hub:
        seed(hub, ["encoders", "generators", "refused"])
        yield hub


@pytest.fixture(scope="module")
def api(hub: LoopbackHub) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=hub.read_token)


def snapshot(api: HfApi, repo_id: str, cache: Path) -> str:
    folder: str = snapshot_download(repo_id, endpoint=api.endpoint, token=api.token, cache_dir=cache)
    return folder


def test_minilm_is_the_real_one_and_understands_english(api: HfApi, hub: LoopbackHub, tmp_path: Path) -> None:
    told: list[str] = []
    if not seed(hub, ["carried"], say=told.append):
        pytest.skip(told[0])
    info = api.model_info(MINILM)
    assert info.safetensors is not None
    assert info.safetensors.parameters["F32"] == 22_713_216
    assert (info.library_name, info.pipeline_tag) == ("sentence-transformers", "sentence-similarity")
    folder = snapshot(api, MINILM, tmp_path)
    weights = (Path(folder) / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == carriers.CARRIERS[MINILM].files["model.safetensors"]
    near, far, rows, width = run_offline(EMBED, [folder])[folder]
    assert (rows, width) == (3, 384)
    assert near > 0.5 > 0.2 > far


def test_encoders_embed_and_their_widths_are_as_named(api: HfApi, tmp_path: Path) -> None:
    some = [encoders.ENCODERS[0], encoders.ENCODERS[6]]
    folders = [snapshot(api, encoder.repo_id, tmp_path) for encoder in some]
    answers = run_offline(EMBED, folders)
    assert [answers[folder][3] for folder in folders] == [encoder.hidden for encoder in some]
    assert all(math.isfinite(number) for answer in answers.values() for number in answer)


def test_encoders_spread_evenly_in_compute_around_minilm(api: HfApi) -> None:
    work = [encoder.mflop_per_token for encoder in encoders.ENCODERS]
    assert len(work) == 10
    assert all(1.4 < larger / smaller < 2.1 for smaller, larger in pairwise(work))
    assert work[0] < MINILM_LAYERS.mflop_per_token / 20
    assert 3 < work[-1] / MINILM_LAYERS.mflop_per_token < 4
    for encoder in encoders.ENCODERS:
        info = api.model_info(encoder.repo_id)
        assert info.safetensors is not None
        # Two operations a parameter of the layers' matrices; the other parameters are look-up tables.
        assert info.safetensors.total > encoder.mflop_per_token * 1e6 / 2
        assert info.card_data is not None
        assert info.card_data.license == "apache-2.0"


def test_generators_chat(api: HfApi, tmp_path: Path) -> None:
    folders = [snapshot(api, f"starwatt-demo/{name}-tiny", tmp_path) for name in ("llama", "qwen3")]
    for new_tokens, same_text, parameters in run_offline(GENERATE, folders).values():
        assert (new_tokens, same_text) == (10, True)
        assert 200_000 < parameters < 1_000_000


def test_each_model_to_refuse_shows_its_reason(api: HfApi, tmp_path: Path) -> None:
    with pytest.raises(GatedRepoError):
        snapshot(api, "starwatt-demo/gated", tmp_path)
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("starwatt-demo/private")
    pickled = api.model_info("starwatt-demo/no-safetensors")
    assert pickled.safetensors is None
    assert "pytorch_model.bin" in {item.rfilename for item in pickled.siblings or []}
    assert "auto_map" in (api.model_info("starwatt-demo/remote-code").config or {})
    architectures = (api.model_info("starwatt-demo/wrong-architecture").config or {})["architectures"]
    assert architectures == ["ViTForImageClassification"]


def test_a_built_model_has_the_same_bytes_each_time() -> None:
    small = encoders.ENCODERS[0]
    assert encoders.build(small) == encoders.build(small)


def test_seeding_twice_changes_nothing(hub: LoopbackHub, api: HfApi) -> None:
    before = {model.id: model.sha for model in api.list_models(full=True)}
    seed(hub, ["encoders", "refused"], cache=DEFAULT_CACHE)
    assert {model.id: model.sha for model in api.list_models(full=True)} == before
