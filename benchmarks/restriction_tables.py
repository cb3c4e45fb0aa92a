"""The tables of the documentation about restriction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.dialogue_tables import table

__all__ = ["TABLES"]

Figures = Mapping[str, Any]

_NO_BAD_WORDS = "transformers NoBadWords"
_SEQUENCE_BIAS = "transformers SequenceBias"
_COMPLEMENT = "llguidance complement"
_STEPS = (("1", "us"), ("1", "near_us"), ("8", "us"), ("8", "near_us"))
_TOLD = ("begins", "seen, batch 8", "begins, batch 8")
_GENERATED = {"ours": "**ours**", _NO_BAD_WORDS: "NoBadWords", _SEQUENCE_BIAS: "SequenceBias"}
_PUSHED = {
    "no ban": "no ban",
    _NO_BAD_WORDS: "NoBadWords",
    _COMPLEMENT: "llguidance",
    "ours": "**ours**",
}
_TOKENIZERS = {
    "byte-level": "byte-level BPE, small",
    "sentencepiece-bpe": "SentencePiece BPE with byte fallback, small",
    "unigram": "Unigram, small",
    "wordpiece": "WordPiece, small",
}


def steps(figures: Figures) -> str:
    """Microseconds of a step by number of phrases, of ours and of each peer."""
    ours, peers = figures["mask_us_table"], figures["peers"]
    rows = [
        (
            f"{int(size):,}",
            _us(ours[size]["1"], "first_us"),
            *(_us(ours[size][batch], key) for batch, key in _STEPS),
            *(_us(peers[_NO_BAD_WORDS][size][batch], "us") for batch in ("1", "8")),
            *(_us(peers[_COMPLEMENT][size][batch], key) for batch, key in _STEPS),
        )
        for size in ours
    ]
    head = ("phrases", "**ours**, new text", "seen text", *_TOLD, "NoBadWords, seen text",
            "seen, batch 8", "llguidance, seen text", *_TOLD)  # fmt: skip
    return table(head, rows)


def _us(row: Any, key: str) -> str:
    """A median; a peer that could not be timed has its error in words in the row's place."""
    return f"{row[key]:,.0f}" if isinstance(row, Mapping) else "failed"


def costs(figures: Figures) -> str:
    """Building, adding, memory, and what is left of them in whole generations."""
    own = {
        "building, first mask included, s": f"{figures['build_s']:.2f}",
        "adding one more, in force at the next step, ms": f"{figures['add_phrase_ms']:.2f}",
        "memory, MB": f"{figures['memory_mb']:.0f}",
    }
    rows = [(name, found, *[""] * (len(_GENERATED) - 1)) for name, found in own.items()]
    rows += [
        (f"a generation over one without, {model}", *(_ratio(sides[side]) for side in _GENERATED))
        for model, sides in figures["decode_overhead_table"].items()
    ]
    return table(("10,000 phrases", *_GENERATED.values()), rows)


def _ratio(found: Figures) -> str:
    return f"{found['median']:.3f} ({found['low']:.2f} to {found['high']:.2f})"


def leaks(figures: Figures) -> str:
    """Phrases that came out, by tokenizer and side."""
    found = figures["leaks_table"]
    rows = [
        (_TOKENIZERS.get(name, name), *(_came_out(found[side].get(name), side) for side in _PUSHED))
        for name in found["ours"]
    ]
    return table(("tokenizer", *_PUSHED.values()), rows)


def _came_out(row: Figures | None, side: str) -> str:
    if row is None:
        return "not run"
    if not row["tried"]:  # an error stands there for the leaks
        return "not supported"
    counted = f"{row['leaks']:,} of {row['tried']:,}"
    return f"**{counted}**" if side == "ours" else counted


TABLES: Mapping[str, Callable[[Figures], str]] = {
    "restriction-steps": steps,
    "restriction-costs": costs,
    "restriction-leaks": leaks,
}
"""By the name that stands in a page: what makes the table of ``restriction.json``."""
