"""The runs that show every task: which model, told how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """One run to be shown."""

    task: str
    model: str
    title: str = "default"
    options: tuple[str, ...] = ()
    """Words of `python -m runners plan` besides."""
    random: bool = True
    """Whether the model has random weights, which may fall below the floor of quality."""

    @property
    def name(self) -> str:
        """A file's name, and what `--only` looks at."""
        return f"{self.task}-{self.model.split('/')[1]}-{self.title}".replace(" ", "-").replace(".", "-")

    @property
    def words(self) -> tuple[str, ...]:
        return ("--task", self.task, "--model", self.model, *self.options)


VARIANTS = (
    Variant("text-generation", "starwatt-demo/llama-tiny"),
    Variant("reasoning", "starwatt-demo/qwen3-tiny"),
    Variant("sentence-similarity", "sentence-transformers/all-MiniLM-L6-v2", random=False),
    Variant("image-classification", "starwatt-demo/efficientnet-lite0", random=False),
    Variant("automatic-speech-recognition", "openai/whisper-tiny.en", random=False),
)
