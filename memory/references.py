"""Whom a turn speaks of without a name: "She moved to Oslo", after a turn that names her."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["BACK", "carried", "goes_on_about", "speaks_of_someone"]

BACK = 4
"""Earlier turns that a pronoun may refer to."""
_PERSON = re.compile(
    r"\b(?:he|she|him|her|hers|his|they|them|their|theirs|himself|herself|themselves)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"\W*(?:(?:and|but|so|now|yes|no|oh|well|today|by the way|apparently)\W+){0,2}"
    r"(?:he|she|his|her|they|their)\b",
    re.IGNORECASE,
)


def speaks_of_someone(text: str) -> bool:
    """Whether a text has a pronoun for a person."""
    return bool(_PERSON.search(text))


def carried(texts: Sequence[str], flags: Sequence[bool]) -> list[bool]:
    """The flags of consecutive turns, and those of the turns that speak of a person without a name
    within ``BACK`` turns after a flagged one."""
    return [
        flag or (speaks_of_someone(text) and any(flags[max(0, place - BACK) : place]))
        for place, (text, flag) in enumerate(zip(texts, flags, strict=True))
    ]


def goes_on_about(texts: Sequence[str], named: Sequence[bool]) -> list[bool]:
    """Of consecutive turns those that open with a pronoun for a person within ``BACK`` turns after
    one that names somebody, or that goes on about them in the same way."""
    about: list[bool] = []
    for place, (text, names) in enumerate(zip(texts, named, strict=True)):
        before = about[max(0, place - BACK) : place]
        about.append(names or (any(before) and bool(_OPENS.match(text))))
    return about
