"""Models and processors of transformers: safetensors only, no code of the repository, every weight there."""

from __future__ import annotations

from typing import Any, NamedTuple

from transformers import AutoImageProcessor, AutoTokenizer, GenerationConfig

from runners.bench.engines import LoadingFailed
from runners.bench.engines.loading import check_dtype, check_weights, dtype_of
from runners.bench.wire import Load

LOCAL = {"local_files_only": True, "trust_remote_code": False}


class Loaded(NamedTuple):
    """A model that is what it was published as."""

    model: Any
    """A `PreTrainedModel` in evaluation mode, on its device."""
    architecture: str
    dtype: str
    kept_fp32: tuple[str, ...]
    params: int | None
    """As the model counts them; None where its files say it."""


def load_model(auto: Any, load: Load, **settings: Any) -> Loaded:
    """Load a checkpoint with one of the Auto classes.

    Args:
        auto: `AutoModelFor…`.

    Raises:
        LoadingFailed: a weight is missing, left over or of another shape, or the dtype is not the plan's.
    """
    dtype = dtype_of(load.precision)
    # A quantised checkpoint says itself how its weights lie, and must be placed while it is loaded.
    how = {"dtype": "auto", "device_map": load.device.value} if dtype is None else {"dtype": dtype}
    model, info = auto.from_pretrained(
        load.folder, use_safetensors=True, output_loading_info=True, **how, **LOCAL, **settings
    )
    check_weights(info["missing_keys"], info["unexpected_keys"], info["mismatched_keys"])
    published = tuple(model.config.architectures or ())
    architecture = type(model).__name__
    if published and architecture not in published:
        raise LoadingFailed(
            "weights",
            f"The model was published as {', '.join(published)} and is loaded as {architecture}: "
            "its head would not be its own.",
        )
    kept = {*(model._keep_in_fp32_modules or ()), *(model._keep_in_fp32_modules_strict or ())}
    found, held = check_dtype(model, load.precision, kept)
    if dtype is not None:
        model = model.to(load.device.value)
    params = model.num_parameters() if dtype is None else None
    return Loaded(model.eval(), architecture, found, held, params)


def load_tokenizer(folder: str) -> Any:
    """The checkpoint's own tokenizer."""
    return AutoTokenizer.from_pretrained(folder, **LOCAL)


def load_image_processor(folder: str) -> Any:
    """The checkpoint's own image processor, with the backend that every machine has."""
    return AutoImageProcessor.from_pretrained(folder, backend="pil", **LOCAL)


def greedy(model: Any, *, at_least: int | None, at_most: int) -> GenerationConfig:
    """Everybody writes greedily, whatever the checkpoint's own config would do: no sampling, no beams, no
    penalties. What the architecture needs to begin and end at all is kept.

    Args:
        at_least: tokens before the end of sequence is allowed; None: any moment.
        at_most: tokens after which it stops.
    """
    own = model.generation_config
    eos = own.eos_token_id
    pad = own.pad_token_id
    if pad is None:
        pad = eos[0] if isinstance(eos, list) else (0 if eos is None else eos)
    return GenerationConfig(
        min_new_tokens=at_least,
        max_new_tokens=at_most,
        do_sample=False,
        num_beams=1,
        use_cache=True,
        bos_token_id=own.bos_token_id,
        eos_token_id=eos,
        pad_token_id=pad,
        decoder_start_token_id=own.decoder_start_token_id,
        forced_bos_token_id=own.forced_bos_token_id,
    )


def ends(config: GenerationConfig) -> frozenset[int]:
    """The tokens that end a sequence."""
    eos = config.eos_token_id
    return frozenset(eos if isinstance(eos, list) else [] if eos is None else [eos])
