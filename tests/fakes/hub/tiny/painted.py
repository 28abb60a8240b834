"""A tiny pipeline that paints: Stable Diffusion at 64 pixels, in the folders that diffusers reads."""

from __future__ import annotations

import json

from ..vocabulary import as_json
from .parts import Tiny, saved, seeded
from .tokens import CLIP_BEGIN, CLIP_END, CLIP_SIZE, CLIP_TOKENS, clip_files

SIDE = 64
_SCALE = 8
"""Pixels of an image to one of the latent image."""
_WIDTH = 32


def stable_diffusion() -> dict[str, bytes]:
    """Text encoder, denoiser, decoder and schedule; no safety checker."""
    import diffusers
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    text = CLIPTextConfig(
        vocab_size=CLIP_SIZE,
        hidden_size=_WIDTH,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=CLIP_TOKENS,
        bos_token_id=CLIP_BEGIN,
        eos_token_id=CLIP_END,
        pad_token_id=CLIP_END,
    )
    unet = seeded(
        lambda shape: UNet2DConditionModel(**shape),
        {
            "sample_size": SIDE // _SCALE,
            # One level and no middle: a picture takes a hundred passes, and each layer counts in them.
            "block_out_channels": (16,),
            "layers_per_block": 1,
            "down_block_types": ("CrossAttnDownBlock2D",),
            "mid_block_type": None,
            "up_block_types": ("CrossAttnUpBlock2D",),
            "cross_attention_dim": _WIDTH,
            "attention_head_dim": 2,
            "norm_num_groups": 8,
        },
    )
    vae = seeded(
        lambda shape: AutoencoderKL(**shape),
        {
            "sample_size": SIDE,
            "block_out_channels": (8, 8, 8, 8),
            "layers_per_block": 1,
            "down_block_types": ("DownEncoderBlock2D",) * 4,
            "up_block_types": ("UpDecoderBlock2D",) * 4,
            "norm_num_groups": 4,
        },
    )
    schedule = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": diffusers.__version__,
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    parts = {
        "text_encoder": saved(seeded(CLIPTextModel, text)),
        "unet": saved(unet),
        "vae": saved(vae),
        "scheduler": saved(schedule),
        "tokenizer": clip_files(),
    }
    files = {f"{part}/{name}": content for part, found in parts.items() for name, content in found.items()}
    for name in ("unet/config.json", "vae/config.json"):
        # Where it was saved from is a folder that is gone, with another name each time.
        told = json.loads(files[name])
        told.pop("_name_or_path", None)
        files[name] = as_json(told)
    return {**files, "model_index.json": as_json(index)}


PAINTED = (
    Tiny(
        "stable-diffusion-tiny",
        "text-to-image",
        "StableDiffusionPipeline",
        "A Stable Diffusion pipeline that paints images of 64 pixels, without a safety checker.",
        stable_diffusion,
        library="diffusers",
    ),
)
"""Models for image generation."""
