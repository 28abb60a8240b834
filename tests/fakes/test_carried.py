"""The converted real models: complete, equal to what they were, right about real speech and photographs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import jiwer
import pytest
from huggingface_hub import HfApi, snapshot_download

from tests.fakes.hub import LoopbackHub, carriers, convert_efficientnet
from tests.fakes.hub.seed import seed
from tests.fakes.offline import run_offline

WHISPER = "openai/whisper-tiny.en"
LITE0 = "starwatt-demo/efficientnet-lite0"
TRANSCRIBE = """
import json, sys
import soundfile, torch
from transformers import AutoProcessor, WhisperForConditionalGeneration
folder, *clips = sys.argv[1:]
processor = AutoProcessor.from_pretrained(folder)
model, loading = WhisperForConditionalGeneration.from_pretrained(
    folder, dtype=torch.float32, output_loading_info=True
)
texts = []
for clip in clips:
    samples, rate = soundfile.read(clip, dtype="float32")
    features = processor(samples, sampling_rate=rate, return_tensors="pt").input_features
    tokens = model.generate(features, max_new_tokens=64, do_sample=False, num_beams=1)
    texts += processor.batch_decode(tokens, skip_special_tokens=True)
stamped = model.generate(features, max_new_tokens=64, return_timestamps=True)
print(json.dumps({
    "wrong": sorted(str(key) for keys in loading.values() for key in keys),
    "texts": texts,
    "stamped": processor.batch_decode(stamped, skip_special_tokens=True, decode_with_timestamps=True)[0],
    "seconds": len(samples) / rate,
}))
"""
CLASSIFY = """
import json, sys
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForImageClassification
from tests.fakes.plain_lite0 import logits
folder, original, *photos = sys.argv[1:]
processor = AutoImageProcessor.from_pretrained(folder)
model, loading = AutoModelForImageClassification.from_pretrained(
    folder, dtype=torch.float32, output_loading_info=True
)
images = [Image.open(photo).convert("RGB") for photo in photos]
pixels = processor(images, return_tensors="pt").pixel_values
noise = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))
weights = torch.load(original, weights_only=True)
with torch.no_grad():
    here = model(pixel_values=torch.cat([pixels, noise])).logits
    there = logits(weights, torch.cat([pixels, noise]))
print(json.dumps({
    "wrong": sorted(str(key) for keys in loading.values() for key in keys),
    "labels": [model.config.id2label[int(n)] for n in here[: len(photos)].argmax(-1)],
    "difference": float((here - there).abs().max()),
    "spread": float(there.std()),
    "pixels": [list(pixels.shape), float(pixels.min()), float(pixels.max())],
}))
"""
Folder = Callable[[str], str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """Downloads a converted model from a loopback Hub, or skips because its package is gone."""
    told: list[str] = []
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as hub:
        seed(hub, ["converted"], say=told.append)
        api = HfApi(endpoint=hub.endpoint, token=hub.read_token)
        cache = tmp_path_factory.mktemp("cache")

        def download(repo_id: str) -> str:
            for gone in told:
                if repo_id in gone:
                    pytest.skip(gone)
            path: str = snapshot_download(
                repo_id, endpoint=api.endpoint, token=hub.read_token, cache_dir=cache
            )
            return path

        yield download


def carried_clips() -> list[tuple[Path, str]]:
    try:
        carriers.install(carriers.carriers_dir(), "english-speech")
        return carriers.clips()
    except carriers.PackageGone as gone:
        pytest.skip(f"package-gone: {gone}")


def carried_photos() -> list[tuple[Path, str]]:
    try:
        return carriers.photos()
    except carriers.PackageGone as gone:
        pytest.skip(f"package-gone: {gone}")


def test_whisper_writes_down_what_is_said_and_when(folder: Folder) -> None:
    clips = carried_clips()
    assert [wav.stem for wav, _ in clips] == ["counting", "hello_world", "quick_brown_fox"]
    heard = run_offline(TRANSCRIBE, [folder(WHISPER), *(str(wav) for wav, _ in clips)])
    assert heard["wrong"] == []
    counting, *sentences = texts = [text.strip() for text in heard["texts"]]
    # This model writes numbers as figures, and joins them as it likes: "1-2-345-678910.".
    assert re.sub(r"\D", "", counting) == "12345678910"
    assert sentences == [said for _, said in clips[1:]]
    # Measured: 10 of 21 words, all of them numbers. CTranslate2 finds the same tokens.
    assert jiwer.wer([said for _, said in clips], texts) < 0.5

    # The last clip again, with time stamps.
    found = re.fullmatch(r"<\|(.+?)\|>(.+)<\|(.+?)\|>", heard["stamped"])
    assert found is not None
    start, text, end = found.groups()
    assert text.strip() == clips[-1][1]
    assert 0 <= float(start) < 0.5
    assert float(end) == pytest.approx(heard["seconds"], abs=0.5)


def test_efficientnet_names_the_cheetah_and_is_the_original_network(folder: Folder) -> None:
    photos = carried_photos()
    model = folder(LITE0)
    original = carriers.carrier_path(LITE0) / convert_efficientnet.WEIGHTS
    seen = run_offline(CLASSIFY, [model, str(original), *(str(photo) for photo, _ in photos)])
    assert seen["wrong"] == []
    named = [label.split(",")[0] for label in seen["labels"]]
    assert named == [label for _, label in photos] == ["cheetah", "cheetah", "lion"]
    # Measured: 1e-6.
    assert seen["difference"] < 1e-4 < seen["spread"]
    shape, lowest, highest = seen["pixels"]
    assert shape == [3, 3, 224, 224]
    assert -127 / 128 - 1e-6 <= lowest < -0.9
    assert 0.9 < highest <= 1 + 1e-6


def test_efficientnet_has_the_thousand_names(folder: Folder) -> None:
    config = json.loads((Path(folder(LITE0)) / "config.json").read_text("utf-8"))
    names = config["id2label"]
    assert list(names) == [str(n) for n in range(1000)]
    assert {name: int(n) for n, name in names.items()} == config["label2id"]
