"""What a query asks for, as far as its words tell."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["asks_what_is", "subject", "without_names"]

_ROLES = frozenset({"user", "assistant", "system", "tool"})
_VALUE = re.compile(
    r"\W*(?:how (?:many|much|long|often|old|far|big|large)|wh(?:at|en|ere|o|ich))\b"
)
_OTHER_TIMES = re.compile(
    r"\b(?:did|was|were|had|first|initial(?:ly)?|original(?:ly)?|previous(?:ly)?|former(?:ly)?|"
    r"before|earlier|past|used to|old|history|(?:the|in) order|over time|throughout|across)\b"
)

# Where one of these stands, a query says how it wants to be answered, in phrases like the next.
_FORM = re.compile(
    r"\b(?:summar(?:y|i[sz]e)|overview|recap|(?:in|the) (?:\w+ )?order)\b", re.IGNORECASE
)
_FORMAL = re.compile(
    r"\b(?:mention|name|list) only\b[^.?!]*[.?!]?|"
    r"\b(?:(?:can|could|would|will) you(?: please)?|list|(?:tell|show|give|provide) me|provide|"
    r"walk me through|recap|outline|summari[sz]e|the order in which|in (?:\w+ )?order|"
    r"(?:an? |the )?(?:\w+ )?(?:summary|overview|recap) of|"
    r"(?:i|we) (?:have )?(?:brought up|mentioned|discussed|talked about|raised)|"
    r"different (?:aspects|topics|parts|concepts|things) (?:of|related to|about)|"
    r"(?:throughout|across|in|during|over) (?:all )?our (?:conversations?|chats?|discussions?))\b",
    re.IGNORECASE,
)


def subject(query: str) -> str:
    """What a query that asks for a summary or an order is about, without the words for that.

    Those are half of such a query and stand near turns about lists and reports; any other query
    stays as it is, and so does one of which fewer than two words would be left.
    """
    if not _FORM.search(query):
        return query
    rest = " ".join(_FORMAL.sub(" ", query).split())
    return rest if len(re.findall(r"\w{3,}", rest)) > 1 else query


def without_names(query: str, speakers: Iterable[str]) -> str:
    """The query without the names of those who spoke, for comparing meanings.

    In a conversation a speaker's name stands in the turns of the *other* ("Thanks, Ines!"), so
    that the name in a question draws its vector to the wrong turns. Who is meant counts apart.
    A query of names alone stays as it is.
    """
    parts = {part for name in speakers if name.casefold() not in _ROLES for part in name.split()}
    if not parts:
        return query
    names = "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True))
    rest = re.sub(rf"(?<!\w)(?:{names})(?:['’]s?)?(?!\w)", " ", query, flags=re.IGNORECASE)
    return " ".join(rest.split()) if re.search(r"\w", rest) else query


def asks_what_is(query: str) -> bool:
    """Whether a query asks for one value as it is now ("How many … do I have?")."""
    folded = query.casefold()
    return bool(_VALUE.match(folded)) and not _OTHER_TIMES.search(folded)
