"""What a query asks for, as far as its words tell."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["asks_what_is", "without_names"]

_ROLES = frozenset({"user", "assistant", "system", "tool"})
_VALUE = re.compile(
    r"\W*(?:how (?:many|much|long|often|old|far|big|large)|wh(?:at|en|ere|o|ich))\b"
)
_OTHER_TIMES = re.compile(
    r"\b(?:did|was|were|had|first|initial(?:ly)?|original(?:ly)?|previous(?:ly)?|former(?:ly)?|"
    r"before|earlier|past|used to|old|history|(?:the|in) order|over time|throughout|across)\b"
)


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
