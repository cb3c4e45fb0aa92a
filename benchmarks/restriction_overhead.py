"""What 10,000 phrases add to a whole generation, for us and for each peer."""

from __future__ import annotations

import statistics
import time
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from benchmarks.restriction_speed import PEERS, SIZES, made_phrases
from guardrail.generation.models import LoadedModel, wrap
from guardrail.restriction.lift import Ban
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.processor import GuardLogitsProcessor
from guardrail.restriction.vocabulary import Vocabulary

TOKENS = 48
PAIRS = 9


def decode_overhead(loaded: LoadedModel, seed: int) -> dict[str, Any]:
    """Time of a generation of 48 tokens under the phrases over one without, medians of pairs that
    take turns, on the model and on a tiny random Llama where it shows most. The phrases hold no
    word that the reply says, so both sides decode the same tokens."""
    table = {loaded.name: _ratios(loaded, seed), "tiny Llama": _ratios(tiny_llama(loaded), seed)}
    return {
        "decode_overhead": table[loaded.name]["ours"]["median"],
        "decode_overhead_tiny": table["tiny Llama"]["ours"]["median"],
        "decode_overhead_table": table,
    }


def tiny_llama(loaded: LoadedModel) -> LoadedModel:
    """Two layers of 64 with the model's own tokenizer: a token takes about a millisecond."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(loaded.tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        eos_token_id=loaded.tokenizer.eos_token_id,
    )
    model: Any = LlamaForCausalLM(config)
    return wrap(model.to(loaded.device).eval(), loaded.tokenizer)


def _ratios(loaded: LoadedModel, seed: int) -> dict[str, Any]:
    phrases = made_phrases(loaded, SIZES[-1], seed)
    vocabulary = Vocabulary.from_tokenizer(loaded.tokenizer, loaded.vocab_size)
    ban = Ban(vocabulary, [Phrase(text) for text in phrases])
    ids = loaded.encode([{"role": "user", "content": "How is bread made?"}])
    sides: dict[str, Any] = {"ours": lambda: GuardLogitsProcessor(ban, ids.tolist())}
    for name, make in PEERS.items():
        if name.startswith("transformers"):  # the others are no logits processors
            step = make(loaded, phrases)
            sides[name] = lambda step=step: step(1)
    for make_processor in sides.values():
        _seconds(loaded, ids, [make_processor()])  # warm
    ratios: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(PAIRS):
        without = _seconds(loaded, ids, [])
        for name, make_processor in sides.items():
            ratios[name].append(_seconds(loaded, ids, [make_processor()]) / without)
    return {
        name: {
            "median": round(statistics.median(found), 4),
            "low": round(min(found), 4),
            "high": round(max(found), 4),
        }
        for name, found in ratios.items()
    }


def _seconds(loaded: LoadedModel, ids: torch.Tensor, processors: list[Any]) -> float:
    started = time.perf_counter()
    loaded.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        min_new_tokens=TOKENS,
        max_new_tokens=TOKENS,
        do_sample=False,
        pad_token_id=loaded.tokenizer.pad_token_id,
        logits_processor=processors,
    )
    return time.perf_counter() - started
