"""The model that scores images against their prompts (METHOD §2): cosine of CLIP's two vectors."""

from __future__ import annotations

import torch
from PIL import Image
from transformers import CLIPModel

from runners.bench.engines.loading import check_weights
from runners.bench.engines.transformers import LOCAL, load_image_processor, load_tokenizer


class ClipJudge:
    """A CLIP in fp32 on the pipeline's device."""

    def __init__(self, folder: str, device: torch.device) -> None:
        """
        Raises:
            LoadingFailed: a weight is missing or left over.
        """
        model, info = CLIPModel.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **LOCAL
        )
        check_weights(info["missing_keys"], info["unexpected_keys"], info["mismatched_keys"])
        self._model, self._device = model.to(device).eval(), device
        self._images, self._texts = load_image_processor(folder), load_tokenizer(folder)

    def score(self, image: Image.Image, text: str) -> float:
        """Cosine of image and text, −1 to 1."""
        pixels = self._images(image, return_tensors="pt")["pixel_values"]
        most = self._model.config.text_config.max_position_embeddings
        ids = self._texts(text, truncation=True, max_length=most, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            out = self._model(input_ids=ids.to(self._device), pixel_values=pixels.to(self._device))
        return float(torch.nn.functional.cosine_similarity(out.image_embeds, out.text_embeds).item())
