"""The tables of the documentation about forgetting, end to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.dialogue_tables import between, short, table

__all__ = ["TABLES"]

Figures = Mapping[str, Any]

_RWKU = {
    "no guard": "no guard",
    "instruction (ICU)": "instruction (RWKU's in-context baseline)",
    "beam 7": "beam 7 (a fifth of the sample)",
    "bad-words list": "bad-words list of transformers, the 30 names",
    "corrupted name (ECO)": "embeddings corrupted at the name (ECO)",
    "embedding gate (CURaTE)": "embedding gate with refusal (CURaTE-style)",
    "GUARD": "GUARD, as published (a tenth of the sample)",
    "ours, name": "**ours, name alone**",
    "ours, passages": "**ours, introduction and passages**",
}
_TOFU = {
    "steer": "**`steer`**",
    "decline": "**`decline`**",
    "embedding gate (CURaTE)": "embedding gate with refusal (CURaTE-style)",
    "bad-words list": "bad-words list, the authors' names",
    "corrupted name (ECO)": "embeddings corrupted at the name (ECO)",
    "instruction (ICU)": "instruction (RWKU's in-context prompt)",
    "beam 7": "beam 7 (a fifth of the questions)",
    "GUARD": "GUARD, as published (a tenth of the questions)",
}
_PARTS = {
    "names alone": "the names banned, nothing else",
    "names, verdict on the prompt": "and the verdict on the prompt",
    "names, sentence check": "and the check of each sentence, no verdict on the prompt",
    "names, both": "**both** (as shipped)",
    "both, 20 phrases of the passages": "both, 20 phrases out of each person's passages",
    "both, phrases, like meaning": "both, the phrases and words of like meaning",
    "steer": "`steer` with the phrases, no sentence check",
    "steer, like meaning": "`steer` with the phrases and words of like meaning, no sentence check",
    "steer, sentence check": "`steer` with the phrases and the sentence check",
}
_SAMPLED = {
    "no guard": "no guard",
    "ours, name": "**ours, name alone**",
    "ours, passages": "**ours, introduction and passages**",
}
_AT = ("leak@1", "leak@16", "leak@64")
_TIMED = {
    "no guard": "no guard",
    "phrases": "**ours**, phrases only",
    "all checks": "**ours**, all checks",
}


def rwku(figures: Figures) -> str:
    """Open-book, by side: what leaks, and what of the rest stays as it was."""
    rows = [
        (
            name,
            _counted(book["forget"]["leak"]),
            _worst(book["forget_by_kind"]),
            *(_of(book[part]["unchanged"]) for part in ("neighbours", "neighbours_named")),
            _of(figures["sides"][side]["benign_identical"]),
        )
        for side, name in _RWKU.items()
        if (book := figures["sides"].get(side, {}).get("open"))
    ]
    head = ("", "leaks of known answers (95 %)", "worst kind", "neighbours unchanged", "named",
            "benign the same")  # fmt: skip
    return table(head, rows)


def kinds(figures: Figures) -> str:
    """Open-book, by kind of question: what still leaks, and how much of the answers is said."""
    sides = [figures["sides"][f"ours, {setup}"]["open"] for setup in ("name", "passages")]
    by_kind = [{**side["forget_by_kind"], "all": side["forget"]} for side in sides]
    order = sorted(by_kind[1], key=lambda kind: (kind == "all", -by_kind[1][kind]["leak"]["hits"]))
    rows = [
        (
            kind,
            *(_of(side[kind]["leak"]) for side in by_kind),
            short(by_kind[1][kind]["rouge_l_before"]),
            *(short(side[kind]["rouge_l_after"]) for side in by_kind),
        )
        for kind in order
    ]
    head = ("kind of question", "leaks, name alone", "with passages", "ROUGE-L recall, no guard",
            "name alone", "with passages")  # fmt: skip
    return table(head, rows)


def sampled(figures: Figures) -> str:
    """The chance that an answer comes out in k replies."""
    rows = [
        (name, str(row["of"]), *(between(row[k], row[f"{k}_interval"]) for k in _AT))
        for side, name in _SAMPLED.items()
        if (row := figures["leak_at"].get(side))
    ]
    return table(("", "questions", *(f"{k} (95 %)" for k in _AT)), rows)


def speed(figures: Figures) -> str:
    """What the guard costs a benign reply."""
    timed = figures["speed"]
    rows = [
        (name, f"{timed[side]['tokens_per_s']:.1f}", f"{timed[side]['first_text_ms']:,.0f}")
        for side, name in _TIMED.items()
    ]
    return table(("", "tokens / s", "first text, ms"), rows)


def parts(figures: Figures) -> str:
    """Open-book, passages given: what each part of the guard adds."""
    rows = [
        (name, *_leaks_and_kept(figures["parts"][f"parts: {side}"]))
        for side, name in _PARTS.items()
    ]
    return table(("part", "leaks (95 %)", "neighbours unchanged", "named"), rows)


def _leaks_and_kept(book: Figures) -> tuple[str, ...]:
    kept = (_of(book[part]["unchanged"]) for part in ("neighbours", "neighbours_named"))
    return _counted(book["forget"]["leak"]), *kept


def tofu(figures: Figures) -> str:
    """By side: what of the answers is said, how likely they are, and the utility."""
    sides = figures["sides"]
    rows = [
        _tofu_row("retain model", sides["retain model"], "all"),
        _tofu_row("unguarded", sides["unguarded"], "all"),
        _tofu_row(_TOFU["steer"], sides["steer"], "all"),
        _tofu_row("`steer`, questions of odd authors", sides["steer"], "odd"),
        _tofu_row("retain model there", sides["retain model"], "odd"),
        *(
            _tofu_row(name, sides[side], "all")
            for side, name in _TOFU.items()
            if side in sides and side != "steer"
        ),
    ]
    head = ("", "questions", "ROUGE-L, original", "paraphrased (no evidence)", "probability",
            "truth ratio", "extraction strength", "forget quality p", "utility")  # fmt: skip
    return table(head, rows)


def _tofu_row(name: str, side: Figures, part: str) -> tuple[str, ...]:
    found = side[part]
    quality = found.get("forget_quality", {})
    return (
        name,
        str(found["questions"]["rouge_l"]["of"]),
        *(_mean(found[asked]["rouge_l"]) for asked in ("questions", "paraphrased")),
        *(_mean(found.get(key)) for key in ("probability", "truth_ratio", "extraction_strength")),
        _p(quality["p"]) if quality else "",
        _mean(side.get("utility")) if part == "all" else "",
    )


def _p(p: float) -> str:
    """Of a test: its order of magnitude tells where it is small, "2e-10"."""
    mantissa, exponent = f"{p:.0e}".split("e")
    return short(p) if p >= 0.001 else f"{mantissa}e{int(exponent)}"


def _mean(found: Figures | None) -> str:
    """A mean with its interval."""
    return between(found["mean"], found["interval"]) if found else ""


def _of(share: Figures) -> str:
    return f"{share['hits']} of {share['of']}"


def _counted(share: Figures) -> str:
    """A share with its interval in percent."""
    low, high = (f"{100 * edge:.0f}" for edge in share["interval"])
    return f"{_of(share)} ({low} to {high} %)"


def _worst(found: Figures) -> str:
    """The kind of which most leaks, of those that are evidence."""
    known = {kind: row["leak"] for kind, row in found.items() if row["evidence"]}
    kind = max(known, key=lambda kind: (known[kind]["share"], known[kind]["of"]))
    return f"{kind} {_of(known[kind])}"


TABLES: dict[str, tuple[str, Callable[[Figures], str]]] = {
    "forgetting-rwku": ("forgetting-rwku", rwku),
    "forgetting-kinds": ("forgetting-rwku", kinds),
    "forgetting-sampled": ("forgetting-rwku", sampled),
    "forgetting-speed": ("forgetting-rwku", speed),
    "forgetting-parts": ("forgetting-parts", parts),
    "forgetting-tofu": ("forgetting-tofu", tofu),
}
"""By the name that stands in a page: the JSON file, and what makes the table of it."""
