"""Tokenizer files for the tiny models, made of the vocabularies that the larger ones have too."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from ..texts import sentences
from ..vocabulary import BPE_SIZE, BPE_SPECIAL, as_json, bpe_files

PAD, BEGIN, END = 0, 1, 2
"""Ids of the first special tokens of the byte-pair vocabulary."""
CLIP_SIZE = 768
CLIP_BEGIN, CLIP_END = 0, 1
CLIP_TOKENS = 77
LETTERS = ("<pad>", "<s>", "</s>", "<unk>", "|", *"etaonihsrdlumwcfgypbvk'xjqz".upper())


def byte_pairs(*, begin: bool, end: bool, longest: int, forward: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Byte pairs without a conversation template, for encoders and decoders.

    Args:
        begin, end: whether a text gets the special token at that side.
        longest: tokens of the longest text.
        forward: what the model's `forward` takes; empty: ids and attention mask.
    """
    from tokenizers import Tokenizer, processors

    files = bpe_files("")
    tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode())
    around = [BPE_SPECIAL[BEGIN]] * begin, [BPE_SPECIAL[END]] * end
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[*around[0], "$A", *around[1]],
        special_tokens=[(BPE_SPECIAL[number], number) for number in (BEGIN, END)],
    )
    settings = json.loads(files["tokenizer_config.json"]) | {
        "model_max_length": longest,
        "model_input_names": list(forward or ("input_ids", "attention_mask")),
    }
    return {"tokenizer.json": tokenizer.to_str().encode(), "tokenizer_config.json": as_json(settings)}


def conversation(template: str) -> dict[str, bytes]:
    """Byte pairs with a conversation template."""
    return bpe_files(template)


@cache
def clip_files() -> dict[str, bytes]:
    """The tokenizer of CLIP's own kind: lower case, words that end in `</w>`."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    special = ["<|startoftext|>", "<|endoftext|>"]
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Lowercase()
    words = pre_tokenizers.Split(Regex(r"\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"), "removed", invert=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        # The trainer knows each byte inside a word only; the ends of words are put in below.
        vocab_size=CLIP_SIZE - len(alphabet),
        special_tokens=special,
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences(), trainer)
    model: dict[str, Any] = json.loads(tokenizer.to_str())["model"]
    vocabulary: dict[str, int] = model["vocab"]
    for byte in alphabet:
        vocabulary.setdefault(byte + "</w>", len(vocabulary))
    merges = [" ".join(pair) for pair in model["merges"]]
    settings = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": CLIP_TOKENS,
        "bos_token": special[0],
        "eos_token": special[1],
        "pad_token": special[1],
        "unk_token": special[1],
    }
    return {
        "vocab.json": as_json(vocabulary),
        "merges.txt": ("#version: 0.2\n" + "\n".join(merges) + "\n").encode(),
        "tokenizer_config.json": as_json(settings),
    }


def letters() -> dict[str, bytes]:
    """The tokenizer of a model that spells: capitals, and a bar between words."""
    settings = {
        "tokenizer_class": "Wav2Vec2CTCTokenizer",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "word_delimiter_token": "|",
        "do_lower_case": False,
    }
    return {
        "vocab.json": as_json({letter: number for number, letter in enumerate(LETTERS)}),
        "tokenizer_config.json": as_json(settings),
    }


__all__ = [
    "BEGIN",
    "BPE_SIZE",
    "END",
    "LETTERS",
    "PAD",
    "byte_pairs",
    "clip_files",
    "conversation",
    "letters",
]
