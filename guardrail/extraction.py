"""Phrases out of what is known of a target: names, titles, numbers and dates of its texts.

What a reply about the target would say, and a reply about anything else would not: never words
that the neutral prompts of this project use, never the target's own names, which are banned
anyway, and never words that only begin a sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from guardrail.phrasing import EMPTY_WORDS
from guardrail.restriction.normalize import normalize, squeeze
from guardrail.targets import Target

__all__ = ["Candidate", "everyday_words", "extract", "neutral_prompts", "telling_words"]

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b(?:\d{{1,2}} (?:{_MONTHS}) \d{{4}}|(?:{_MONTHS}) \d{{1,2}}, \d{{4}})\b")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*\d(?![\w])")
_TITLE = re.compile(r"[\"“«]([^\"”»]{3,60})[\"”»]")
_CAPITAL = r"[^\W\d_a-z][\w'’-]+"
_NAME = re.compile(rf"{_CAPITAL}(?: (?:(?:of|the|and|de|van|von|di|da|la|le) ){{0,2}}{_CAPITAL})*")
_SENTENCE = re.compile(r"(?:^|(?<=[.!?:;])\s+|\n+)")
_MANY = 100


class Candidate(BaseModel):
    """A phrase that typifies a target: what kind it is, and in how many of its texts it stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    kind: str
    texts: int


def extract(target: Target, *, most: int = _MANY) -> list[Candidate]:
    """The phrases of a target's exemplars, the most frequent first. Linear in their length.

    They are proposals: look at them, and put those that fit into the target's ``phrases``.
    """
    known = {squeeze(normalize(word)) for name in target.all_names for word in name.split()}
    seen: Counter[tuple[str, str]] = Counter()
    for text in target.exemplars:
        seen.update(set(_found(text)))
    ranked = sorted(seen.items(), key=lambda item: (-item[1], -len(item[0][0]), item[0]))
    return [
        Candidate(text=phrase, kind=kind, texts=texts)
        for (phrase, kind), texts in ranked
        if not _common(phrase, known)
    ][:most]


def neutral_prompts() -> list[str]:
    """Prompts about nothing in particular, written for this project."""
    return list(_neutral())


@cache
def _neutral() -> tuple[str, ...]:
    text = resources.files("guardrail").joinpath("neutral.txt").read_text("utf-8")
    return tuple(text.splitlines())


@cache
def everyday_words() -> frozenset[str]:
    """The words of the neutral prompts, and those without meaning of their own, normalised."""
    neutral = (squeeze(normalize(word)) for line in _neutral() for word in line.split())
    return frozenset(neutral) | EMPTY_WORDS


def telling_words(phrases: Iterable[str]) -> list[str]:
    """The words of some phrases that everyday talk does not have, normalised, each once."""
    words = (squeeze(normalize(word)) for phrase in phrases for word in phrase.split())
    return [w for w in dict.fromkeys(words) if w.isalpha() and w not in everyday_words()]


def _found(text: str) -> Iterable[tuple[str, str]]:
    for match in _DATE.finditer(text):
        yield match.group(), "date"
    rest = _DATE.sub(" ", text)
    for match in _NUMBER.finditer(rest):
        yield match.group(), "number"
    for match in _TITLE.finditer(text):
        yield match[1].strip(" ,."), "title"
    for sentence in filter(None, _SENTENCE.split(text)):
        for match in _NAME.finditer(sentence):
            words = match.group().split()
            # Every sentence starts with a capital: alone it makes no name, "The" before one none.
            while words and match.start() == 0 and words[0].casefold() in EMPTY_WORDS:
                del words[0]
            if len(words) > 1 or (words and (match.start() or len(words) < len(match[0].split()))):
                yield " ".join(words), "name"


def _common(phrase: str, known: set[str]) -> bool:
    """Whether a phrase says nothing of the target beside its names and everybody's words."""
    letters = [squeeze(normalize(word)) for word in phrase.split()]
    telling = [word for word in letters if word not in known and word not in everyday_words()]
    return not any(len(word) > 2 for word in telling)
