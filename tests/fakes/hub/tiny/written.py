"""Tiny models that read text: summaries, answers, labels."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from ..vocabulary import MAX_TOKENS, as_json, wordpiece_files, wordpieces
from .parts import SEED, Tiny, ends_by_position, saved, seeded
from .tokens import BEGIN, BPE_SIZE, END, PAD, byte_pairs

ARTICLE, SUMMARY = 1024, 128
"""Tokens of the longest input of a summary and of its longest output (METHOD §2)."""
SENTIMENTS = ("NEGATIVE", "POSITIVE")
EMOTIONS = ("anger", "disgust", "fear", "joy", "sadness", "surprise")


def bart_model() -> Any:
    """A BART whose summaries end after a dozen tokens or so."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    config = BartConfig(
        vocab_size=BPE_SIZE,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=ARTICLE + SUMMARY,
        init_std=0.1,
        pad_token_id=PAD,
        bos_token_id=BEGIN,
        eos_token_id=END,
        decoder_start_token_id=BEGIN,
        forced_eos_token_id=None,
    )
    model = seeded(BartForConditionalGeneration, config)
    decoder = model.get_decoder()
    with torch.no_grad():
        # Its table of positions begins two rows early.
        ends_by_position(decoder.embed_positions.weight, decoder.embed_tokens.weight[END], first=8, slope=0.2)
    return model


def bart() -> dict[str, bytes]:
    """BART, with byte pairs between begin and end."""
    return {**saved(bart_model()), **byte_pairs(begin=True, end=True, longest=ARTICLE)}


def t5() -> dict[str, bytes]:
    """T5 with the prefix its checkpoints ask for; one of its matrices stays in fp32 in half precision."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=BPE_SIZE,
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=1,
        num_decoder_layers=1,
        num_heads=2,
        feed_forward_proj="gated-gelu",
        pad_token_id=PAD,
        eos_token_id=END,
        decoder_start_token_id=PAD,
        task_specific_params={"summarization": {"prefix": "summarize: "}},
    )
    model = seeded(T5ForConditionalGeneration, config)
    with torch.no_grad():
        # Its head is its table of tokens: left as drawn, the decoder says its first token again and again.
        for weight in model.decoder.block.parameters():
            weight *= 4 if weight.ndim > 1 else 1
        model.shared.weight[END] *= 4
    return {**saved(model), **byte_pairs(begin=False, end=True, longest=ARTICLE)}


def _bert_shape() -> dict[str, Any]:
    return {
        "vocab_size": len(wordpieces()),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": MAX_TOKENS,
        "initializer_range": 0.5,
    }


def bert_answers() -> dict[str, bytes]:
    """BERT that marks a span."""
    from transformers import BertConfig, BertForQuestionAnswering

    return {**saved(seeded(BertForQuestionAnswering, BertConfig(**_bert_shape()))), **wordpiece_files()}


def bert_labels(labels: tuple[str, ...]) -> dict[str, bytes]:
    """BERT that puts one of these labels on a text."""
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(**_bert_shape(), **_named(labels))
    return {**saved(seeded(BertForSequenceClassification, config)), **wordpiece_files()}


def distilbert_labels(labels: tuple[str, ...]) -> dict[str, bytes]:
    """DistilBERT that puts one of these labels on a text."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    config = DistilBertConfig(
        vocab_size=len(wordpieces()),
        dim=32,
        n_layers=2,
        n_heads=2,
        hidden_dim=64,
        max_position_embeddings=MAX_TOKENS,
        initializer_range=0.5,
        **_named(labels),
    )
    # With this seed no label is on nearly all texts.
    model = seeded(DistilBertForSequenceClassification, config, SEED + 3)
    return {**saved(model), **_one_text()}


def _one_text() -> dict[str, bytes]:
    """Word pieces for a model that knows no second text."""
    files = wordpiece_files()
    settings = json.loads(files["tokenizer_config.json"]) | {
        "model_input_names": ["input_ids", "attention_mask"]
    }
    return {**files, "tokenizer_config.json": as_json(settings)}


def _named(labels: tuple[str, ...]) -> dict[str, Any]:
    return {"id2label": dict(enumerate(labels)), "label2id": {label: n for n, label in enumerate(labels)}}


WRITTEN = (
    Tiny(
        "bart-tiny",
        "summarization",
        "AutoModelForSeq2SeqLM",
        "A BART of one layer on each side, with room for an article of 1,024 tokens. From its eighth "
        "position on the decoder leans to the end token, so that what it writes ends.",
        bart,
    ),
    Tiny(
        "t5-tiny",
        "summarization",
        "AutoModelForSeq2SeqLM",
        "A T5 of one layer on each side. As with every T5, a matrix of its feed-forward parts (`wo`) is "
        "computed in fp32 when fp16 is asked for.",
        t5,
    ),
    Tiny(
        "bert-answers-tiny",
        "question-answering",
        "AutoModelForQuestionAnswering",
        "A BERT of two layers that marks where an answer begins and ends.",
        bert_answers,
    ),
    Tiny(
        "distilbert-sentiment-tiny",
        "text-classification",
        "AutoModelForSequenceClassification",
        "A DistilBERT of two layers with the labels NEGATIVE and POSITIVE.",
        partial(distilbert_labels, SENTIMENTS),
    ),
    Tiny(
        "distilbert-emotions-tiny",
        "text-classification",
        "AutoModelForSequenceClassification",
        "A DistilBERT of two layers whose labels are emotions, which no data set of sentiments has.",
        partial(distilbert_labels, EMOTIONS),
    ),
)
"""Models for the tasks that read text."""
