"""The tiny models: each loads from its files alone with every weight in place, and answers one query."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from huggingface_hub import HfApi
from PIL import Image

from tests.fakes.hub import LoopbackHub, tiny
from tests.fakes.hub.seed import seed
from tests.fakes.hub.tiny import quantised

TEXT = "A list is an object. The statement returns a value, and exceptions are raised where there is none."
MODELS = {model.name: model for model in (*tiny.HONEST, *tiny.DISHONEST)}
HONEST = [model.name for model in tiny.HONEST]
Folder = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A model's files in a folder, built once."""
    place = tmp_path_factory.mktemp("models")

    def of(name: str) -> Path:
        if not (place / name).is_dir():
            for file, content in MODELS[name].build().items():
                (place / name / file).parent.mkdir(parents=True, exist_ok=True)
                (place / name / file).write_bytes(content)
        return place / name

    return of


def load(model: tiny.Tiny, place: Path, **settings: Any) -> tuple[Any, dict[str, Any]]:
    auto = getattr(transformers, model.auto)
    loaded, info = auto.from_pretrained(
        place, use_safetensors=True, output_loading_info=True, **{"dtype": torch.float32} | settings
    )
    return loaded.eval(), info


def image() -> Image.Image:
    blocks = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(np.kron(blocks, np.ones((20, 20, 1), dtype=np.uint8)))


def sound(seconds: int = 2) -> Any:
    return np.random.default_rng(0).standard_normal(16_000 * seconds).astype("float32") / 10


def ask(model: Any, task: str, place: Path) -> Any:
    """One query of the task; what comes back is not empty."""
    if task in ("image-classification", "object-detection", "image-to-text"):
        eye = transformers.AutoImageProcessor.from_pretrained(place, backend="pil")
        seen = dict(eye(image(), return_tensors="pt"))
        return (
            model.generate(**seen, max_new_tokens=64, do_sample=False)
            if "text" in task
            else model(**seen).logits
        )
    if task == "automatic-speech-recognition":
        ear = transformers.AutoFeatureExtractor.from_pretrained(place)
        heard = ear(sound(), sampling_rate=ear.sampling_rate, return_tensors="pt")
        if hasattr(model, "lm_head"):
            return model(**heard).logits
        return model.generate(**heard, max_new_tokens=64, do_sample=False)
    tokenizer = transformers.AutoTokenizer.from_pretrained(place)
    if task == "zero-shot-image-classification":
        eye = transformers.AutoImageProcessor.from_pretrained(place, backend="pil")
        return model(
            **tokenizer(TEXT, return_tensors="pt"), **eye(image(), return_tensors="pt")
        ).logits_per_image
    if task == "question-answering":
        return model(**tokenizer("What is a list?", TEXT, return_tensors="pt")).start_logits
    if task == "text-classification":
        return model(**tokenizer(TEXT, return_tensors="pt")).logits
    if task == "text-generation":
        chat = [{"role": "user", "content": TEXT}]
        ids = tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        return model.generate(**ids, max_new_tokens=8, do_sample=False)[:, ids["input_ids"].shape[1] :]
    return model.generate(**tokenizer(TEXT, return_tensors="pt"), max_new_tokens=128, do_sample=False)


@pytest.mark.parametrize("name", [name for name in HONEST if name != "stable-diffusion-tiny"])
def test_loads_with_every_weight_and_answers(name: str, folder: Folder) -> None:
    model, place = MODELS[name], folder(name)
    loaded, info = load(model, place)
    assert not any(info.values()), info
    assert type(loaded).__name__ in loaded.config.architectures
    answer = ask(loaded, model.task, place)
    assert answer.numel() > 0
    assert not answer.is_floating_point() or bool(answer.isfinite().all())


@pytest.mark.parametrize("name", list(MODELS))
def test_is_small_safe_and_the_same_each_time(name: str, folder: Folder) -> None:
    model, place = MODELS[name], folder(name)
    for file, content in model.build().items():
        assert (place / file).read_bytes() == content, file
    names = [path.name for path in place.rglob("*")]
    assert any(each.endswith(".safetensors") for each in names)
    assert not any(each.endswith((".bin", ".pt", ".py")) for each in names)
    assert sum(path.stat().st_size for path in place.rglob("*")) < 2 << 20
    card = (place / "README.md").read_text("utf-8")
    assert f"pipeline_tag: {model.task}\n" in card
    assert "**random**" in card


def test_paints_a_picture_of_64_pixels(folder: Folder) -> None:
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(
        folder("stable-diffusion-tiny"), dtype=torch.float32, use_safetensors=True
    )
    pipe.set_progress_bar_config(disable=True)
    painted, other = (
        np.asarray(pipe(text, num_inference_steps=3, generator=torch.Generator().manual_seed(1)).images[0])
        for text in ("a cat on a mat", TEXT)
    )
    assert painted.shape == (64, 64, 3)
    assert painted.min() < painted.max()
    assert (painted != other).any()


@pytest.mark.parametrize("name", ["bart-tiny", "whisper-tiny", "blip-tiny", "vit-gpt2-tiny"])
def test_what_is_written_ends_by_itself(name: str, folder: Folder) -> None:
    loaded, _ = load(MODELS[name], folder(name))
    written = ask(loaded, MODELS[name].task, folder(name))
    end = loaded.generation_config.eos_token_id
    assert int(written[0, -1]) == end or written.shape[1] < 64
    assert 3 < written.shape[1] < 40


def test_summaries_have_room_for_an_article(folder: Folder) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder("bart-tiny"))
    ids = tokenizer(TEXT * 100, truncation=True, max_length=1024, return_tensors="pt")
    assert ids["input_ids"].shape == (1, 1024)
    loaded, _ = load(MODELS["bart-tiny"], folder("bart-tiny"))
    assert loaded.config.max_position_embeddings >= 1024 + 128
    assert loaded.generate(**ids, min_new_tokens=128, max_new_tokens=128, do_sample=False).shape[1] == 129


def conversation(place: Path, system: str | None = None, **switch: Any) -> str:
    tokenizer = transformers.AutoTokenizer.from_pretrained(place)
    told = [] if system is None else [{"role": "system", "content": system}]
    chat = [*told, {"role": "user", "content": "What is a list?"}]
    text: str = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False, **switch)
    return text


def test_each_family_switches_reasoning_in_its_way(folder: Folder) -> None:
    for name in ("qwen3-thinking-tiny", "qwen3-moe-tiny"):
        on, off = (conversation(folder(name), enable_thinking=switch) for switch in (True, False))
        assert on == conversation(folder(name))
        assert off == on + "<think>\n\n</think>\n\n"
    told = folder("llama-no-think-tiny")
    on, off = (conversation(told, system=word) for word in ("/think", "/no_think"))
    assert off == on + "<think>\n\n</think>\n"
    assert "/no_think" in (told / "chat_template.jinja").read_text("utf-8")
    assert "/" not in off.replace("</think>", "")
    assert conversation(folder("llama-always-thinks-tiny")).endswith("assistant\n<think>\n")
    dead = folder("qwen3-dead-switch-tiny")
    assert "enable_thinking" in (dead / "chat_template.jinja").read_text("utf-8")
    assert conversation(dead, enable_thinking=True) == conversation(dead, enable_thinking=False)


def test_a_mixture_works_with_half_of_its_experts(folder: Folder) -> None:
    config = json.loads((folder("qwen3-moe-tiny") / "config.json").read_bytes())
    assert (config["num_local_experts"], config["num_experts_per_tok"]) == (4, 2)


def test_labels_are_those_of_the_card(folder: Folder) -> None:
    def labels(name: str) -> list[str]:
        return list(json.loads((folder(name) / "config.json").read_bytes())["id2label"].values())

    assert labels("distilbert-sentiment-tiny") == ["NEGATIVE", "POSITIVE"]
    assert {"joy", "anger"} < set(labels("distilbert-emotions-tiny"))
    assert len(labels("vit-tiny")) == 10
    named = labels("yolos-tiny")
    assert (len(named), len(set(named) - {"N/A"}), named[1], named[18], named[90]) == (
        91,
        80,
        "person",
        "dog",
        "toothbrush",
    )


def test_t5_keeps_a_matrix_in_fp32_when_fp16_is_asked_for(folder: Folder) -> None:
    loaded, _ = load(MODELS["t5-tiny"], folder("t5-tiny"), dtype=torch.float16)
    kept = {name for name, parameter in loaded.named_parameters() if parameter.dtype == torch.float32}
    assert kept
    assert all(name.endswith("wo.weight") for name in kept)


def test_eight_bit_floats_are_stored_and_told(folder: Folder) -> None:
    place = folder("llama-tiny-fp8")
    header = (place / "model.safetensors").read_bytes()
    tensors = json.loads(header[8 : 8 + struct.unpack("<Q", header[:8])[0]])
    stored = {name: each["dtype"] for name, each in tensors.items() if name != "__metadata__"}
    assert {kind for name, kind in stored.items() if name.endswith("proj.weight")} == {"F8_E4M3"}
    assert json.loads((place / "config.json").read_bytes())["quantization_config"]["quant_method"] == "fp8"


def test_integers_are_there_where_they_can_be_made_and_load_as_integers(folder: Folder) -> None:
    layers = {"llama-tiny-bnb4": "Linear4bit", "llama-tiny-bnb8": "Linear8bitLt"}
    made = set(layers) & set(HONEST)
    assert made == (set(layers) if quantised.bitsandbytes_here() else set())
    for name in made:
        loaded, _ = load(MODELS[name], folder(name), dtype="auto")
        kinds = {type(module).__name__ for module in loaded.modules()}
        assert set(layers.values()) & kinds == {layers[name]}


def test_each_dishonest_model_loads_and_is_found_out(folder: Folder) -> None:
    def info_of(name: str) -> dict[str, Any]:
        return load(MODELS[name], folder(name))[1]

    other = info_of("bart-as-generator-tiny")
    assert "lm_head.weight" in other["missing_keys"]
    assert any(name.startswith("model.encoder.") for name in other["unexpected_keys"])
    assert info_of("bert-no-head-tiny")["missing_keys"] == {"classifier.weight", "classifier.bias"}
    assert info_of("llama-left-over-tiny")["unexpected_keys"] == {"model.layers.2.mlp.up_proj.weight"}


@pytest.mark.parametrize("name", ["bart-silent-tiny", "phi-silent-tiny"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_silent_models_end_at_once(name: str, dtype: torch.dtype, folder: Folder) -> None:
    loaded, info = load(MODELS[name], folder(name), dtype=dtype)
    assert not any(info.values()), info
    written = ask(loaded, MODELS[name].task, folder(name))[0].tolist()
    start = [loaded.config.decoder_start_token_id] if name.startswith("bart") else []
    assert written == [*start, loaded.generation_config.eos_token_id]


def test_the_hub_serves_them_from_its_cache(tmp_path: Path) -> None:
    with LoopbackHub(tmp_path / "hub") as hub:
        published = seed(hub, ["tiny", "dishonest"])
        assert published == [model.repo_id for model in (*tiny.HONEST, *tiny.DISHONEST)]
        api = HfApi(endpoint=hub.endpoint, token=hub.read_token)
        info = api.model_info("openai/clip-vit-base-patch16")
        assert info.pipeline_tag == "zero-shot-image-classification"
        assert info.safetensors is not None
        painter = api.model_info("starwatt-demo/stable-diffusion-tiny")
        files = {item.rfilename for item in painter.siblings or []}
        assert painter.library_name == "diffusers"
        assert {
            "model_index.json",
            "unet/diffusion_pytorch_model.safetensors",
            "tokenizer/vocab.json",
        } <= files
        before = {model.id: model.sha for model in api.list_models(full=True)}
        seed(hub, ["tiny", "dishonest"])
        assert {model.id: model.sha for model in api.list_models(full=True)} == before
