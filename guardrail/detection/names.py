"""Names in a text: exact under folding, or misspelled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from guardrail.restriction.matcher import Matcher
from guardrail.restriction.normalize import normalize, squeeze
from guardrail.restriction.phrases import Phrase
from guardrail.targets import Target

__all__ = ["NameHit", "NameIndex"]

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_OWNED = re.compile("['’]s$")  # which takes a short name too far from itself
# Indel similarity in percent, of the whole name and of each of its words: two letters swapped in a
# twelve-letter name give 92, in a four-letter word 75; "Hawking" for "King" gives 73.
_FUZZY_FLOOR = 86.0
_FUZZY_WORD = 74.0
_FUZZY_LETTERS = 6  # shorter names have too many honest look-alikes
_MAX_WORDS = 4000  # of one message, for the fuzzy comparison


@dataclass(frozen=True, slots=True)
class NameHit:
    """One target's best name match in one text; ``strength`` in [0, 1], ``reason`` in words."""

    target: str
    strength: float
    reason: str


class NameIndex:
    """The names of all targets, compiled for one pass over a text."""

    def __init__(self, targets: Sequence[Target]) -> None:
        owners = [(name, target.id) for target in targets for name in target.all_names]
        self._owners: dict[Phrase, set[str]] = {}
        for name, target in owners:
            self._owners.setdefault(Phrase(name), set()).add(target)
        self._matcher = Matcher(list(self._owners))
        fuzzy = [(n.casefold(), t) for n, t in owners if sum(map(str.isalpha, n)) >= _FUZZY_LETTERS]
        self._by_length: dict[int, list[tuple[str, str]]] = {}
        for name, target in fuzzy:
            self._by_length.setdefault(len(_WORD.findall(name)), []).append((name, target))

    def hits(self, text: str, *, fuzzy: bool = True) -> list[NameHit]:
        """Every target named in ``text``, each with its strongest hit."""
        best: dict[str, NameHit] = {}
        for hit in (*self._exact(text), *(self._fuzzy(text) if fuzzy else ())):
            if hit.target not in best or hit.strength > best[hit.target].strength:
                best[hit.target] = hit
        return list(best.values())

    def whole(self, text: str) -> set[str]:
        """The targets of which ``text`` is a name and nothing else."""
        letters = squeeze(normalize(text))
        return {
            target
            for match in self._matcher.find(text)
            if squeeze(normalize(text[match.start : match.end])) == letters
            for target in self._owners[match.phrase]
        }

    def _exact(self, text: str) -> list[NameHit]:
        found = {
            target for match in self._matcher.find(text) for target in self._owners[match.phrase]
        }
        return [NameHit(target, 1.0, "its name stands in the text") for target in found]

    def _fuzzy(self, text: str) -> list[NameHit]:
        found = _WORD.findall(text)[:_MAX_WORDS]
        words = [_OWNED.sub("", word.casefold()) for word in found]
        hits = []
        for length, names in self._by_length.items():
            grams = [" ".join(words[i : i + length]) for i in range(len(words) - length + 1)]
            if not grams:
                continue
            scores = process.cdist(
                [name for name, _ in names],
                grams,
                scorer=fuzz.ratio,
                score_cutoff=_FUZZY_FLOOR,
                dtype=np.float32,
            )
            for i, j in zip(*np.nonzero(scores), strict=True):
                if _wordwise(names[i][0], grams[j]):
                    strength = float(scores[i, j]) / 100 * 0.95
                    hits.append(NameHit(names[i][1], strength, "a near spelling of its name"))
        return hits


def _wordwise(name: str, gram: str) -> bool:
    """Whether each word is near to its counterpart, not only the whole."""
    pairs = zip(_WORD.findall(name), _WORD.findall(gram), strict=False)
    return all(fuzz.ratio(one, other) >= _FUZZY_WORD for one, other in pairs)
