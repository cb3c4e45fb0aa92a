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
_ONE = re.compile(r"\b(?:he|she|him|her|hers|his|himself|herself)\b", re.IGNORECASE)
_OPENS = re.compile(
    r"\W*(?:(?:and|but|so|now|yes|no|oh|well|today|by the way|apparently)\W+){0,2}"
    r"(?:he|she|his|her|they|their)\b",
    re.IGNORECASE,
)
# A capital inside a sentence is most likely a name; after these words it is a place or a day.
_NAME = re.compile(r"(?<=[\w,;:\"'] )(?<!\b[Ii]n )(?<!\b[Aa]t )(?<!\b[Oo]n )[A-Z][^\W\d_]{2,}")


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
    """Of consecutive turns those that name somebody, those that speak of one person without a name
    within ``BACK`` turns after one, and those that open with a pronoun as far after any of them."""
    about: list[bool] = []
    for place, (text, names) in enumerate(zip(texts, named, strict=True)):
        back = slice(max(0, place - BACK), place)
        meant = any(named[back]) and _means_one_named_before(text)
        about.append(names or meant or (any(about[back]) and bool(_OPENS.match(text))))
    return about


def _means_one_named_before(text: str) -> bool:
    """Whether a text has a pronoun for one person and no name before it."""
    pronoun = _ONE.search(text)
    return pronoun is not None and not _NAME.search(text, 0, pronoun.start())
