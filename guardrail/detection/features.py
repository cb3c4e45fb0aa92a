"""What detection looks at: numbers that say how a text, or a question with its answer, relates to a
target. The trees in ``detector.json`` weigh them; the order here is the order there.

Most are relative (to the other targets, to neutral prompts, to what the text tells in all), so that
they mean the same with one target or a thousand, with a bare name or with a hundred passages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import compress
from operator import mul
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from guardrail.detection.lexicon import tells, words_of
from guardrail.detection.references import Floats, Overlap, References

__all__ = [
    "ANSWER",
    "PROMPT",
    "Comparison",
    "answer_features",
    "candidates",
    "compare",
    "prompt_features",
]

PROMPT = tuple(
    "best_cosine mean_cosine name_cosine cosine_margin neutral_margin neutral_cosine name "
    "name_share covered peculiar passage passage_margin told unknown known known_share "
    "capitals_unknown capitals_known capitals_unknown_weight length texts peculiar_weight "
    "passage_weight passage_both asks_who".split()
)
ANSWER = (
    *(f"question_{name}" for name in PROMPT),
    *(
        f"both_{name}"
        for name in "best_cosine mean_cosine cosine_margin neutral_margin name_share covered "
        "peculiar passage passage_margin unknown".split()
    ),
    *(
        "answer_cosine found found_beside beside_margin whole_beside times_found answer_covered "
        "answer_peculiar answer_name answer_name_share answer_told answer_length answer_new "
        "whole_cosine cosine_gain found_share".split()
    ),
)
_SHARED = [PROMPT.index(name.removeprefix("both_")) for name in ANSWER if name.startswith("both_")]
_MANY = 5  # passages that a mean is taken over
# Targets that come near by cosine, and as many by words, that are looked at closely: with a dozen
# no verdict on 800 texts of RWKU with 30 people is another, and a turn judges ten memories.
_FEW = 4
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_WHO = frozenset({"who", "whom", "whose"})
_BREAK = re.compile(r"[.!?:\n]")
_LEAST = 0.15  # what a common word counts in an answer that has no others


@dataclass(frozen=True, slots=True)
class Comparison:
    """One text against all targets. ``passages`` are cosines (passages,); ``best`` the largest of
    each target, ``margin`` that less the largest of another one (targets,); ``neutral`` the cosine
    with the nearest neutral prompt."""

    words: tuple[str, ...]
    known: frozenset[str]
    capitals: tuple[str, ...]
    passages: Floats
    best: Floats
    margin: Floats
    neutral: float
    overlap: Overlap
    lexical: Floats
    lexical_margin: Floats


def compare(
    references: References, texts: Sequence[str], vectors: Sequence[Floats]
) -> list[Comparison]:
    """Texts, each with its vectors (n, d), against all targets. O(n d passages); one product."""
    if not texts:
        return []
    starts = np.cumsum([0, *map(len, vectors[:-1])])
    by_window, neutral_by_window = references.cosines(np.concatenate(vectors))
    passages = np.maximum.reduceat(by_window, starts)
    neutral = np.maximum.reduceat(neutral_by_window, starts)
    words = [tuple(words_of(text)) for text in texts]
    overlaps = [references.overlap(set(each)) for each in words]
    best = references.best(passages)
    lexical = references.best(np.stack([overlap.passages for overlap in overlaps]))
    margin, lexical_margin = _margin(best, neutral), _margin(lexical, np.zeros_like(neutral))
    return [
        Comparison(
            words=words[i],
            known=frozenset(words[i]),
            capitals=tuple(_capitals(text)),
            passages=passages[i],
            best=best[i],
            margin=margin[i],
            neutral=float(neutral[i]),
            overlap=overlaps[i],
            lexical=lexical[i],
            lexical_margin=lexical_margin[i],
        )
        for i, text in enumerate(texts)
    ]


def candidates(references: References, *seen: Comparison) -> NDArray[np.int64]:
    """The targets worth a close look: near by meaning or by words, or named in part."""
    found: set[int] = set()
    for one in seen:
        found |= references.named(set(one.known))
        found.update(_largest(one.best))
        found.update(target for target in _largest(one.lexical) if one.lexical[target] > 0)
    return np.array(sorted(found), np.int64)


def _largest(values: Floats) -> list[int]:
    few = min(_FEW, len(values))
    places: list[int] = np.argpartition(-values, few - 1)[:few].tolist()
    return places


def prompt_features(
    references: References, one: Comparison, targets: NDArray[np.int64]
) -> NDArray[np.float32]:
    """(targets, PROMPT) for some of the targets."""
    text = f" {' '.join(one.words)} "
    rows = [_prompt_row(references, one, text, target) for target in targets.tolist()]
    return np.array(rows, np.float32).reshape(len(rows), len(PROMPT))


def _prompt_row(references: References, one: Comparison, text: str, target: int) -> Sequence[float]:
    """One target's row; ``text`` are the words with a space around each."""
    place = references.places[target]
    # Of a few numbers: lists are faster than arrays.
    mine = one.passages[place].tolist()
    from_name = compress(mine, references.from_name[target])
    names = references.name_words[target]
    total, lexical = one.overlap.total, float(one.lexical[target])
    # What the words tell besides those of its name, and what of that stands in its texts.
    said = names & one.known
    named = {word: tells(word) for word in said}
    told = total - sum(named.values())
    known = float(one.overlap.covered[target])
    known -= sum(weight for word, weight in named.items() if references.has(target, word))
    capitals = [word for word in one.capitals if word not in names]
    strange = [word for word in capitals if not references.has(target, word)]
    peculiar = float(one.overlap.peculiar[target])
    return (
        float(one.best[target]),
        fmean(nlargest(_MANY, mine)),
        max(from_name),
        float(one.margin[target]),
        float(one.best[target]) - one.neutral,
        one.neutral,
        float(bool(said) and _named(references.names[target], text)),
        _name_share(references.names[target], one.known) if said else 0.0,
        float(one.overlap.covered[target]) / total,
        peculiar / total,
        lexical / total,
        float(one.lexical_margin[target]) / total,
        total,
        told - known,
        known,
        known / told,
        len(strange),
        len(capitals) - len(strange),
        sum(map(tells, strange)),
        math.log1p(len(one.words)),
        math.log1p(references.texts[target]),
        peculiar,
        lexical,
        max(map(mul, mine, one.overlap.passages[place].tolist())) / total,
        float(not _WHO.isdisjoint(one.known)),
    )


def answer_features(
    references: References,
    question: Comparison,
    answer: Comparison,
    both: Comparison,
    targets: NDArray[np.int64],
) -> NDArray[np.float32]:
    """(targets, ANSWER) for a question with its answer, or a draft sentence of one; ``both`` is the
    two joined."""
    asked = prompt_features(references, question, targets)
    joined = prompt_features(references, both, targets)
    new = set(answer.known - question.known)
    # An answer of common words alone ("no", "two") is those words; else they are only its setting.
    telling = {word for word in new if tells(word)}
    brought = references.overlap(telling or new, 0.0 if telling else _LEAST)
    found = brought.passages / np.float32(brought.total)
    beside = found * (question.overlap.passages / np.float32(question.overlap.total))
    whole = found > 0.99
    nearest = references.best(answer.passages)
    by_target = {
        "found": references.best(found),
        "beside": references.best(beside),
        "whole_beside": references.best(np.where(whole, beside, 0)),
        "times": np.log1p(np.add.reduceat(whole.astype(np.float32), references.starts)),
        "whole_cosine": references.best(np.where(whole, both.passages, 0)),
    }
    margin = _margin(by_target["beside"], np.float32(0))
    text = f" {' '.join(answer.words)} "
    own = [
        (
            nearest[target],
            by_target["found"][target],
            by_target["beside"][target],
            margin[target],
            by_target["whole_beside"][target],
            by_target["times"][target],
            brought.covered[target] / brought.total,
            brought.peculiar[target] / brought.total,
            float(_named(references.names[target], text)),
            _name_share(references.names[target], answer.known),
            brought.total,
            len(answer.words),
            len(new),
            by_target["whole_cosine"][target],
            both.best[target] - question.best[target],
            by_target["times"][target] / (np.log1p(references.texts[target]) + 1),
        )
        for target in targets.tolist()
    ]
    last = np.array(own, np.float32).reshape(len(own), len(ANSWER) - len(PROMPT) - len(_SHARED))
    return np.concatenate([asked, joined[:, _SHARED], last], axis=1)


def _margin(values: Floats, floor: Floats | np.float32) -> Floats:
    """Of (..., targets) each less the largest of the others and of ``floor`` (...)."""
    low = np.broadcast_to(np.expand_dims(floor, -1), (*values.shape[:-1], 1))
    largest = np.partition(np.concatenate([values, low, low], axis=-1), -2)
    second, first = largest[..., -2:-1], largest[..., -1:]
    less: Floats = values - np.where(values == first, second, first)
    return less


def _named(names: Sequence[Sequence[str]], text: str) -> bool:
    """Whether one of the names stands in the text, word for word, a space around each."""
    return any(name and f" {' '.join(name)} " in text for name in names)


def _name_share(names: Sequence[Sequence[str]], known: frozenset[str]) -> float:
    """The largest share of a name's words, by what they tell, that stand in the text."""
    shares = []
    for name in filter(None, names):
        weights = {word: max(tells(word), 0.3) for word in name}
        present = sum(weight for word, weight in weights.items() if word in known)
        shares.append(present / sum(weights.values()))
    return max(shares, default=0.0)


def _capitals(text: str) -> list[str]:
    """Words with a capital that do not begin a sentence: names, mostly."""
    found, end = [], -1
    for match in _TOKEN.finditer(text):
        word, before, end = match.group(), end, match.end()
        if len(word) == 1 or not word[0].isupper():
            continue
        if before >= 0 and not _BREAK.search(text, before, match.start()):
            found += words_of(word)
    return found
