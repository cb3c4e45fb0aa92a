"""Reading a message in its conversation: "and where was *she* born?" means who was asked about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from guardrail.errors import InvalidInput

__all__ = ["Lean", "Reading", "brings_a_name", "content_text", "lean", "read_messages"]

_PERSON = re.compile(
    r"\b(he|she|him|her|hers|his|they|them|their|theirs|himself|herself|themselves)\b", re.I
)
_THING = re.compile(
    r"\b(it|its|this|that|these|those|same|former|latter|other|another|more|else)\b", re.I
)
_ONE = re.compile(r"\b(?:the\s+)?(?:first|second|third|last|next|other|previous)\s+one\b", re.I)
_OPENING = re.compile(r"^\W*(?:and|but|so|what about|how about|go on|continue)\b", re.I)
# A capital inside a sentence is most likely a name, and a name of its own is what a pronoun that
# comes after it refers to.
_OWN_NAME = re.compile(r"(?<=[a-z,;:'’] )[\"'“‘(]?[A-Z][a-zA-Z]+")
# A message that ends so is not over; most likely neither is one without a mark where the next one
# begins with a small letter. Unless that asks for something by itself.
_UNFINISHED = re.compile(
    r"(?:\b(?:a|an|the|of|in|on|at|to|for|by|with|from|about|and|or|but|is|was|are|were|did|does|do|"
    r"has|had|who|what|which|whose|that|his|her|their|its)|[,;:–—-]|\.{3}|…)\s*\Z",
    re.I,
)
_CLOSED = re.compile(r"[.!?。！？][\"'”’)]*\s*\Z")
_ASKS = re.compile(
    r"(?:who|what|when|where|which|why|how|can|could|would|will|tell|give|list|name|write|explain|"
    r"please|hi|hello|hey|thanks|thank|ok|okay|yes|no|i|we|you)\b|"
    r"(?:is|are|was|were|do|does|did|has|have|had)\b.*\?\s*\Z",
    re.I | re.S,
)
_SHORT = 3  # words: "when exactly?" has no subject of its own
_LOOKBACK = 4  # earlier user messages that can be leant on


class Lean(Enum):
    """How much a message needs what came before it to be understood."""

    NONE = 0
    WEAK = 1
    STRONG = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """A conversation as detection reads it.

    ``message`` is the last user message (with a trailing assistant prefill, if any); ``earlier``
    the user messages before it, newest first, as far as one can lean on them.
    """

    message: str
    earlier: tuple[str, ...] = ()
    lean: Lean = Lean.NONE


def read_messages(messages: str | Sequence[Mapping[str, object]]) -> Reading:
    """The reading of a bare prompt or of a list of chat messages (``role``, ``content``).

    Content may be a string or a list of parts with ``text`` (the OpenAI form).
    Raises ``InvalidInput`` when there is no message at all.
    """
    if isinstance(messages, str):
        return Reading(messages)
    if not messages:
        raise InvalidInput("received an empty list of messages; pass at least one user message")
    texts = [(str(message.get("role", "")), content_text(message)) for message in messages]
    last = max((i for i, (role, _) in enumerate(texts) if role == "user"), default=len(texts) - 1)
    message = "\n".join(text for _, text in texts[last:])
    earlier = [text for role, text in reversed(texts[:last]) if role == "user"]
    leaning = lean(texts[last][1], earlier[0] if earlier else "")
    return Reading(message, tuple(earlier[:_LOOKBACK]), leaning)


def content_text(message: Mapping[str, object]) -> str:
    """The text of one message; parts that are not text are skipped."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = (part.get("text") for part in content if isinstance(part, Mapping))
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def lean(text: str, before: str = "") -> Lean:
    """How much a message leans on the ones before it, of which ``before`` is the last.

    A pronoun for a person, "the second one", an opening "and" and a sentence begun before lean
    strongly, other pronouns weakly; a name of the message's own, which a pronoun does not come
    before, takes one step off either.
    """
    if before and _goes_on(before, text):
        return Lean.STRONG if _UNFINISHED.search(before) else Lean.WEAK
    name, person = _OWN_NAME.search(text), _PERSON.search(text)
    if person and (name is None or person.start() < name.start()):
        return Lean.STRONG
    if person or _ONE.search(text) or _OPENING.match(text):
        return Lean.WEAK if name else Lean.STRONG
    if not name and (_THING.search(text) or len(text.split()) <= _SHORT):
        return Lean.WEAK
    return Lean.NONE


def brings_a_name(text: str) -> bool:
    """Whether a message most likely names somebody or something of its own."""
    return _OWN_NAME.search(text) is not None


def _goes_on(before: str, text: str) -> bool:
    """Whether a message goes on with a sentence that the one before it began."""
    start = text.lstrip()
    if _ASKS.match(start):
        return False
    return bool(_UNFINISHED.search(before)) or (start[:1].islower() and not _CLOSED.search(before))
