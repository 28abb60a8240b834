"""Tokenizers built on the spot from the text that every Python carries: the same each time."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from functools import cache
from pydoc_data.topics import topics

from .texts import sentences

WORDPIECE_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
BPE_SPECIAL = ("<|pad|>", "<|begin|>", "<|end|>", "<|im_start|>", "<|im_end|>")
BPE_SIZE = 1024
MAX_TOKENS = 512
"""Of the encoders."""
CONTEXT = 2048
"""Of the generators: the longest prompt a task allows, what is to be written after it, and room to spare."""


@cache
def wordpieces() -> tuple[str, ...]:
    """A WordPiece vocabulary: special tokens, characters, frequent words, frequent inner pieces."""
    words = Counter(re.findall(r"[a-z]+", " ".join(topics.values()).lower()))
    frequent = [word for word, count in sorted(words.items(), key=_by_count) if count >= 2 and len(word) > 1]
    pieces: Counter[str] = Counter()
    for word, count in words.items():
        for start in range(1, len(word)):
            for end in range(start + 2, min(start + 6, len(word) + 1)):
                pieces["##" + word[start:end]] += count
    inner = [piece for piece, _ in sorted(pieces.items(), key=_by_count)[:1500]]
    letters = string.ascii_lowercase + string.digits
    characters = [*letters, *string.punctuation, *"–—‘’“”…×é"]
    continued = ["##" + character for character in letters]
    return tuple(dict.fromkeys([*WORDPIECE_SPECIAL, *characters, *continued, *frequent, *inner]))


def _by_count(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


@cache
def wordpiece_files() -> dict[str, bytes]:
    """The tokenizer files of a BERT-type model."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    ids = {piece: number for number, piece in enumerate(wordpieces())}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    tokenizer.add_special_tokens(list(WORDPIECE_SPECIAL))
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": MAX_TOKENS}
    return {
        "tokenizer.json": tokenizer.to_str().encode(),
        "vocab.txt": ("\n".join(wordpieces()) + "\n").encode(),
        "tokenizer_config.json": as_json(settings | dict(zip(names, WORDPIECE_SPECIAL, strict=True))),
    }


@cache
def bpe_files(chat_template: str) -> dict[str, bytes]:
    """The tokenizer files of a text-generation model; `BPE_SPECIAL` has the ids 0, 1, 2 …"""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=BPE_SIZE,
        special_tokens=list(BPE_SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences(), trainer)
    pad, begin, end, *chat = BPE_SPECIAL
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": CONTEXT,
        "pad_token": pad,
        "bos_token": begin,
        "eos_token": end,
        "additional_special_tokens": chat,
    }
    return {
        "tokenizer.json": tokenizer.to_str().encode(),
        "tokenizer_config.json": as_json(settings),
        "chat_template.jinja": chat_template.encode(),
    }


def as_json(value: object) -> bytes:
    """A configuration file."""
    return (json.dumps(value, indent=2) + "\n").encode()
