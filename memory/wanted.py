"""What an erasure is to remove, and which turns hold it in so many words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .errors import BadInput
from .references import goes_on_about
from .scope import some_text
from .turns import Fact, Subject, Turn
from .words import UNSPACED, fold, plain_words, terms

__all__ = ["Wanted", "fits", "folded", "going_on", "holds", "naming", "same_fact"]

_MOSTLY = 0.6  # share of the turns with the last word of a name that hold the name whole
_POSSESSIVE = re.compile(r"['’]s?$")
_TASTES = frozenset(terms("likes dislikes"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an erasure is to remove: the turns that fit all that is given."""

    query: str | None = None
    text: str | None = None
    fact: Fact | str | None = None
    target: Subject | str | None = None
    turn_ids: Sequence[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    everything: bool = False

    def check(self) -> None:
        """Raises ``BadInput`` when nothing was given, or everything and something else."""
        given = (self.query, self.text, self.fact, self.target)
        if self.everything == any(
            value is not None for value in (*given, self.turn_ids, self.since, self.until)
        ):
            raise BadInput(
                "say what to erase: a query, text=, fact=, target=, turn_ids=, since= or until=, "
                "or everything=True and nothing else"
            )
        for name, value in zip(("query", "text", "fact", "target"), given, strict=True):
            if isinstance(value, Subject):
                value.check()
            elif value is not None and not isinstance(value, Fact):
                some_text(value, f"{name} to erase")


def fits(turn: Turn, wanted: Wanted, derived: Collection[int] = ()) -> bool:
    """Whether a turn has the words, the id and the time that are wanted; what is ``derived`` of
    some turns, by id, has the words too."""
    words = None if wanted.text is None or turn.id in derived else folded(wanted.text)
    if words is not None and words not in folded(turn.text):
        return False
    if wanted.turn_ids is not None and turn.id not in wanted.turn_ids:
        return False
    if wanted.since is not None and turn.time < _aware(wanted.since):
        return False
    return wanted.until is None or turn.time < _aware(wanted.until)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def folded(text: str) -> str:
    """Case, width and spacing aside."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def holds(text: str, words: str) -> bool:
    """Whether a text has these words, one after the other and whole; case, accents, punctuation
    and a possessive aside."""
    if UNSPACED.search(words):
        return fold(words) in fold(text)
    wanted = _line(words)
    return bool(wanted.strip()) and wanted in _line(text)


def _line(text: str) -> str:
    return f" {' '.join(_POSSESSIVE.sub('', word) for word in plain_words(text))} "


def naming(turns: Sequence[Turn], subject: Subject) -> set[int]:
    """The turns that hold a subject's name, an alias or a phrase, and those with the last word of a
    name that hardly stands without the rest of it ("Rowling", but not "King" among kings)."""
    names = (subject.name, *subject.aliases)
    sought = (*names, *subject.phrases)
    found = {turn.id for turn in turns if any(holds(turn.text, words) for words in sought)}
    words = {turn.id: set(_line(turn.text).split()) for turn in turns}
    everywhere = Counter(word for held in words.values() for word in held)
    whole = Counter(word for turn in found for word in words[turn])
    lasts = {_line(name).split()[-1] for name in names if _line(name).strip()}
    alone = {last for last in lasts if whole[last] >= max(2, _MOSTLY * everywhere[last])}
    return found | {turn for turn, held in words.items() if held & alone}


def going_on(turns: Sequence[Turn], named: set[int]) -> set[int]:
    """The named turns, and those of their conversations that go on about them."""
    conversations: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        conversations[turn.conversation].append(turn)
    found = set()
    for said in conversations.values():
        texts, names = [turn.text for turn in said], [turn.id in named for turn in said]
        about = goes_on_about(texts, names)
        found |= {turn.id for turn, hit in zip(said, about, strict=True) if hit}
    return found


def same_fact(fact: Fact | str, subject: str, attribute: str, value: str) -> bool:
    """Whether an assertion states a fact: the same value for the same thing, or, where the fact is
    given in words, whether it has them all."""
    if isinstance(fact, str):
        return set(terms(fact)) <= set(terms(f"{subject} {attribute} {value}"))
    if (fact.subject.casefold(), fact.attribute) != (subject.casefold(), attribute):
        return False
    one, other = set(terms(fact.value)) - _TASTES, set(terms(value)) - _TASTES
    return one <= other or other <= one
