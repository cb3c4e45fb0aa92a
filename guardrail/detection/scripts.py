"""Names written in another script: "Эйнштейн" and "アインシュタイン" are Einstein.

Words are transcribed (anyascii) and compared by how they sound: by their consonants, in classes
that writers of other scripts do not keep apart, with a price for what they swap or leave out. Only
words in another script are looked at, so no text in Latin letters is touched. The prices were set
on the first list of ``benchmarks.other_scripts``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
import regex
from anyascii import anyascii
from rapidfuzz import fuzz, process

from guardrail.targets import Target

__all__ = ["SoundIndex"]

_WORD = regex.compile(
    r"(?P<cyrillic>\p{Cyrillic}+)|(?P<greek>\p{Greek}+)|(?P<arabic>\p{Arabic}+)"
    r"|(?P<katakana>[\p{Katakana}ー]+)"
)
_LATIN_WORD = re.compile(r"[^\W\d_]+")
_APART = 2  # characters between two words of one name
_MOST_WORDS = 400  # of one text
_LEAST = 4  # consonants of a name: with fewer it is like too many other words
_MANY = 7  # consonants that nearly are enough by themselves
_ALIKE, _NEARLY = 55.0, 42.0  # in percent, vowels and all: what a shorter, a longer name must be
_PRICE = 0.13  # a consonant, that a whole name may differ by
_BARE_PRICE = 0.08  # and where few vowels are written, which leaves more words alike
_BARE_LEAST = 5
_WORD_PRICE = 0.4  # and each of its words
_COARSE = 55.0  # in percent: what is less alike is not looked at closely

# Groups of letters to classes. P T K S F M N L R are what they seem. C is "ch", G a "g" that may be
# soft, Q "th", J "j"; H and W are hardly heard. Other letters are vowels, and nothing.
_GROUPS = {
    "latin": "sch:S tch:S sh:S zh:S ch:C ph:F th:Q gh:H ck:K qu:KW x:KS dge:S dgi:S ts:S tz:S "
    "ce:S ci:C cy:S ge:G gi:G gy:G c:K j:J w:W h:H z:S",
    "cyrillic": "shch:S dzh:S zh:S ch:S sh:S kh:H ts:S z:S",
    "greek": "gch:NK gk:K tz:S ts:S th:Q ch:H x:KS z:S",
    "arabic": "tsh:C sh:S th:S dh:S kh:H gh:K j:G z:S h:H w:W",
    "katakana": "sh:S ch:C ts:S j:S z:S h:H w:W",
}
_LETTERS = "b:P p:P f:F v:F t:T d:T k:K g:K q:K s:S m:M n:N l:L r:R"
_SOUNDS = {
    script: [(letters, sound) for letters, sound in (one.split(":") for one in groups.split())]
    for script, groups in ((script, f"{groups} {_LETTERS}") for script, groups in _GROUPS.items())
}
_SWAPPED = {
    frozenset(pair): price
    for pairs, price in (
        ("CS GS GK JS QT", 0.0),
        ("CK CH HK WF QS GH GJ JH JK CG", 0.2),
        ("FP MN CT HF", 0.4),
        ("TS", 0.6),
    )
    for pair in pairs.split()
}
# What a word may lack, or have beside the name; at its beginning little of that.
_LEFT_OUT = {"H": 0.1, "W": 0.1, "J": 0.4, "R": 0.5, "G": 0.6, "T": 0.6}
_FIRST = {"W": 0.1, "J": 0.4}
_UNHEARD = 0.1  # an "r" that Japanese leaves out
_WRITTEN = 0.2  # the "n" and "m" of "nt" and "mp", which are how Greek writes "d" and "b"
_ENDINGS = {"cyrillic": "MFH", "greek": "S"}  # of cases
_ENDING = 0.2


class _Name(NamedTuple):
    words: tuple[str, ...]  # as they sound
    letters: str
    target: str


class _Word(NamedTuple):
    script: str
    sound: str
    letters: str


class SoundIndex:
    """The names of all targets, by how they sound."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._names: dict[int, list[_Name]] = {}
        for target in targets:
            for name in target.all_names:
                for form in _forms(name, target.id):
                    self._names.setdefault(len(form.words), []).append(form)

    def targets(self, text: str) -> set[str]:
        """The ids of those whose name stands in ``text`` in another script."""
        if text.isascii():
            return set()
        return {name.target for run in _runs(text) for name in self._named(run)}

    def _named(self, run: Sequence[_Word]) -> Iterator[_Name]:
        for length, names in self._names.items():
            seen = [run[i : i + length] for i in range(len(run) - length + 1)]
            if not seen:
                continue
            near = process.cdist(
                [_coarse(name.words) for name in names],
                [_coarse([word.sound for word in words]) for words in seen],
                scorer=fuzz.ratio,
                score_cutoff=_COARSE,
                dtype=np.float32,
            )
            for i, j in zip(*np.nonzero(near), strict=True):
                if _sounds_like(names[i], seen[j]):
                    yield names[i]


def _forms(name: str, target: str) -> Iterator[_Name]:
    """A name as it may be written: its words in order, or the last first."""
    words = _LATIN_WORD.findall(name)
    if not (words and name.isascii()):
        return
    for order in dict.fromkeys((tuple(words), (*words[-1:], *words[:-1]))):
        sounds = tuple(_sound(word, "latin") for word in order)
        if sum(map(len, sounds)) >= _LEAST:
            yield _Name(sounds, _smooth("".join(order).lower()), target)


def _runs(text: str) -> Iterator[list[_Word]]:
    """Words of one script that stand side by side."""
    found: list[tuple[int, _Word]] = []
    end = run = 0
    for match in _WORD.finditer(text):
        if len(found) == _MOST_WORDS:
            break
        script = match.lastgroup
        assert script is not None
        if found and (match.start() - end > _APART or found[-1][1].script != script):
            run += 1
        letters = _transcribed(match.group())
        found.append((run, _Word(script, _sound(letters, script), letters)))
        end = match.end()
    for _, words in groupby(found, key=lambda one: one[0]):
        yield [word for _, word in words]


def _transcribed(word: str) -> str:
    plain = anyascii(word.replace("ッ", "")).lower()  # which only doubles the next consonant
    return re.sub("[^a-z]", "", plain)


@lru_cache(4096)
def _sound(word: str, script: str) -> str:
    """A word's consonants in classes; a doubled one is one."""
    word, sounds, at = word.lower(), "", 0
    while at < len(word):
        for letters, sound in _SOUNDS[script]:
            if word.startswith(letters, at):
                sounds += sound
                at += len(letters)
                break
        else:
            sounds += "."
            at += 1
    return re.sub(r"(.)\1+", r"\1", sounds).replace(".", "")


def _coarse(sounds: Sequence[str]) -> str:
    return "".join(sounds).translate(str.maketrans("CGJQ", "SKST", "HW"))


def _sounds_like(name: _Name, seen: Sequence[_Word]) -> bool:
    script, whole = seen[0].script, sum(map(len, name.words))
    prices = [_price(a, b.sound, script) for a, b in zip(name.words, seen, strict=True)]
    words = zip(prices, name.words, strict=True)
    if any(price > _WORD_PRICE * max(len(word), 1) for price, word in words):
        return False
    if script == "arabic":
        return whole >= _BARE_LEAST and sum(prices) <= _BARE_PRICE * whole
    letters = "".join(word.letters for word in seen)
    alike = fuzz.ratio(name.letters, _smooth(letters))
    return sum(prices) <= _PRICE * whole and alike >= (_NEARLY if whole >= _MANY else _ALIKE)


def _smooth(letters: str) -> str:
    """Letters, with what is written in several ways written in one."""
    for several, one in (("oy", "u"), ("oo", "u"), ("ee", "i"), ("y", "i"), ("w", "v")):
        letters = letters.replace(several, one)
    return letters


@lru_cache(65536)
def _price(name: str, word: str, script: str) -> float:
    """What it costs to hear ``word`` as ``name``: an edit distance."""
    row = [0.0]
    for j in range(len(word)):
        row.append(row[-1] + _added(word, j, script))
    for i, one in enumerate(name):
        above, row = row, [row[0] + _lacking(name, i, script)]
        for j, other in enumerate(word):
            row.append(
                min(
                    above[j] + _instead(one, other, script),
                    above[j + 1] + _lacking(name, i, script),
                    row[j] + _added(word, j, script),
                )
            )
    return row[-1]


def _lacking(name: str, at: int, script: str) -> float:
    """What it costs that a word lacks a sound of the name."""
    if script == "katakana" and name[at] == "R" and at:
        return _UNHEARD
    return _FIRST.get(name[0], 1.5) if at == 0 else _LEFT_OUT.get(name[at], 1.0)


def _added(word: str, at: int, script: str) -> float:
    """What it costs that a word has a sound that the name has not."""
    if script == "greek" and word[at : at + 2] in ("NT", "MP"):
        return _WRITTEN
    if at > 1 and at == len(word) - 1 and word[at] in _ENDINGS.get(script, ""):
        return _ENDING
    return _FIRST.get(word[0], 1.5) if at == 0 else _LEFT_OUT.get(word[at], 1.0)


def _instead(one: str, other: str, script: str) -> float:
    if one == other or (script == "katakana" and {one, other} == {"L", "R"}):
        return 0.0
    return _SWAPPED.get(frozenset((one, other)), 1.0)
