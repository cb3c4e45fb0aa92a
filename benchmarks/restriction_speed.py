"""How long a step takes, for us and for each peer that installs."""

from __future__ import annotations

import random
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import torch

from guardrail.generation.models import LoadedModel
from guardrail.restriction.lift import Ban
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.processor import GuardLogitsProcessor
from guardrail.restriction.vocabulary import Vocabulary

VOCABULARY = 131_072
SIZES = (1, 10, 100, 1_000, 10_000)
BATCHES = (1, 8)
BEGUN = 60  # phrases that the text of beginnings begins
TEXT = (
    "The committee met on Thursday to discuss the new harbour and the price of bread in the "
    "northern towns, but nobody could say when the work would begin or who would pay for it."
)
Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def made_phrases(loaded: LoadedModel, number: int, seed: int) -> list[str]:
    """Phrases of two words of the vocabulary, capitalised like names, all different."""
    rng = random.Random(seed)
    words = [loaded.tokenizer.decode([i]).strip() for i in range(len(loaded.tokenizer))]
    words = sorted({word.title() for word in words if word.isalpha() and len(word) > 2})
    found: dict[str, None] = {}
    while len(found) < number:
        found[f"{rng.choice(words)} {rng.choice(words)}"] = None
    return list(found)


def padded_vocabulary(loaded: LoadedModel, seed: int) -> Vocabulary:
    """The model's vocabulary with made-up words up to 131,072 tokens."""
    rng = random.Random(seed)
    real = Vocabulary.from_tokenizer(loaded.tokenizer).bytes
    words = [piece for piece in real if piece.strip().isalpha()]
    made = [b" " + rng.choice(words).strip() + rng.choice(words).strip() for _ in range(VOCABULARY)]
    return Vocabulary([*real, *made[: VOCABULARY - len(real)]])


def time_steps(loaded: LoadedModel, device: str, seed: int) -> dict[str, Any]:
    """Microseconds a step by number of phrases and batch; build and add times; memory."""
    phrases = made_phrases(loaded, SIZES[-1] + 20, seed)
    plain = loaded.tokenizer.encode(TEXT)
    vocabulary = padded_vocabulary(loaded, seed)
    ours: dict[str, dict[str, Any]] = {}
    peers: dict[str, Any] = {name: {} for name in PEERS}
    for size in SIZES:
        chosen = phrases[:size]
        texts = {"plain": plain, "near": _beginnings(loaded, chosen, seed)}
        started = time.perf_counter()
        ban = Ban(vocabulary, [Phrase(text) for text in chosen])
        ban.mask(ban.start(), torch.device(device))
        build = time.perf_counter() - started
        makers: dict[str, Any] = {"ours": lambda rows, b=ban: _ours(b, rows)}
        for name, make in PEERS.items():
            makers[name] = _prepared(make, loaded, chosen)
        # The sides take turns, so that a machine that slows down slows all of them.
        for batch in BATCHES:
            for name, maker in makers.items():
                table = ours if name == "ours" else peers[name]
                row = table.setdefault(str(size), {})
                row[str(batch)] = maker if isinstance(maker, str) else _times(
                    maker, texts, batch, device
                )  # fmt: skip
    tracemalloc.start()
    ban = Ban(vocabulary, [Phrase(text) for text in phrases[: SIZES[-1]]])
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return {
        "mask_us": ours[str(SIZES[-1])]["1"]["us"],
        "mask_first_us": ours[str(SIZES[-1])]["1"]["first_us"],
        "mask_near_us": ours[str(SIZES[-1])]["1"]["near_us"],
        "mask_us_table": ours,
        "peers": peers,
        "build_s": round(build, 3),
        "add_phrase_ms": _add_ms(ban, phrases[SIZES[-1] :], device),
        "memory_mb": round(memory / 1e6, 1),
    }


def _ours(ban: Ban, rows: int) -> Step:
    return GuardLogitsProcessor(ban, [[5]] * rows, eos_token_id=2)


def _no_bad_words(loaded: LoadedModel, phrases: list[str]) -> Callable[[int], Step]:
    from transformers import NoBadWordsLogitsProcessor

    # Both spellings that a user would think of: at the start of a text and after a space.
    ids = [
        loaded.tokenizer.encode(s + p, add_special_tokens=False) for p in phrases for s in ("", " ")
    ]
    processor = NoBadWordsLogitsProcessor(ids, eos_token_id=2)
    return lambda rows: processor


def _sequence_bias(loaded: LoadedModel, phrases: list[str]) -> Callable[[int], Step]:
    from transformers import SequenceBiasLogitsProcessor

    ids = {
        tuple(loaded.tokenizer.encode(s + p, add_special_tokens=False)): -100.0
        for p in phrases
        for s in ("", " ")
    }
    processor = SequenceBiasLogitsProcessor([[list(key), value] for key, value in ids.items()])
    return lambda rows: processor


def _llguidance(loaded: LoadedModel, phrases: list[str]) -> Callable[[int], Step]:
    import re

    import llguidance
    import llguidance.hf
    import llguidance.torch

    tokenizer = llguidance.hf.from_tokenizer(loaded.tokenizer, n_vocab=VOCABULARY)
    banned = "|".join(re.escape(phrase) for phrase in phrases)
    grammar = f"start: SAFE\nSAFE: /(?s:.*)/ & ~/(?s:.*)({banned})(?s:.*)/"
    limits = llguidance.LLParserLimits(
        initial_lexer_fuel=100_000_000, step_lexer_fuel=100_000_000, max_lexer_states=10_000_000
    )

    def make(rows: int) -> Step:
        matchers = [llguidance.LLMatcher(tokenizer, grammar, limits=limits) for _ in range(rows)]
        if matchers[0].is_error():
            raise RuntimeError(matchers[0].get_error())
        bitmask = llguidance.torch.allocate_token_bitmask(rows, VOCABULARY)

        def step(ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            for row, matcher in enumerate(matchers):
                if ids.shape[1] > 1:
                    matcher.consume_token(int(ids[row, -1]))
                llguidance.torch.fill_next_token_bitmask(matcher, bitmask, row)
            llguidance.torch.apply_token_bitmask_inplace(scores, bitmask)
            return scores

        return step

    make(1)
    return make


def _vllm(loaded: LoadedModel, phrases: list[str]) -> Callable[[int], Step]:
    from vllm.v1.sample.ops.bad_words import apply_bad_words

    ids = [
        loaded.tokenizer.encode(s + p, add_special_tokens=False) for p in phrases for s in ("", " ")
    ]

    def step(history: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        apply_bad_words(scores, dict.fromkeys(range(len(history)), ids), history.tolist())
        return scores

    return lambda rows: step


PEERS: dict[str, Callable[[LoadedModel, list[str]], Callable[[int], Step]]] = {
    "transformers NoBadWords": _no_bad_words,
    "transformers SequenceBias": _sequence_bias,
    "llguidance complement": _llguidance,
    "vLLM bad_words": _vllm,
}


def _prepared(make: Any, loaded: LoadedModel, phrases: list[str]) -> Any:
    """The peer ready to run, or in words why it is not."""
    try:
        return make(loaded, phrases)
    except Exception as error:  # noqa: BLE001 - a peer's failure is a result, not the end
        return f"{type(error).__name__}: {str(error)[:60]}"


def _beginnings(loaded: LoadedModel, phrases: list[str], seed: int) -> list[int]:
    """The tokens of a text that begins phrase after phrase and finishes none: what a model that is
    pressed for them walks through. Nearly every step is in a state not met before."""
    rng = random.Random(seed)
    ids: list[int] = []
    for phrase in rng.sample(phrases, min(BEGUN, len(phrases))):
        ids += loaded.tokenizer.encode(f" {phrase}", add_special_tokens=False)[:-1]
        ids += loaded.tokenizer.encode(" and then", add_special_tokens=False)
    return ids


def _times(
    maker: Callable[[int], Step], texts: dict[str, list[int]], batch: int, device: str
) -> Any:
    """Median microseconds of one call over the tokens of a text: on a plain text ``first_us`` when
    it is new and ``us`` when it comes again and caches are warm; ``near_us`` on a text that begins
    phrases; each with its worst step."""
    try:
        first, seen = _pass(maker, texts["plain"], batch, device, repeats=4)
        near, _ = _pass(maker, texts["near"], batch, device, repeats=0)
    except Exception as error:  # noqa: BLE001 - a peer's failure is a result, not the end
        return f"{type(error).__name__}: {str(error)[:60]}"
    return {
        "us": _us(statistics.median(seen)),
        "first_us": _us(statistics.median(first)),
        "first_worst_us": _us(max(first)),
        "near_us": _us(statistics.median(near)),
        "near_worst_us": _us(max(near)),
        "near_steps": len(near),
    }


def _pass(
    maker: Callable[[int], Step], ids: list[int], batch: int, device: str, repeats: int
) -> tuple[list[float], list[float]]:
    """Seconds of each step of a first pass, and of some more. What takes over a minute is cut."""
    scores = torch.randn(batch, VOCABULARY, generator=torch.Generator().manual_seed(0)).to(device)
    first: list[float] = []
    seen: list[float] = []
    deadline = time.perf_counter() + 60
    for repeat in range(repeats + 1):
        step = maker(batch)
        for length in range(1, len(ids)):
            history = torch.tensor([[5, *ids[: length - 1]]] * batch, device=device)
            mine = scores.clone()  # as generate does before its processors
            started = time.perf_counter()
            step(history, mine)
            if device != "cpu":
                torch.cuda.synchronize()
            (seen if repeat else first).append(time.perf_counter() - started)
            if time.perf_counter() > deadline:
                return first, seen or first
    return first, seen


def _us(seconds: float) -> float:
    return round(seconds * 1e6, 1)


def _add_ms(ban: Ban, phrases: list[str], device: str) -> float:
    """Median milliseconds from adding a phrase to its being in force at the next step."""
    taken = []
    for text in phrases:
        started = time.perf_counter()
        ban.add(Phrase(text))
        ban.always(torch.device(device))
        ban.mask(ban.start(), torch.device(device))
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken) * 1000, 2)
