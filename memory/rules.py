"""What speakers say of themselves, found by rules, without a model.

Wrong invalidation is as bad as a missed one, so the rules want plain statements in the first
person: no questions, no conditions, no wishes, no past.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .sentences import sentences
from .turns import NewTurn
from .words import fold, terms

__all__ = [
    "ABOUT",
    "Assertion",
    "FactExtractor",
    "RuleExtractor",
    "assertions_of",
    "readable",
    "stated",
]

ABOUT = "about: "
"""What the attributes of statements of any kind begin with. One with another attribute has one
value at a time."""
_LONGEST = 60  # words; longer sentences tell stories
_MOST = 200_000  # letters of one turn that are read for facts


@dataclass(frozen=True, slots=True)
class Assertion:
    """What one sentence says of its speaker. ``over``: that it holds no longer."""

    attribute: str
    value: str
    text: str
    over: bool = False


class FactExtractor(Protocol):
    """Finds assertions in a turn; an LLM may be plugged in here. Of an attribute there is one
    current value at a time, except where it begins with ``about:``: of two statements like that
    the newer ends the older where they are of the same thing, which is told by their words."""

    def extract(self, text: str) -> Sequence[Assertion]:
        """What the speaker of ``text`` states about themselves."""
        ...


_NOW = r"(?:(?:now|currently|just|recently|finally|actually|really|also|still|already)\s+)*"
_I = rf"\b(?:i|we)\s+{_NOW}"
_IAM = rf"\b(?:i'm|i’m|i am)\s+{_NOW}"
_HAVE = rf"\b(?:i|we)(?:'ve|’ve|\s+have)?\s+{_NOW}"
_VALUE = r"(?P<value>[^,.;:!?()]+)"
_THING = (
    r"(?:favou?rite [a-z]+(?: [a-z]+)?|(?:[a-z'’]+ ){0,2}(?:name|number|address|e-?mail|birthday|"
    r"nickname|hometown|password|pin|salary|budget|deadline|major|blood type|time ?zone|"
    r"job title|shoe size|height|weight|pronouns))"
)
# Attributes of which a speaker has one at a time, in the order tried; the first that fits a place
# in the sentence takes it.
_RULES: tuple[tuple[str, str], ...] = (
    ("home", rf"{_I}(?:live|reside) (?:in|at|near) {_VALUE}"),
    ("home", rf"{_HAVE}(?:moved|relocated) (?:back |over )?to {_VALUE}"),
    ("home", rf"{_IAM}(?:living|based) in {_VALUE}"),
    ("employer", rf"{_I}work (?:at|for) {_VALUE}"),
    ("employer", rf"{_HAVE}(?:started (?:working )?|got a (?:new )?job )(?:at|with) {_VALUE}"),
    ("employer", rf"{_IAM}working (?:at|for) {_VALUE}"),
    ("job", rf"{_I}work as (?:an? |the )?{_VALUE}"),
    ("job", rf"{_HAVE}became (?:an? |the ){_VALUE}"),
    ("nickname", rf"\b(?:please |just )?call me {_VALUE}"),
    ("age", rf"{_IAM}(?P<value>\d{{1,3}}) ?(?:years? old|yo)\b"),
    ("age", rf"{_HAVE}turned (?P<value>\d{{1,3}})\b"),
    (
        "status",
        rf"(?:{_IAM}|{_HAVE}got )(?P<value>single|married|divorced|engaged|widowed)\b",
    ),
    ("diet", rf"{_IAM}(?:a )?(?P<value>vegan|vegetarian|pescatarian|flexitarian)\b"),
    ("allergy", rf"{_IAM}(?:\w+ )?allergic to {_VALUE}"),
    ("origin", rf"{_IAM}(?:originally )?from {_VALUE}"),
    ("taste", rf"{_I}(?P<how>love|like|enjoy|prefer|adore|hate|dislike|can't stand) {_VALUE}"),
    ("taste", rf"{_I}(?P<how>don't like|do not like|no longer like) {_VALUE}"),
    ("own", rf"\bmy (?P<thing>{_THING})(?: is| was changed to| changed to|'s) (?:now )?{_VALUE}"),
    ("called", rf"\bmy (?P<thing>[a-z]+) is (?:called|named) {_VALUE}"),
)
_OVER: tuple[tuple[str, str], ...] = (
    ("home", rf"{_I}no longer live (?:in|at) {_VALUE}"),
    ("home", rf"{_I}(?:don't|do not) live (?:in|at) {_VALUE} any ?more"),
    ("employer", rf"{_I}(?:no longer|don't|do not) work (?:at|for) {_VALUE}"),
    ("employer", rf"{_HAVE}(?:quit|left) my job (?:at|with) {_VALUE}"),
    ("diet", rf"{_IAM}(?:no longer|not) (?:a )?(?P<value>vegan|vegetarian|pescatarian)\b"),
    ("allergy", rf"{_IAM}(?:no longer|not) allergic to {_VALUE}"),
)
_POSITIVE = frozenset({"love", "like", "enjoy", "prefer", "adore"})
_SEVERAL = frozenset({"allergy", "taste"})  # one current value for each thing, not for all
_HYPOTHETICAL = re.compile(
    r"\b(?:if|would|wish|might|maybe|perhaps|could|imagine|pretend|suppose|used to|as a kid|"
    r"unless|hypothetically|dreamed|dreamt)\b",
    re.I,
)
_PERSONAL = re.compile(r"\b(?:i|we|my|me)\b", re.I)
# "I moved to a bigger flat" says no place, "I love it" no thing.
_VAGUE = re.compile(r"^(?:an?|the|my|our|his|her|their|some|this|that|new|another)\b[^A-Z]*$")
_POINTING = re.compile(
    r"^(?:it|this|that|these|those|them|him|her|you|how|when|what|being|to)\b", re.I
)
_PLACES = frozenset({"home", "origin"})
_TAIL = re.compile(
    r"\s+(?:(?:in|on|since|around|until) (?:january|february|march|april|may|june|july|august|"
    r"september|october|november|december|spring|summer|autumn|fall|winter|\d).*|"
    r"(?:last|this|next) (?:week|month|year|spring|summer|autumn|fall|winter|\w+day).*|"
    r"(?:and|but|because|since|so|when|while|where|which|who|that|with|for|now|these days|"
    r"after|before|though|although|right now|at the moment|any ?more|again|recently|yesterday|"
    r"today|ago|originally|instead|too|as well)\b.*)$",
    re.I,
)
_LEAD = re.compile(r"^(?:an? |the |my |our |to |eating |called )+", re.I)
# What denies comes first: "no longer live in" before "live in".
_COMPILED = [
    *((name, re.compile(rule, re.I), True) for name, rule in _OVER),
    *((name, re.compile(rule, re.I), False) for name, rule in _RULES),
]


class RuleExtractor:
    """Plain statements in the first person: home, work, name, age, family status, diet,
    allergies, likes, and "my … is …" for things that people have one of."""

    def extract(self, text: str) -> list[Assertion]:
        """See ``FactExtractor``. Linear in the text."""
        return [found for sentence in readable(text) for found in assertions_of(sentence)]


def stated(turn: NewTurn, extractor: FactExtractor | None) -> Sequence[Assertion]:
    """What a turn states of its speaker. An assistant without a name says nothing of itself."""
    if extractor is None or (turn.role != "user" and turn.speaker in (None, turn.role)):
        return ()
    return extractor.extract(turn.text)


def readable(text: str) -> list[str]:
    """The sentences of a turn that are read for facts."""
    return sentences(text[:_MOST])


def assertions_of(sentence: str) -> Iterable[Assertion]:
    """What the rules find in one sentence."""
    if not _PERSONAL.search(sentence):
        return
    if sentence.rstrip().endswith("?") or len(sentence.split()) > _LONGEST:
        return
    if _HYPOTHETICAL.search(sentence):
        return
    taken: set[str] = set()
    for name, rule, over in _COMPILED:
        for match in rule.finditer(sentence):
            said = match["value"].strip()
            if _PLACES & {name} and _VAGUE.match(said):
                continue
            value = _trimmed(said)
            attribute = _attribute(name, match, value)
            if value and attribute and attribute not in taken:
                taken.add(attribute)
                yield Assertion(attribute, _shown(match, value), sentence, over)


def _attribute(name: str, match: re.Match[str], value: str) -> str:
    if name in _SEVERAL:
        if _POINTING.match(value):
            return ""
        kind = " ".join(sorted(set(terms(value))))
        return f"{name}: {kind}" if kind else ""
    if name == "own":
        return fold(match["thing"]).replace("favourite", "favorite").replace("’", "'")
    if name == "called":
        return f"{fold(match['thing'])}'s name"
    return name


def _shown(match: re.Match[str], value: str) -> str:
    """Likes and dislikes are told apart by their value, so that one ends the other."""
    how = match.groupdict().get("how")
    if not how:
        return value
    return f"{'likes' if fold(how) in _POSITIVE else 'dislikes'} {value}"


def _trimmed(value: str) -> str:
    """The value without what follows it ("Oslo in May" is Oslo), at most eight words."""
    short = _LEAD.sub("", _TAIL.sub("", f" {value.strip()}").strip())
    words = short.strip(" \"'“”").split()
    return " ".join(words) if 0 < len(words) <= 8 else ""
