"""Two ways to read a text in which a secret's form is looked for: as it stands, and folded.

Folded, letters and digits are those of ``normalize``, signs are their plain forms, what is not seen
is gone, and what is escaped as in JSON is what it stands for. As in ``normalize`` each character is
folded by itself, so that a text may be read piece by piece.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import regex

from guardrail.restriction.normalize import BOUNDARY, normalize

__all__ = ["Reading", "as_folded", "as_written", "folded", "is_plain", "settled", "unescaped"]

_HEX = r"[0-9a-fA-F]"
_HIGH = rf"u[dD][89abAB]{_HEX}{{2}}"  # with the one that follows it one character
_ESCAPE = regex.compile(
    rf"\\+(?:{_HIGH}\\+u[dD][c-fC-F]{_HEX}{{2}}|u{_HEX}{{4}}|[\"/bfnrt])", regex.ASCII
)
_BEGUN = regex.compile(rf"\\+(?:u{_HEX}{{0,3}}|{_HIGH}(?:\\+(?:u{_HEX}{{0,3}})?)?)?\Z", regex.ASCII)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# White space is seen; other control characters are not.
_UNSEEN = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Mn}\p{Me}\p{Cf}\p{Cs}]|(?!\s)\p{Cc}")
_HYPHEN = regex.compile(r"[\p{Pd}\u2043\u2212\u02d7\u2796]")
# What is the same folded, but for case.
_PLAIN = regex.compile(r"[\t\n\r -\[\]-~]*+")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is read; its character i comes from ``[starts[i], ends[i])`` of the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def is_plain(text: str) -> bool:
    """Whether a text reads the same either way."""
    return _PLAIN.fullmatch(text) is not None


def as_written(text: str) -> Reading:
    """The text as it stands. An escape is one piece here too: half of one is no escape. Linear."""
    if "\\" not in text:
        return Reading(text, range(len(text)), range(1, len(text) + 1))
    places = [(start, end) for start, end, _ in _pieces(text) for _ in range(start, end)]
    return Reading(text, [start for start, _ in places], [end for _, end in places])


def as_folded(text: str) -> Reading:
    """The text folded. Linear."""
    read = [(ch, start, end) for start, end, said in _pieces(text) for ch in folded(said)]
    letters = "".join(ch for ch, _, _ in read)
    return Reading(letters, [start for _, start, _ in read], [end for _, _, end in read])


def folded(text: str) -> str:
    """A text folded; nothing in it is an escape."""
    return "".join(map(_folded, text))


def unescaped(text: str) -> str:
    """What a text says in which any letter may be escaped as in JSON."""
    return "".join(said for _, _, said in _pieces(text)) if "\\" in text else text


def settled(text: str) -> int:
    """Up to where no more text changes how this one is read: to an escape that is only begun."""
    begun = _BEGUN.search(text) if "\\" in text else None
    return begun.start() if begun else len(text)


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and meaning of each escape and of each other character."""
    at = 0
    for match in _ESCAPE.finditer(text):
        yield from ((i, i + 1, text[i]) for i in range(at, match.start()))
        yield match.start(), match.end(), _meaning(match.group())
        at = match.end()
    yield from ((i, i + 1, text[i]) for i in range(at, len(text)))


def _meaning(escape: str) -> str:
    body = escape.lstrip("\\")
    if body[0] != "u":
        return _SHORT.get(body, body)
    halves = [int(half.strip("\\"), 16) for half in body[1:].split("u")]
    together = b"".join(half.to_bytes(2, "big") for half in halves)
    # A half alone stays what it is: it is no text, and reads as nothing.
    return together.decode("utf-16-be", "surrogatepass")


@cache
def _folded(character: str) -> str:
    if _UNSEEN.match(character):
        return ""
    if letters := normalize(character).strip(BOUNDARY):
        return letters
    if _HYPHEN.match(character):
        return "-"
    plain = unicodedata.normalize("NFKC", character)
    return "".join(ch for ch in plain if not _UNSEEN.match(ch))
