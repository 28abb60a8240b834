"""The bare limit of a harness: its queries in a loop that nobody watches, in the harness's own environment.

`PYTHON bare.py TOLD.json` says how long one pass took, once the model is warm. No import of ours: it runs
with whatever version of transformers the harness needs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    """Load, warm up, run one pass."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    told = json.loads(Path(sys.argv[1]).read_text())
    tokenizer: Any = AutoTokenizer.from_pretrained(told["model"])
    model: Any = AutoModelForCausalLM.from_pretrained(told["model"]).eval()

    def ids(text: str) -> Any:
        return tokenizer(text, return_tensors="pt", truncation=True)["input_ids"]

    def generate(tensor: Any) -> None:
        with torch.inference_mode():
            written = model.generate(tensor, attention_mask=torch.ones_like(tensor), **told["generate"])
        if told["tokenises"]:
            tokenizer.decode(written[0], skip_special_tokens=True)

    tokenised = [ids(text) for text in told["texts"]]
    for tensor in tokenised[:2]:
        generate(tensor)
    began_s = time.monotonic()
    for text, tensor in zip(told["texts"], tokenised, strict=True):
        generate(ids(text) if told["tokenises"] else tensor)
    seconds = time.monotonic() - began_s
    longest = max(tensor.shape[1] for tensor in tokenised)
    print(json.dumps({"seconds": seconds, "longest": longest}), file=answer, flush=True)


if __name__ == "__main__":
    main()
