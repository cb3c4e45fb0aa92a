"""Statements of any kind that speakers make of themselves, of who is theirs and of what is theirs.

What ``rules`` has no rule for: "the code for the garage is 4417", "I've been learning the oud". The
attribute is the words of what it is about. Questions, requests, plans, conditions, jokes, quotes
and what others are said to think are left out, and so is what merely happened.
"""

from __future__ import annotations

from .phrases import (
    ASKING,
    CALLED,
    DEFINITE,
    HAVING,
    JUDGING,
    MUSING,
    NEXT,
    NO_STATEMENT,
    OPENING,
    OWN,
    POINTING,
    SOMEONE,
)
from .rules import ABOUT, Assertion, assertions_of, readable
from .statements import Statement, read

__all__ = ["StatementExtractor"]

_LETTERS = 1_000  # of a sentence that is read
_FEWEST, _LONGEST = 3, 40  # words of a statement
_PLAIN = 14  # and of one without a number, day, name or the like: longer ones tell stories
_WORDS = 6  # of an attribute


class StatementExtractor:
    """What ``RuleExtractor`` finds, and of the sentences that it says nothing of, the statement
    that each makes."""

    def extract(self, text: str) -> list[Assertion]:
        """See ``FactExtractor``. Linear in the text."""
        found: list[Assertion] = []
        for sentence in readable(text):
            ruled = list(assertions_of(sentence))
            found += ruled or _told(sentence)
        return found


def _told(sentence: str) -> list[Assertion]:
    if len(sentence) > _LETTERS:
        return []
    said = ASKING.sub("", sentence.replace("’", "'"))
    said = CALLED.sub("", OPENING.sub("", said))
    if NO_STATEMENT.search(said):
        return []
    return [told for clause in _clauses(said) if (told := _of_clause(clause)) is not None]


def _clauses(said: str) -> list[str]:
    """The statements of a sentence; in one that is short they belong together ("I sold it and
    bought a boat")."""
    return [said] if len(said.split()) <= _PLAIN else [part.strip() for part in NEXT.split(said)]


def _of_clause(said: str) -> Assertion | None:
    if not _FEWEST <= len(said.split()) <= _LONGEST or MUSING.match(said):
        return None
    statement = read(said)
    if not statement.content or not _tells(said, statement):
        return None
    return Assertion(ABOUT + _thing(statement), statement.value, said)


def _tells(said: str, statement: Statement) -> bool:
    """Whether it says something definite of somebody or something that is theirs."""
    if POINTING.match(said):
        return False
    if any(kind != "name" for kind, _ in statement.typed):
        return True
    several = len(statement.content) > 1
    happened = (statement.past or statement.event) and not statement.change
    own, definite = OWN.match(said), DEFINITE.match(said)
    if definite and said[:4].casefold() == "they" and not statement.change:
        return False
    if JUDGING.search(said) or (statement.event and happened):
        return False
    if statement.typed:  # a name
        return bool(own or definite or (several and SOMEONE.match(said)))
    if happened or len(said.split()) > _PLAIN:
        return False
    if own:
        return several or HAVING.match(said) is not None
    return several and bool(SOMEONE.match(said) or definite)


def _thing(statement: Statement) -> str:
    """What a statement is about in words: those that are not its value, and whose it is."""
    words = [word for word in statement.shown if word != statement.value] or list(statement.shown)
    whose = sorted(statement.persons - {word.casefold() for word in words})
    return " ".join([*whose, *words][:_WORDS]).casefold()
