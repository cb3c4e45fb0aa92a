"""Normalisation: what a reader takes for the same letters becomes the same letters.

``normalize`` maps each code point by itself, so it is a homomorphism: n(xy) = n(x) n(y). That is
what lets a phrase be followed across token borders, one piece at a time.
"""

from __future__ import annotations

import unicodedata

from guardrail.restriction.lookalikes import BLANKS, LOOKALIKES, SIGNS, STRETCHES

__all__ = ["BOUNDARY", "normalize", "squeeze"]

BOUNDARY = " "
"""What every separator becomes: white space, punctuation, symbols."""

# Letters in black circles, black squares and the halves of flags, which Unicode does not decompose.
_ENCLOSED = [(0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26)]
_RAISED = ("<super>", "<sub>")


class _Fold(dict[int, str]):
    """Code point -> its normal form, worked out when first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold(chr(code))
        return folded


def _fold(character: str) -> str:
    if _invisible(character):
        return ""
    # Folding case can compose and decomposing can uncover capitals: twice settles both.
    text = unicodedata.normalize("NFKD", _enclosed(character)).casefold()
    text = unicodedata.normalize("NFKD", text).casefold()
    folded = "".join(_letter(part) for part in text)
    if not folded.strip(BOUNDARY):
        return folded[:1]
    if folded == character or not _stands_apart(character):
        return folded
    if len(folded) > 1 and folded.isalpha():
        return BOUNDARY  # a trade mark and the like: nobody spells with those
    # Both what it is read as and an edge, which is as good as nothing inside a phrase: circled
    # letters may spell a name, and a footnote may follow it.
    return BOUNDARY + folded + BOUNDARY


def _letter(part: str) -> str:
    if _invisible(part):
        return ""
    if _separates(part):
        return BOUNDARY
    if unicodedata.category(part) == "Nd":
        return str(unicodedata.decimal(part))
    return LOOKALIKES.get(part, part)


def _invisible(character: str) -> bool:
    """Marks, format characters, surrogates, and the sign that stands for broken bytes."""
    return (
        character == "\ufffd"
        or character in STRETCHES
        or unicodedata.category(character) in ("Mn", "Me", "Cf", "Cs")
    )


def _separates(character: str) -> bool:
    if character in BLANKS or character in SIGNS:
        return True
    return unicodedata.category(character)[0] in "ZPSC" and character not in LOOKALIKES


def _stands_apart(character: str) -> bool:
    """Signs with letters or digits in them, and raised or lowered ones."""
    kind = unicodedata.category(character)
    return (
        kind[0] == "S" or kind == "No" or unicodedata.decomposition(character).startswith(_RAISED)
    )


def _enclosed(character: str) -> str:
    """The letter or digit inside a sign that does not decompose."""
    code = ord(character)
    for first, count in _ENCLOSED:
        if 0 <= code - first < count:
            return chr(ord("a") + code - first)
    if unicodedata.category(character) == "No" and not unicodedata.decomposition(character):
        number = unicodedata.numeric(character)
        return str(int(number)) if number == int(number) else character
    return character


_TABLE = _Fold()


def normalize(text: str) -> str:
    """The normal form of ``text``: letters and digits folded, every separator one ``BOUNDARY``,
    marks and invisible characters gone. Linear in the length of the text."""
    return text.translate(_TABLE)


def squeeze(normal: str) -> str:
    """A normal form without its boundaries: what is compared inside a phrase."""
    return normal.replace(BOUNDARY, "")
