"""How often a phrase comes out when the model is pushed toward it, for us and for peers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import torch
from transformers import LogitsProcessor

from benchmarks.oracle import emitted
from benchmarks.small_tokenizers import KINDS, make
from guardrail.generation.models import LoadedModel
from guardrail.restriction.lift import Ban
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.processor import GuardLogitsProcessor
from guardrail.restriction.vocabulary import Vocabulary

PHRASES = [
    Phrase("Stephen King"),
    Phrase("the queen"),
    Phrase("tango-7", whole_words=False),
    Phrase("Kingston"),
    Phrase("Ada Lovelace"),
]
LOOKALIKE = str.maketrans({"e": "е", "o": "о", "i": "і", "a": "а", "p": "р", "c": "с"})
VARIATIONS: dict[str, Callable[[str, random.Random], str]] = {
    "as it is": lambda text, rng: text,
    "case": lambda text, rng: text.upper() if rng.random() < 0.5 else text.swapcase(),
    "spacing": lambda text, rng: text.replace(" ", rng.choice(["  ", "\n", "\t", ""])),
    "separators": lambda text, rng: rng.choice("-._*").join(text),
    "look-alikes": lambda text, rng: text.translate(LOOKALIKE),
    "zero width": lambda text, rng: "\u200b".join(text),
    "glued prefix": lambda text, rng: rng.choice(['"', "(", "\n", "- "]) + text,
    "suffix": lambda text, rng: text + rng.choice(["!", "'s", ".", ")"]),
}
ROWS = 32
POOL = 64
LARGE = 260_000
BONUS = 40.0
Limit = Callable[[list[list[int]]], Any]


def count_leaks(loaded: LoadedModel, tried: int, peer_tried: int, seed: int) -> dict[str, Any]:
    """Leaks and dead ends by side, tokenizer and variation."""
    tokenizers = {loaded.name: loaded.tokenizer, **{kind: make(kind) for kind in KINDS}}
    vocabularies = {name: Vocabulary.from_tokenizer(t) for name, t in tokenizers.items()}
    large = large_vocabulary(vocabularies[loaded.name], seed)
    tokenizers["synthetic, 260,000"] = Spelled(large)
    vocabularies["synthetic, 260,000"] = large
    table: dict[str, dict[str, Any]] = {}
    share = max(1, tried // len(tokenizers))
    for name, tokenizer in tokenizers.items():
        vocabulary = vocabularies[name]
        sides: dict[str, tuple[Limit | None, int]] = {
            "no ban": (None, peer_tried),
            "ours": (partial(GuardLogitsProcessor, Ban(vocabulary, PHRASES)), share),
        }
        if not isinstance(tokenizer, Spelled):
            sides["transformers NoBadWords"] = (_bad_words(tokenizer), peer_tried)
            sides["llguidance complement"] = (_llguidance(tokenizer, vocabulary.size), peer_tried)
        for side, (limit, number) in sides.items():
            try:
                row = _pushed(tokenizer, vocabulary, limit, number, seed)
            except Exception as error:
                if side == "ours":
                    raise
                row = {"tried": 0, "leaks": f"{type(error).__name__}", "dead_ends": 0}
            table.setdefault(side, {})[name] = row
    ban = Ban(vocabularies[loaded.name], PHRASES)
    own: dict[str, Limit | None] = {
        "no ban": None,
        "ours": partial(GuardLogitsProcessor, ban),
        "transformers NoBadWords": _bad_words(loaded.tokenizer),
    }
    for side, limit in own.items():
        for beams in (1, 3):
            name = f"{loaded.name}, its own scores, {beams} beam{'s' * (beams > 1)}"
            number = min(1_000, tried if side == "ours" else peer_tried) // 2
            table[side][name] = _model_pushed(loaded, limit, number, seed, beams)
    ours = table["ours"].values()
    return {
        "leaks": sum(row["leaks"] for row in ours),
        "dead_ends": sum(row["dead_ends"] for row in ours),
        "continuations": sum(row["tried"] for row in ours),
        "leaks_table": table,
    }


def _bad_words(tokenizer: Any) -> Limit:
    from transformers import NoBadWordsLogitsProcessor

    spellings = [lead + phrase.text for phrase in PHRASES for lead in ("", " ")]
    ids = [tokenizer.encode(text, add_special_tokens=False) for text in spellings]
    return lambda rows: NoBadWordsLogitsProcessor(ids, eos_token_id=2)


def _pushed(
    tokenizer: Any, vocabulary: Vocabulary, limit: Limit | None, number: int, seed: int
) -> dict[str, Any]:
    """Continuations in batches of 32: random scores, a large bonus toward a random spelling of a
    variation of a phrase, the likeliest token taken."""
    rng = random.Random(seed)
    speller = Speller(vocabulary)
    noise = torch.randn(POOL, vocabulary.size, generator=torch.Generator().manual_seed(seed))
    by_variation = dict.fromkeys(VARIATIONS, 0)
    dead = done = 0
    while done < number:
        kinds = [rng.choice(list(VARIATIONS)) for _ in range(ROWS)]
        wanted = [
            speller.spell(" " + VARIATIONS[kind](rng.choice(PHRASES).text, rng), rng)
            for kind in kinds
        ]
        rows, died = _decode(wanted, noise, limit, rng)
        dead += died
        done += ROWS
        for kind, row in zip(kinds, rows, strict=True):
            text = tokenizer.decode(row, skip_special_tokens=True)
            by_variation[kind] += bool(emitted(text, PHRASES))
    return {
        "tried": done,
        "leaks": sum(by_variation.values()),
        "dead_ends": dead,
        "by_variation": by_variation,
    }


def _decode(
    wanted: list[list[int]], noise: torch.Tensor, limit: Limit | None, rng: random.Random
) -> tuple[list[list[int]], int]:
    """Greedy rows and the number of steps in which a row had no token left."""
    start = [[0]] * len(wanted)
    processor = limit(start) if limit else None
    ids = torch.zeros((len(wanted), 1), dtype=torch.long)
    dead = 0
    for step in range(max(map(len, wanted)) + 2):
        scores = noise[[rng.randrange(POOL) for _ in wanted]]
        for row, tokens in enumerate(wanted):
            if step < len(tokens):
                scores[row, tokens[step]] += BONUS
        if processor:
            scores = processor(ids, scores)
        dead += int(torch.isneginf(scores.amax(dim=-1)).sum())
        ids = torch.cat([ids, scores.argmax(dim=-1, keepdim=True)], dim=1)
    return [row[1:] for row in ids.tolist()], dead


def _llguidance(tokenizer: Any, size: int) -> Limit:
    """The complement of the phrases, any case, as the manual has it."""
    import llguidance
    import llguidance.hf
    import llguidance.torch

    @cache
    def known() -> Any:
        return llguidance.hf.from_tokenizer(tokenizer, n_vocab=size)

    words = "|".join(re.escape(phrase.text) for phrase in PHRASES)
    grammar = f"start: SAFE\nSAFE: /(?s:.*)/ & ~/(?is:.*({words}).*)/"

    def make_limit(rows: list[list[int]]) -> Any:
        matchers = [llguidance.LLMatcher(known(), grammar) for _ in rows]
        mask = llguidance.torch.allocate_token_bitmask(len(rows), size)

        def limit(ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            for row, matcher in enumerate(matchers):
                if ids.shape[1] > 1:
                    matcher.consume_token(int(ids[row, -1]))
                llguidance.torch.fill_next_token_bitmask(matcher, mask, row)
            llguidance.torch.apply_token_bitmask_inplace(scores, mask)
            return scores

        return limit

    return make_limit


def large_vocabulary(real: Vocabulary, seed: int) -> Vocabulary:
    """260,000 tokens: the real ones, and joined pairs of them."""
    rng = random.Random(seed)
    words = [piece for piece in real.bytes if piece.strip().isalpha()]
    pieces = dict.fromkeys(real.bytes)
    while len(pieces) < LARGE:
        pieces[rng.choice(words) + rng.choice(words)] = None
    return Vocabulary(list(pieces))


class Spelled:
    """A tokenizer that can only decode, for a vocabulary that was made up."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def decode(self, ids: list[int], **_: Any) -> str:
        """The bytes of the tokens as text."""
        return b"".join(self._vocabulary.bytes[i] for i in ids).decode("utf-8", "replace")


class _Push(LogitsProcessor):
    """Adds the bonus to the next token of each row's spelling."""

    def __init__(self, wanted: list[list[int]], start: int) -> None:
        self._wanted = wanted
        self._start = start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        step = input_ids.shape[1] - self._start
        beams = len(scores) // len(self._wanted)
        for row, tokens in enumerate(self._wanted):
            if step < len(tokens):
                scores[row * beams : (row + 1) * beams, tokens[step]] += BONUS
        return scores


def _model_pushed(
    loaded: LoadedModel, limit: Limit | None, number: int, seed: int, beams: int
) -> dict[str, Any]:
    """The model's own continuations of a prompt, pushed the same way."""
    rng = random.Random(seed)
    speller = Speller(Vocabulary.from_tokenizer(loaded.tokenizer))
    prompt = loaded.encode([{"role": "user", "content": "Who was it?"}]).repeat(ROWS, 1)
    leaks = done = 0
    while done < number:
        texts = [VARIATIONS[rng.choice(list(VARIATIONS))](rng.choice(PHRASES).text, rng)
                 for _ in range(ROWS)]  # fmt: skip
        wanted = [speller.spell(text, rng)[:24] for text in texts]
        processors: list[Any] = [_Push(wanted, prompt.shape[1])]
        if limit:
            processors.append(limit(prompt.tolist()))
        out = loaded.model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=24,
            do_sample=False,
            num_beams=beams,
            logits_processor=processors,
        )
        for row in loaded.tokenizer.batch_decode(
            out[:, prompt.shape[1] :], skip_special_tokens=True
        ):
            leaks += bool(emitted(row, PHRASES))
        done += ROWS
    return {"tried": done, "leaks": leaks, "dead_ends": 0}


class Speller:
    """Random tokenizations: any tokens whose bytes add up to a text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._tokens: dict[bytes, list[int]] = {}
        for token, piece in enumerate(vocabulary.bytes):
            if piece:
                self._tokens.setdefault(piece, []).append(token)

    def spell(self, text: str, rng: random.Random) -> list[int]:
        """A random tokenization; cut short where the vocabulary lacks a letter."""
        rest, tokens = text.encode(), list[int]()
        while rest:
            sizes = [n for n in range(1, min(len(rest), 14) + 1) if rest[:n] in self._tokens]
            if not sizes:
                return tokens
            size = rng.choice(sizes)
            tokens.append(rng.choice(self._tokens[rest[:size]]))
            rest = rest[size:]
        return tokens
