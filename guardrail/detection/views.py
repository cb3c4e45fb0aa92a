"""The forms under which a text may hide what it asks: decoded, reversed, respelled.

For names, case, spacing, homoglyphs and invisible characters are folded by the matcher's own
normalisation; for meaning a text has to be readable, and what stands here makes it so.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from dataclasses import dataclass

from guardrail.restriction.lookalikes import LOOKALIKES
from guardrail.restriction.readings import unescaped

__all__ = ["View", "closed_up", "decoded", "edges", "readable", "spellings", "views"]

# Twelve characters of base64 hold nine letters: shorter runs are ordinary words.
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{12,}={0,2}(?![A-Za-z0-9+/_=-])")
_LEET = str.maketrans("013457@$!|", "oieastasil")
# "21st" is a number, and "home!" only ends.
_LEET_WORD = re.compile(
    r"(?<!\S)(?!\d+(?:st|nd|rd|th)\b)\S*(?:[A-Za-z][0134578@$]|[0134578@$!|][A-Za-z])\S*"
)
# A letter drawn as a Latin one, in one word with Latin letters.
_MIXED = re.compile(r"[A-Za-z][^\W\d_A-Za-z]|[^\W\d_A-Za-z][A-Za-z]")
_READ_AS = str.maketrans(
    {
        **LOOKALIKES,
        **{
            one.upper(): said.upper()
            for one, said in LOOKALIKES.items()
            if len(one.upper()) == 1 and one.upper() not in LOOKALIKES
        },
    }
)
_SPACED = re.compile(r"(?<!\S)\S(?: \S(?!\S)){3}")
_GAP = re.compile(r"(?<!\S)(\S) (?=\S(?!\S))")
# The commonest English function words: enough to tell rot13 and reversal from plain text.
_COMMON = frozenset(
    "the of and to in is was for on that with as are who what when where which why how did does "
    "do has have his her he she it you me tell about write wrote name born".split()
)
_LETTERS = re.compile("[a-z]+")
_ROT13 = frozenset(codecs.encode(word, "rot13") for word in _COMMON)
_BACKWARDS = frozenset(word[::-1] for word in _COMMON)


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text: ``kind`` says in words how it was read."""

    kind: str
    text: str


def views(text: str) -> list[View]:
    """``text`` as it stands and every decoded reading of it that looks like language.

    Linear in the length of the text.
    """
    found = [View("as written", text)]
    found += [View("decoded from base64", decoded) for decoded in _base64_runs(text)]
    if _LEET_WORD.search(text):
        found.append(View("with digits read as letters", text.translate(_LEET)))
    if _MIXED.search(text) and (read := text.translate(_READ_AS)) != text:
        found.append(View("with look-alike letters read", read))
    if _SPACED.search(text):
        found.append(View("with spaced letters closed up", closed_up(text)))
    words = _LETTERS.findall(text.lower())
    plain = sum(map(_COMMON.__contains__, words))
    if sum(map(_ROT13.__contains__, words)) > plain:
        found.append(View("decoded from rot13", codecs.encode(text, "rot13")))
    if sum(map(_BACKWARDS.__contains__, words)) > plain:
        found.append(View("read backwards", text[::-1]))
    return found


def edges(text: str) -> list[str]:
    """The first and the last line of a long text. A question about what is pasted below or above it
    stands there, and in a window with a hundred other words its meaning would be theirs. Only
    there: every sentence of a long text read by itself would be as many chances to be wrong."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    return list(dict.fromkeys([lines[0], lines[-1]])) if len(lines) > 1 else []


def readable(text: str) -> bool:
    """Whether a text has a common English word, not counting those that are the same backwards."""
    words = _LETTERS.findall(text.lower())
    return any(word in _COMMON and word != word[::-1] for word in words)


def spellings(text: str) -> list[str]:
    """Every way to read ``text``, language or not: for looking for exact phrases in a reply that
    was asked to write them backwards, in rot13, in base64, with digits for letters, or as JSON,
    where any letter may be escaped."""
    # A number that stands by itself may be one: "50 C3n7".
    words = _LEET_WORD.sub(lambda match: match.group().translate(_LEET), text)
    forms = (text[::-1], codecs.encode(text, "rot13"), text.translate(_LEET), words)
    return list(dict.fromkeys((text, *forms, *decoded(text))))


def decoded(text: str) -> list[str]:
    """``text`` and what stands in it in base64 or, once or twice over, escaped as in JSON."""
    once = unescaped(text)
    forms = dict.fromkeys((text, once, unescaped(once)))
    return list(dict.fromkeys((*forms, *(run for form in forms for run in _base64_runs(form)))))


def closed_up(text: str) -> str:
    """Letters with a space between them side by side; a wider gap is one between words."""
    return re.sub(r" {2,}", " ", _GAP.sub(r"\1", text))


def _base64_runs(text: str) -> list[str]:
    decoded = []
    for match in _BASE64.finditer(text):
        run = match.group().rstrip("=").replace("-", "+").replace("_", "/")
        try:
            plain = base64.b64decode(run + "=" * (-len(run) % 4), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if plain.isprintable() or "\n" in plain:
            decoded.append(plain)
    return decoded
