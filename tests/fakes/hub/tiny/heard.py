"""Tiny models that hear: one that writes and one that spells."""

from __future__ import annotations

from ..vocabulary import as_json
from .parts import Tiny, ends_by_position, saved, seeded
from .tokens import BEGIN, BPE_SIZE, END, LETTERS, PAD, byte_pairs, letters

RATE_HZ = 16_000
SPOKEN = 448
"""Tokens of Whisper's longest text."""


def whisper() -> dict[str, bytes]:
    """Whisper, which always hears thirty seconds; what it writes ends after a dozen tokens or so."""
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    config = WhisperConfig(
        vocab_size=BPE_SIZE,
        num_mel_bins=80,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=1,
        decoder_attention_heads=1,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_source_positions=1500,
        max_target_positions=SPOKEN,
        pad_token_id=PAD,
        bos_token_id=BEGIN,
        eos_token_id=END,
        decoder_start_token_id=BEGIN,
        begin_suppress_tokens=None,
        init_std=0.2,
    )
    model = seeded(WhisperForConditionalGeneration, config)
    decoder = model.get_decoder()
    ends_by_position(decoder.embed_positions.weight, decoder.embed_tokens.weight[END], first=6)
    return {
        **saved(model),
        **byte_pairs(begin=False, end=True, longest=SPOKEN),
        **saved(WhisperFeatureExtractor()),
    }


def wav2vec2() -> dict[str, bytes]:
    """wav2vec 2.0 with a letter for each fiftieth of a second."""
    from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

    config = Wav2Vec2Config(
        vocab_size=len(LETTERS),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        initializer_range=0.2,
    )
    hears = {
        "feature_extractor_type": "Wav2Vec2FeatureExtractor",
        "feature_size": 1,
        "sampling_rate": RATE_HZ,
        "padding_value": 0.0,
        "do_normalize": True,
        "return_attention_mask": False,
    }
    return {
        **saved(seeded(Wav2Vec2ForCTC, config)),
        **letters(),
        "preprocessor_config.json": as_json(hears),
    }


HEARD = (
    Tiny(
        "whisper-tiny",
        "automatic-speech-recognition",
        "AutoModelForSpeechSeq2Seq",
        "A Whisper of one layer on each side, for English alone; what it writes ends after some words.",
        whisper,
    ),
    Tiny(
        "wav2vec2-tiny",
        "automatic-speech-recognition",
        "AutoModelForCTC",
        "A wav2vec 2.0 of one layer that spells in capitals.",
        wav2vec2,
    ),
)
"""Models for speech."""
