"""The runs that show every task: which model, told how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """One run to be shown."""

    task: str
    model: str
    title: str
    options: tuple[str, ...] = ()
    """Words of `python -m runners plan` besides."""
    random: bool = True
    """Whether the model has random weights, which may fall below the floor of quality."""
    slow: bool = False
    """Whether it takes minutes: not among those that are run unless they are asked for."""

    @property
    def name(self) -> str:
        """A file's name, and what `--only` looks at."""
        return f"{self.task}-{self.title}".replace(" ", "-").replace(".", "-").replace(",", "")

    @property
    def words(self) -> tuple[str, ...]:
        # A CPU computes in fp32 several times as fast as in the card's own bf16.
        precision = () if "--precision" in self.options else ("--precision", "fp32")
        return ("--task", self.task, "--model", self.model, *precision, *self.options)


_DEMO = "starwatt-demo/"
# The longest first, so that no lane waits long for the other.
VARIANTS = (
    Variant(
        "automatic-speech-recognition", "openai/whisper-tiny.en", "Whisper tiny.en", random=False, slow=True
    ),
    Variant("automatic-speech-recognition", f"{_DEMO}whisper-tiny", "Whisper"),
    Variant("image-generation", f"{_DEMO}stable-diffusion-tiny", "recommended steps"),
    Variant(
        "image-generation",
        f"{_DEMO}stable-diffusion-tiny",
        "30 steps",
        ("--protocol", "offline-b1-30-steps"),
    ),
    Variant("text-generation", f"{_DEMO}llama-tiny-bnb8", "int8", ("--precision", "int8")),
    Variant("object-detection", f"{_DEMO}yolos-tiny", "YOLOS"),
    Variant("text-generation", f"{_DEMO}llama-tiny", "Llama"),
    Variant("text-generation", f"{_DEMO}qwen3-moe-tiny", "mixture of experts"),
    Variant("text-generation", f"{_DEMO}llama-tiny-bnb4", "int4", ("--precision", "int4")),
    Variant("reasoning", f"{_DEMO}qwen3-thinking-tiny", "off by template"),
    Variant("reasoning", f"{_DEMO}qwen3-thinking-tiny", "on by template", ("--reasoning", "on")),
    Variant("reasoning", f"{_DEMO}llama-no-think-tiny", "off by system prompt"),
    Variant("reasoning", f"{_DEMO}llama-no-think-tiny", "on by system prompt", ("--reasoning", "on")),
    Variant("reasoning", f"{_DEMO}llama-always-thinks-tiny", "off by prefix"),
    Variant("summarization", f"{_DEMO}bart-tiny", "BART"),
    Variant("summarization", f"{_DEMO}t5-tiny", "T5"),
    Variant("question-answering", f"{_DEMO}bert-answers-tiny", "BERT"),
    Variant("text-classification", f"{_DEMO}distilbert-sentiment-tiny", "labels match"),
    Variant("text-classification", f"{_DEMO}distilbert-emotions-tiny", "labels differ"),
    Variant("sentence-similarity", "sentence-transformers/all-MiniLM-L6-v2", "MiniLM", random=False),
    Variant("image-classification", f"{_DEMO}efficientnet-lite0", "EfficientNet-Lite0", random=False),
    Variant("automatic-speech-recognition", f"{_DEMO}wav2vec2-tiny", "wav2vec 2.0"),
    Variant("image-captioning", f"{_DEMO}blip-tiny", "BLIP"),
    Variant("image-captioning", f"{_DEMO}vit-gpt2-tiny", "ViT and GPT-2"),
)
