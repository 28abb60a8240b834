"""Tiny models that see: labels, boxes and captions for images, and the judge of painted ones."""

from __future__ import annotations

from typing import Any

from ..vocabulary import as_json, wordpiece_files, wordpieces
from .coco import COCO
from .parts import SEED, Tiny, ends_by_position, saved, seeded
from .tokens import (
    BEGIN,
    BPE_SIZE,
    CLIP_BEGIN,
    CLIP_END,
    CLIP_SIZE,
    CLIP_TOKENS,
    END,
    PAD,
    byte_pairs,
    clip_files,
)

SIDE = 32
"""Pixels of an image's side, but for detection."""
DETECTED_SIDE = 64
THINGS = ("cat", "dog", "teapot", "bicycle", "lighthouse", "mushroom", "violin", "volcano", "zebra", "acorn")
_EYE: dict[str, Any] = {
    "image_size": SIDE,
    "patch_size": 8,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "initializer_range": 0.2,
}


def vit(labels: tuple[str, ...] = THINGS) -> dict[str, bytes]:
    """ViT with these labels."""
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(
        **_EYE,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    return {**saved(seeded(ViTForImageClassification, config)), **_processor("ViTImageProcessor")}


def yolos() -> dict[str, bytes]:
    """YOLOS with the names of COCO, numbered as there."""
    import torch
    from transformers import YolosConfig, YolosForObjectDetection

    config = YolosConfig(
        **_EYE | {"image_size": [DETECTED_SIDE, DETECTED_SIDE], "patch_size": 16},
        num_detection_tokens=20,
        id2label=dict(enumerate(COCO)),
        label2id={name: number for number, name in enumerate(COCO)},
    )
    model = seeded(YolosForObjectDetection, config)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        # They are drawn as zeros, all alike; training would tell them apart.
        torch.manual_seed(SEED)
        model.vit.embeddings.detection_tokens.normal_(std=2.0)
    size = {"shortest_edge": DETECTED_SIDE, "longest_edge": 2 * DETECTED_SIDE}
    return {
        **saved(model),
        **_processor("YolosImageProcessor", size=size, do_pad=True, format="coco_detection"),
    }


def clip() -> dict[str, bytes]:
    """CLIP: an image's and a text's vector in one space."""
    from transformers import CLIPConfig, CLIPModel

    eye = _EYE | {"patch_size": 16}
    text = {
        "vocab_size": CLIP_SIZE,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": CLIP_TOKENS,
        "bos_token_id": CLIP_BEGIN,
        "eos_token_id": CLIP_END,
        "pad_token_id": CLIP_END,
    }
    config = CLIPConfig(text_config=text, vision_config=eye, projection_dim=16, initializer_factor=5.0)
    sides = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
    return {
        **saved(seeded(CLIPModel, config)),
        **clip_files(),
        **_processor("CLIPImageProcessor", do_center_crop=True, do_convert_rgb=True, **sides),
    }


def blip() -> dict[str, bytes]:
    """BLIP, which writes captions in word pieces; they end at [SEP]."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration

    pieces = wordpieces()
    separator = pieces.index("[SEP]")
    text = {
        "vocab_size": len(pieces),
        "hidden_size": 32,
        "encoder_hidden_size": 32,
        "intermediate_size": 64,
        "projection_dim": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 128,
        "initializer_range": 0.12,
        "bos_token_id": pieces.index("[CLS]"),
        "eos_token_id": separator,
        "sep_token_id": separator,
        "pad_token_id": pieces.index("[PAD]"),
    }
    config = BlipConfig(text_config=text, vision_config=_EYE, projection_dim=16, image_text_hidden_size=16)
    model = seeded(BlipForConditionalGeneration, config)
    words = model.text_decoder.bert.embeddings
    with torch.no_grad():
        # The layer before its head would turn what leans to the end elsewhere: it lets all through as it is
        # (GELU is nearly straight round 3, and the normalisation behind it takes the 3 out again).
        before = model.text_decoder.cls.predictions.transform.dense
        before.weight.copy_(torch.eye(32))
        before.bias.fill_(3.0)
    ends_by_position(words.position_embeddings.weight, words.word_embeddings.weight[separator], first=6)
    return {
        **saved(model),
        **wordpiece_files(),
        **_processor("BlipImageProcessor", do_convert_rgb=True),
        "processor_config.json": as_json({"processor_class": "BlipProcessor"}),
    }


def vit_gpt2() -> dict[str, bytes]:
    """A ViT that a GPT-2 puts into words."""
    from transformers import GPT2Config, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig

    words = GPT2Config(
        vocab_size=BPE_SIZE,
        n_embd=32,
        n_layer=1,
        n_head=2,
        n_positions=128,
        is_decoder=True,
        add_cross_attention=True,
        initializer_range=0.2,
        bos_token_id=BEGIN,
        eos_token_id=END,
        pad_token_id=PAD,
    )
    config = VisionEncoderDecoderConfig(
        encoder=ViTConfig(**_EYE).to_dict(),
        decoder=words.to_dict(),
        decoder_start_token_id=BEGIN,
        bos_token_id=BEGIN,
        eos_token_id=END,
        pad_token_id=PAD,
        tie_word_embeddings=False,
    )
    model = seeded(lambda config: VisionEncoderDecoderModel(config=config), config)
    words = model.decoder.transformer
    ends_by_position(words.wpe.weight, words.wte.weight[END], first=6)
    return {
        **saved(model),
        **byte_pairs(begin=False, end=False, longest=128),
        **_processor("ViTImageProcessor"),
    }


def _processor(kind: str, **more: Any) -> dict[str, bytes]:
    settings = {
        "image_processor_type": kind,
        "do_resize": True,
        "size": {"height": SIDE, "width": SIDE},
        "resample": 2,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    return {"preprocessor_config.json": as_json(settings | more)}


SEEN = (
    Tiny(
        "vit-tiny",
        "image-classification",
        "AutoModelForImageClassification",
        "A ViT of two layers for images of 32 pixels, with ten labels that are not ImageNet's.",
        vit,
    ),
    Tiny(
        "yolos-tiny",
        "object-detection",
        "AutoModelForObjectDetection",
        "A YOLOS of two layers with twenty boxes for an image and COCO's names for them.",
        yolos,
    ),
    Tiny(
        "blip-tiny",
        "image-to-text",
        "AutoModelForImageTextToText",
        "A BLIP of two layers that see and one that writes; its captions end after some words.",
        blip,
    ),
    Tiny(
        "vit-gpt2-tiny",
        "image-to-text",
        "AutoModelForImageTextToText",
        "A ViT of two layers with a GPT-2 of one; its captions end after some words.",
        vit_gpt2,
    ),
    Tiny(
        "clip-vit-base-patch16",
        "zero-shot-image-classification",
        "AutoModel",
        "A stand-in for the model of this name, with its files' layout and not one of its weights.",
        clip,
        org="openai",
    ),
)
"""Models for the tasks that see an image."""
