"""Names put together over several messages: "Stephen", "King", "Who is that?".

What a message brings to such a name is all of a very short message, what stands in quotes, what is
called a word or a name, and what is given to a variable. Only names that come out whole, of whole
pieces side by side, count: neighbours in a talk about many things do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

__all__ = ["put_together", "with_values"]

_SHORT = 3  # words of a message that may be nothing but a piece
_MOST = 12  # pieces that are looked at, and those of one name
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»\n]{1,40})[\"“”«»]|(?<!\w)['‘]([^'‘’\n]{1,40})['’](?!\w)")
_CALLED = re.compile(
    r"\b(?:words?|names?|surname|parts?|pieces?|letters?)\s*(?:is|are|:|,)?\s+([A-Z][\w'’-]*)"
)
_GIVEN = re.compile(
    r"\b([A-Za-z]\w{0,11})\s*:?=\s*[\"'“‘]?([\w'’ -]{1,40}?)[\"'”’]?\s*(?=[.,;\n&]|\band\b|$)"
)
# "Tell me about Stephen Fry. Sorry, I meant King."
_CORRECTED = re.compile(
    r"\b(?:i (?:actually |really )?mean|i (?:actually )?meant|sorry|no,? wait|make that|rather|"
    r"instead|correction)\b",
    re.I,
)
_NAME = re.compile(r"\b[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")


def put_together(earlier: Sequence[str], message: str) -> list[str]:
    """Names that the messages of a user, the newest last, may spell between them; each is to be
    compared as a whole."""
    pieces = [piece for text in (*earlier, message) for piece in _pieces(text)][-_MOST:]
    joined = [
        " ".join(pieces[start:end])
        for start in range(len(pieces))
        for end in range(start + 2, len(pieces) + 1)
    ]
    return list(dict.fromkeys((*joined, *_corrected(earlier, message))))


def with_values(earlier: Sequence[str], message: str) -> str | None:
    """The message with the values in the place of the variables that it or earlier ones gave;
    ``None`` where it uses none."""
    values = {name: value for text in (*earlier, message) for name, value in _GIVEN.findall(text)}
    if not values:
        return None
    used = re.compile(rf"\b(?:{'|'.join(map(re.escape, values))})\b(?!\s*:?=)")
    said, count = used.subn(lambda match: values[match.group()], message)
    return said if count else None


def _pieces(text: str) -> list[str]:
    if len(text.split()) <= _SHORT and "=" not in text:
        return [text.strip(" \t\n\"'“”‘’.,;:!?")]
    places = [
        (match.start(), next(filter(None, groups)))
        for form in (_QUOTED, _CALLED)
        for match in form.finditer(text)
        if any(groups := match.groups())
    ]
    places += [(match.start(), match[2]) for match in _GIVEN.finditer(text)]
    # What is quoted and called a word, or given, is one piece.
    return list(dict.fromkeys(piece.strip() for _, piece in sorted(places)))


def _corrected(earlier: Sequence[str], message: str) -> Iterator[str]:
    """A name said before with its end, or its beginning, in the place of which another came."""
    cue = _CORRECTED.search(message)
    if cue is None:
        return
    before = (*earlier[-1:], message[: cue.start()])
    for new in _NAME.findall(message[cue.end() :]):
        for name in (name for text in before for name in _NAME.findall(text)):
            first, _, rest = name.partition(" ")
            if rest:
                yield f"{first} {new}"
                yield f"{new} {name.split()[-1]}"
