"""Twenty ratings of very different names and figures: what every drawing of labels is looked at with."""

from __future__ import annotations

from datetime import date
from typing import Any

from leaderboard.domain import EditionStatus, Provenance
from leaderboard.publish.labels import Scale, Statement
from leaderboard.standing import Standing, standing_of
from tests import builders

BASE = "https://org-name-starwatt.hf.space"
LONG = "a-rather-long-organisation/" + "Instruct-GPTQ-Int4-128g-".join(("Model-7.5B-", "v0.1-", "final"))


def statement(model: str = "org/name", **fields: Any) -> Statement:
    """A measured row of the public edition, with a scale from 0.05 to 0.5 unless told otherwise."""
    edition = fields.pop("into", None) or builders.edition("2026-11", title="November 2026")
    scale = fields.pop("scale", Scale(0.05, 0.5))
    standing = fields.pop("standing", Standing())
    base = fields.pop("base", BASE)
    defaults: dict[str, Any] = {
        "edition": edition.id,
        "hardware": "t4-16gb",
        "provenance": Provenance.MEASURED,
        "development": False,
        "precision": "fp16",
    }
    rating = builders.rating(model, **{**defaults, **fields})
    return Statement(rating, edition, f"{base}/r/{rating.id}", scale, standing)


def ranged(low: float, high: float, fewest: int, most: int) -> dict[str, Any]:
    return {"energy_low": low, "energy_high": high, "stars_low": fewest, "stars_high": most}


def cases() -> dict[str, Statement]:
    """Name of what is special → the statement."""
    sheet = {"task": "text-generation", "model_class": "A", "cell_size": 42, "hardware": "h100-sxm-80gb"}
    wide = Scale(0.8, 4200.0)
    dev = builders.edition("dev-2026-11", title="Development, November 2026")
    aies = builders.edition("aies-2025-02", title="AI Energy Score, February 2025", dated=date(2025, 2, 1))
    old = builders.edition("2026-05", title="May 2026", status=EditionStatus.SUPERSEDED)
    withdrawn = builders.notice("x", kind="withdrawn", reason="The board's power limit had been lowered.")
    disputed = builders.notice("x", kind="disputed", reason="The makers measured half of it.")
    return {
        "plain": statement(
            "meta-llama/Llama-3.1-8B-Instruct",
            **{**sheet, "energy_wh_per_1000": 212.4, "stars": 3, "scale": wide, "precision": "bf16"},
            **ranged(201.0, 224.0, 3, 3),
        ),
        "range": statement(
            "Qwen/Qwen3-4B",
            **{**sheet, "energy_wh_per_1000": 48.21, "stars": 4, "scale": wide, "precision": "bf16"},
            **ranged(39.9, 58.0, 3, 4),
        ),
        "five": statement(energy_wh_per_1000=0.05, stars=5, **ranged(0.0492, 0.0508, 5, 5)),
        "one": statement("org/hungry", energy_wh_per_1000=0.5, stars=1),
        "96 characters": statement((LONG + "-" + "x" * 96)[:96], **ranged(0.12, 0.16, 2, 4)),
        "96 without joints": statement("o" * 40 + "/" + "W" * 55),
        "192 characters": statement("Q" * 96 + "/" + "m" * 96),
        "one letter": statement("a/b"),
        "no organisation": statement("gpt2"),
        "Chinese": statement("智谱清言研究院/大型语言模型第三代基础版本七十亿参数"),
        "Arabic": statement("مختبر/نموذج اللغة العربية الكبير"),
        "Hebrew": statement("מעבדה/מודל שפה גדול 7B"),
        "emoji": statement("🦙🦙/⚡ model 🚀 v2 <b>&amp;"),
        "tiny": statement(energy_wh_per_1000=0.00002841, stars=5, scale=Scale(0.00001, 900.0)),
        "huge": statement(
            "org/video", energy_wh_per_1000=26_819_640.0, stars=2, scale=Scale(1.0, 88_000_000.0)
        ),
        "no stars": statement(stars=None, not_rated="not rated (7 of 10 reference models)", scale=None),
        "superseded": statement(into=old, standing=standing_of(old, ())),
        "withdrawn": statement(standing=standing_of(aies, [withdrawn])),
        "disputed": statement(standing=standing_of(aies, [disputed]), **ranged(0.13, 0.15, 3, 3)),
        "reference": statement(
            "google/gemma-3-1b-pt",
            into=aies,
            task="automatic-speech-recognition",
            hardware="aies-h100-80gb",
            protocol="aies-b1",
            precision=None,
            provenance=Provenance.REFERENCE,
            measured_at=None,
        ),
        "development": statement(
            into=dev,
            development=True,
            provenance=Provenance.ESTIMATED,
            hardware="cpu",
            **ranged(0.13, 0.15, 3, 3),
        ),
        "outside its scale": statement(energy_wh_per_1000=2.0, stars=1, **ranged(1.9, 2.1, 1, 1)),
        "reasoning": statement(
            task="reasoning",
            reasoning="on",
            model_class="B",
            hardware="h100-sxm-80gb",
            protocol="serving-b64",
        ),
        "configuration": statement(configuration="batch 8 · fp16", precision="fp16"),
        "long configuration": statement(
            configuration="8 GPUs · batch 1024 · TP 4 · DP 2 · EP 8 · fp8", protocol="serving-b64"
        ),
        "long address": statement(base="https://a-much-longer-organisation-name-starwatt-energy.hf.space"),
    }
