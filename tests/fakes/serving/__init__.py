"""A small OpenAI-compatible server that really generates on the CPU, many requests in one batch.

`Serving` runs it inside a test, over loopback; `python -m tests.fakes.serving serve MODEL …` takes the
arguments of `vllm serve` that the runner gives. It can be told to misbehave, and can drive a simulated card.
"""

from tests.fakes.serving.batching import Batcher
from tests.fakes.serving.engines import Counting, Engine, TinyModel
from tests.fakes.serving.server import Habits, Serving

__all__ = ["Batcher", "Counting", "Engine", "Habits", "Serving", "TinyModel"]
