"""Text generation: continue a text, greedily, by exactly as many tokens as the task says (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from runners.bench.tasks import Answer, LoadingFailed
from runners.bench.tasks.loading import OnDevice, check_context, check_dtype, check_weights, dtype_of
from runners.bench.wire import Load


class TextGeneration(OnDevice):
    """Phases: `preprocess` (text → token ids) and `generate` (token ids → exactly n more), batch 1."""

    phases: tuple[str, ...] = ("preprocess", "generate")
    unused_weights: tuple[str, ...] = ()

    def __init__(self, load: Load, rows: Sequence[Sequence[str]]) -> None:
        if load.output_tokens is None or load.max_input_tokens is None:
            raise LoadingFailed("data", "A plan for text generation says how many tokens go in and out.")
        dtype = dtype_of(load.precision)
        self._cap, self._new = load.max_input_tokens, load.output_tokens
        self._tokenizer = AutoTokenizer.from_pretrained(
            load.folder, local_files_only=True, trust_remote_code=False
        )
        model, info = AutoModelForCausalLM.from_pretrained(
            load.folder,
            dtype=dtype,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
        )
        check_weights(info["missing_keys"], info["unexpected_keys"], info["mismatched_keys"])
        self.dtype = check_dtype(model, dtype)
        self.architecture = type(model).__name__
        super().__init__(load.device, model)
        self._texts = [" ".join(row) for row in rows]
        self._inputs = [self._tokenise(text) for text in self._texts]
        self.longest_input = max(len(ids) for ids in self._inputs)
        check_context(model.config.get_text_config(), self.longest_input, self._new)
        # The model's own generation config may sample or use beams; everybody is greedy here.
        own = model.generation_config
        eos = own.eos_token_id
        model.generation_config = GenerationConfig(
            min_new_tokens=self._new,
            max_new_tokens=self._new,
            do_sample=False,
            num_beams=1,
            use_cache=True,
            bos_token_id=own.bos_token_id,
            eos_token_id=eos,
            pad_token_id=eos[0] if isinstance(eos, list) else (0 if eos is None else eos),
        )
        self._generator: Any = model.to(self._device).eval()

    def run(self, phase: str, query: int) -> Answer:
        if phase == "preprocess":
            ids = self._tokenise(self._texts[query])
            return Answer(len(ids), 0, bool(ids))
        ids = self._inputs[query]
        with torch.inference_mode():
            tensor = torch.tensor([ids], device=self._device)
            written = self._generator.generate(tensor, attention_mask=torch.ones_like(tensor))
        new = written[0, len(ids) :].tolist()
        return Answer(len(ids), len(new), len(new) == self._new)

    def _tokenise(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, truncation=True, max_length=self._cap)["input_ids"]
        if not ids:
            raise LoadingFailed("data", "The tokenizer makes no token of one of the task's texts.")
        return ids
