"""Normalisation: what a reader takes for the same letters becomes the same letters.

``normalize`` maps each code point by itself, so it is a homomorphism: n(xy) = n(x) n(y). That is
what lets a phrase be followed across token borders, one piece at a time.
"""

from __future__ import annotations

import unicodedata

__all__ = ["BOUNDARY", "normalize", "squeeze"]

BOUNDARY = " "
"""What every separator becomes: white space, punctuation, symbols."""

# Lower-case letters that look like Latin ones (after Unicode TR39), and Latin letters with a stroke
# or a shape of their own, which no decomposition takes apart.
_LOOKALIKES = {
    "а": "a", "в": "b", "г": "r", "е": "e", "ё": "e", "з": "3", "і": "i", "ї": "i", "ј": "j",
    "к": "k", "м": "m", "н": "h", "о": "o", "р": "p", "с": "c", "т": "t", "у": "y", "х": "x",
    "ѕ": "s", "һ": "h", "ԁ": "d", "ԛ": "q", "ԝ": "w", "ѵ": "v", "ӏ": "l",
    "α": "a", "β": "b", "γ": "y", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o",
    "ρ": "p", "σ": "o", "ς": "c", "τ": "t", "υ": "u", "χ": "x", "ω": "w", "ϲ": "c",
    "ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ƒ": "f", "ɑ": "a", "ɡ": "g",
    "ɩ": "i", "ʀ": "r", "ʏ": "y", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ǃ": "l",
}  # fmt: skip


class _Fold(dict[int, str]):
    """Code point -> its normal form, worked out when first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold(chr(code))
        return folded


def _fold(character: str) -> str:
    if _invisible(character):
        return ""
    if _separates(character):
        return BOUNDARY
    # Folding case can compose and decomposing can uncover capitals: twice settles both.
    text = unicodedata.normalize("NFKD", character).casefold()
    text = unicodedata.normalize("NFKD", text).casefold()
    return "".join(_letter(part) for part in text)


def _letter(part: str) -> str:
    if _invisible(part):
        return ""
    return BOUNDARY if _separates(part) else _LOOKALIKES.get(part, part)


def _invisible(character: str) -> bool:
    """Marks, format characters, surrogates, and the sign that stands for broken bytes."""
    return character == "\ufffd" or unicodedata.category(character) in ("Mn", "Me", "Cf", "Cs")


def _separates(character: str) -> bool:
    return unicodedata.category(character)[0] in "ZPSC"


_TABLE = _Fold()


def normalize(text: str) -> str:
    """The normal form of ``text``: letters and digits folded, every separator one ``BOUNDARY``,
    marks and invisible characters gone. Linear in the length of the text."""
    return text.translate(_TABLE)


def squeeze(normal: str) -> str:
    """A normal form without its boundaries: what is compared inside a phrase."""
    return normal.replace(BOUNDARY, "")
