"""In the place of `vllm serve`: `python -m tests.fakes.serving serve MODEL --uds PATH --max-num-seqs B …`."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.fakes.card import Card
from tests.fakes.serving import Counting, Engine, Serving, TinyModel

W_PER_SEQUENCE = 5.5
"""What each sequence of the batch draws, watts."""


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.fakes.serving")
    parser.add_argument("--counting", action="store_true", help="write numbers, without a model")
    parser.add_argument("--dies-at", type=int, help="with so many at once, end with an error instead")
    parser.add_argument("--card", type=Path, help="a simulated card, whose power follows the batch")
    parser.add_argument("word", choices=["serve"])
    parser.add_argument("model", type=Path)
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--uds", required=True)
    parser.add_argument("--max-num-seqs", type=int, required=True)
    parser.add_argument("--no-enable-prefix-caching", action="store_true", required=True)
    for name in ("dtype", "seed", "load-format", "generation-config", "max-model-len"):
        parser.add_argument(f"--{name}")
    given = parser.parse_args()
    if given.dies_at == given.max_num_seqs:
        print("torch.OutOfMemoryError: CUDA out of memory", file=sys.stderr)
        return 1
    engine: Engine = Counting(0.004) if given.counting else TinyModel(given.model)
    # uvicorn ends on this signal, and then raises it again.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with ExitStack() as stack:
        changed: Callable[[int], object] = lambda _: None  # noqa: E731  nothing follows the batch
        if given.card is not None:
            card = stack.enter_context(Card(given.card, another_holds_it=True))
            changed = partial(_draw, card)
        served = Serving(
            engine,
            given.max_num_seqs,
            model=given.served_model_name,
            batch_changed=changed,
            uds=given.uds,
        )
        served.serve()
        print(f"written {len(served.batcher.written)} tokens", flush=True)
    return 0


def _draw(card: Card, batch: int) -> None:
    card.power(card.boards[0].idle_w + W_PER_SEQUENCE * batch)


if __name__ == "__main__":
    sys.exit(main())
