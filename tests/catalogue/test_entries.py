"""What the catalogue holds, against the tables of the method (METHOD §2, §3.4, §4, §7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import Device, EditionStatus, Rule, Task, UnknownName

# METHOD §2: data set and columns, input, output, quality set, metric, floor; §3.4: block; §1: phases.
GENERATE, FORWARD, CALL = ("preprocess", "generate"), ("preprocess", "forward"), ("preprocess", "call")
TASKS: dict[str, tuple[Any, ...]] = {
    "text-generation": (
        *("AIEnergyScore/text_generation", "text", 1024, 128, GENERATE, 256),
        *("Salesforce/wikitext", "bits per byte", "lower", 8),
    ),
    "reasoning": (
        *("openai/gsm8k", "question", 1024, 8192, GENERATE, 64),
        *(None, "exact match", "higher", None),
    ),
    "summarization": (
        *("AIEnergyScore/summarization", "text", 1024, 128, GENERATE, 256),
        *("abisee/cnn_dailymail", "ROUGE-L", "higher", 0.05),
    ),
    "question-answering": (
        *("rajpurkar/squad_v2", "question context", 384, None, FORWARD, 1000),
        *(None, "F1", "higher", 0.1),
    ),
    "text-classification": (
        *("AIEnergyScore/text_classification", "text", 512, None, FORWARD, 1000),
        *("stanfordnlp/sst2", "accuracy", "higher", 0.5),
    ),
    "sentence-similarity": (
        *("AIEnergyScore/sentence_similarity", "sentence1 sentence2", 128, None, FORWARD, 1000),
        *("mteb/stsbenchmark-sts", "Spearman", "higher", 0.1),
    ),
    "image-classification": (
        *("AIEnergyScore/image_classification", "image", None, None, FORWARD, 1000),
        *("ILSVRC/imagenet-1k", "top-1 accuracy", "higher", 0.001),
    ),
    "object-detection": (
        *("AIEnergyScore/object_detection", "image", None, None, FORWARD, 64),
        *("detection-datasets/coco", "mAP", "higher", 0.01),
    ),
    "automatic-speech-recognition": (
        *("AIEnergyScore/ASR", "audio", None, 448, GENERATE, 256),
        *("openslr/librispeech_asr", "WER", "lower", 1),
    ),
    "image-generation": (
        *("AIEnergyScore/image_generation", "prompt", 77, None, CALL, 64),
        *(None, "CLIP score", "higher", 0.15),
    ),
    "image-captioning": (
        *("AIEnergyScore/image_captioning", "image", None, 64, GENERATE, 256),
        *("nlphuji/flickr30k", "ROUGE-L", "higher", 0.02),
    ),
}


def said(task: Task) -> tuple[Any, ...]:
    quality = task.quality
    return (
        *(task.dataset.repo_id, " ".join(task.dataset.columns), task.input.tokens, task.output.tokens),
        *(task.phases, task.block, quality.dataset and quality.dataset.repo_id, quality.metric),
        *(quality.direction, quality.floor),
    )


def test_the_eleven_tasks_are_the_methods_table() -> None:
    assert {id: said(task) for id, task in catalogue.tasks().items()} == TASKS
    assert list(catalogue.tasks()) == list(TASKS), "display order"


def test_what_only_some_tasks_have() -> None:
    tasks = catalogue.tasks().values()
    assert [task.id for task in tasks if task.output.exact] == ["text-generation"]
    assert [task.id for task in tasks if task.classes] == ["text-generation", "reasoning"]
    assert [task.id for task in tasks if task.reasoning] == ["reasoning"]
    for task in tasks:
        assert task.engine == task.id
        assert task.explains == (("prefill", "decode") if "generate" in task.phases else ())
        assert task.libraries
        assert task.summary.endswith(".")
        assert task.dataset.revision is None or len(task.dataset.revision) == 40


def test_hardware_classes() -> None:
    classes = catalogue.hardware_classes()
    assert list(classes) == ["t4-16gb", "h100-sxm-80gb", "h100-pcie-80gb", "h100-nvl-94gb", "cpu"]
    gpus = {
        id: (each.gpu_name, each.memory_gb, each.power_limit_w, each.default_precision)
        for id, each in classes.items()
        if each.device is Device.CUDA
    }
    assert gpus == {
        "t4-16gb": ("Tesla T4", 16, 70, "fp16"),
        "h100-sxm-80gb": ("NVIDIA H100 80GB HBM3", 80, 700, "bf16"),
        "h100-pcie-80gb": ("NVIDIA H100 PCIe", 80, 350, "bf16"),
        "h100-nvl-94gb": ("NVIDIA H100 NVL", 94, 400, "bf16"),
    }
    assert classes["t4-16gb"].precisions == ("fp32", "fp16", "int8", "int4")
    assert classes["h100-sxm-80gb"].precisions == ("fp32", "bf16", "fp8", "int8", "int4")
    for each in classes.values():
        assert each.default_precision in each.precisions
        assert each.development == (each.device is Device.CPU)
        assert each.default_profile == ("quick" if each.development else "official")
        assert (each.watts_per_core is not None) == (each.device is Device.CPU)
        assert each.source
    assert classes["cpu"].gpus == 0
    rentals = {id: each.rental for id, each in classes.items() if each.rental is not None}
    assert {id: rental.currency for id, rental in rentals.items()} == {
        "t4-16gb": "USD",
        "h100-sxm-80gb": "USD",
    }
    assert all("check before use" in rental.source for rental in rentals.values())


def test_protocols() -> None:
    protocols = catalogue.protocols()
    assert {id: (each.batch, each.rated, each.available) for id, each in protocols.items()} == {
        "offline-b1": (1, True, True),
        "offline-b1-30-steps": (1, False, True),
        "offline-sweep": (None, False, True),
        "serving-b64": (64, True, True),
    }
    sweeps = {id: each.batches for id, each in protocols.items() if each.batches}
    assert sweeps == {"offline-sweep": (1, 2, 4, 8, 16, 32, 64)}


def test_profiles() -> None:
    official, quick = catalogue.profile("official"), catalogue.profile("quick")
    assert (official.starts, official.windows, official.window_s, official.idle_s) == (2, 3, 60, 60)
    assert (official.warmup_slice_s, official.warmup_tolerance, official.warmup_queries) == (10, 0.02, 10)
    assert official.block is None
    assert (quick.starts, quick.windows, quick.window_s, quick.idle_s) == (1, 3, 1, 2)
    assert (quick.warmup_tolerance, quick.warmup_queries, quick.block) == (None, 16, 16)


def test_editions() -> None:
    editions = catalogue.editions()
    assert {id: (each.rule, each.dated, each.stars_are) for id, each in editions.items()} == {
        "2026-11": (Rule.QUINTILE, date(2026, 11, 1), "ours"),
        "dev-2026-11": (Rule.QUINTILE, date(2026, 11, 1), "ours"),
        "mlenergy-v3": (Rule.QUINTILE, date(2026, 2, 16), "ours"),
        "aies-2025-12": (Rule.RANGE, date(2025, 12, 1), "ours"),
        "aies-2025-02": (Rule.RANGE, date(2025, 2, 1), "published"),
    }
    assert [id for id, each in editions.items() if each.development] == ["dev-2026-11"]
    for each in editions.values():
        assert each.status is (EditionStatus.FROZEN if each.reference else EditionStatus.OPEN)
        assert bool(each.reference_models) == (each.id == "2026-11")
        if each.source is not None:
            assert each.source.where and each.source.unit and each.source.terms and each.source.faults


@pytest.mark.parametrize(
    ("find", "known"),
    [
        (catalogue.task, "text-generation"),
        (catalogue.hardware, "t4-16gb"),
        (catalogue.protocol, "offline-b1"),
        (catalogue.profile, "quick"),
        (catalogue.edition, "mlenergy-v3"),
        (catalogue.task_hash, "reasoning"),
        (catalogue.content_hash_of_edition, "2026-11"),
        (catalogue.reference_rows, "aies-2025-02"),
    ],
)
def test_an_unknown_name_lists_the_known_ones(find: Callable[[str], object], known: str) -> None:
    assert find(known)
    with pytest.raises(UnknownName, match=known):
        find("nonsense")


def test_entries_are_read_once() -> None:
    assert catalogue.tasks() is catalogue.tasks()
    assert catalogue.editions() is catalogue.editions()


def test_a_task_has_its_own_hash() -> None:
    assert len({catalogue.task_hash(id) for id in catalogue.tasks()}) == 11


@pytest.mark.parametrize(
    ("kind", "id", "edition", "title"),
    [
        ("task", "text-generation", None, "Text generation"),
        ("task", "question-answering", "aies-2025-02", "Question answering"),
        ("task", "gpqa", "mlenergy-v3", "GPQA (reasoning)"),
        ("task", "gpqa", None, "GPQA (reasoning)"),
        ("hardware", "cpu", None, "CPU (development)"),
        ("hardware", "aies-h100-80gb", "aies-2025-12", "NVIDIA H100 80 GB (AI Energy Score)"),
        ("hardware", "mlenergy-b200", None, "NVIDIA B200 (ML.ENERGY)"),
        ("protocol", "offline-b1", "2026-11", "Batch size 1"),
        ("protocol", "mlenergy-steady", "mlenergy-v3", "ML.ENERGY steady state"),
        ("protocol", "from-the-future", None, "from-the-future"),
        ("hardware", "cpu", "an-edition-of-another-year", "CPU (development)"),
    ],
)
def test_titles(kind: Any, id: str, edition: str | None, title: str) -> None:
    assert catalogue.title_of(kind, id, edition) == title


def test_every_id_of_the_reference_rows_has_words() -> None:
    for edition in catalogue.editions().values():
        if edition.reference:
            for row in catalogue.reference_rows(edition.id):
                for kind, id in (("task", row.task), ("hardware", row.hardware), ("protocol", row.protocol)):
                    assert catalogue.title_of(kind, id, edition.id) != id  # type: ignore[arg-type]
