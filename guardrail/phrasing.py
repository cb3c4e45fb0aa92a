"""From targets to the phrases that must not be said."""

from __future__ import annotations

import re
from collections.abc import Iterable

from guardrail.restriction.phrases import Phrase
from guardrail.targets import Policy, Target

__all__ = ["EMPTY_WORDS", "content_phrases", "global_phrases", "target_phrases"]

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_CONTENT = re.compile(r"\d[\d.,:/-]*\d|\d|[^\W\d_][\w'’-]*")
# Capitalised at the start of a sentence and of no meaning by themselves.
EMPTY_WORDS = frozenset(
    "a an the this that these those it its he she they we you i his her their our your my and but "
    "or so if in on at of for to from by with as is was are were be been has had have do does did "
    "not no yes there here when where what who which why how then also however although while "
    "because after before during since until despite according one some many most other another "
    "can could may might will would shall should must let please sorry sure".split()
)


def global_phrases(targets: Iterable[Target]) -> list[Phrase]:
    """What no reply may hold: secrets, and the names of targets that do not ask otherwise."""
    phrases: dict[Phrase, None] = {}
    for target in targets:
        if target.policy is Policy.OBSERVE:
            continue
        phrases |= dict.fromkeys(Phrase(text, whole_words=False) for text in target.secrets)
        if target.names == "always":
            phrases |= dict.fromkeys(Phrase(name, inflections=True) for name in target.all_names)
    return list(phrases)


def target_phrases(targets: Iterable[Target]) -> list[Phrase]:
    """What a reply to a prompt flagged for these targets may not hold, besides global phrases:
    their own phrases, their names, and the longer words of names."""
    phrases: dict[Phrase, None] = {}
    for target in targets:
        if target.policy is Policy.OBSERVE:
            continue
        phrases |= dict.fromkeys(Phrase(text, inflections=True) for text in target.phrases)
        for name in target.all_names if target.names != "softly" else ():
            words = [word for word in _WORD.findall(name) if len(word) >= 4]
            phrases |= dict.fromkeys(Phrase(text, inflections=True) for text in (name, *words))
    return list(phrases)


def content_phrases(sentence: str, question: str) -> list[Phrase]:
    """The names and numbers that a rejected sentence brought and its question did not have.

    Banning them is what makes the next try say something else.
    """
    asked = {word.casefold() for word in _CONTENT.findall(question)}
    said = dict.fromkeys(
        word
        for word in _CONTENT.findall(sentence)
        if (word[0].isupper() or word[0].isdigit()) and word.casefold() not in asked | EMPTY_WORDS
    )
    return [Phrase(word) for word in said]
