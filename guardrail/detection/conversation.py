"""Reading a message in its conversation: "and where was *she* born?" means who was asked about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from guardrail.errors import InvalidInput

__all__ = ["Lean", "Reading", "content_text", "lean", "read_messages"]

_PERSON = re.compile(
    r"\b(he|she|him|her|hers|his|they|them|their|theirs|himself|herself|themselves)\b", re.I
)
_THING = re.compile(
    r"\b(it|its|this|that|these|those|same|former|latter|other|another|more|else)\b", re.I
)
_ONE = re.compile(r"\b(?:the\s+)?(?:first|second|third|last|next|other|previous)\s+one\b", re.I)
_OPENING = re.compile(r"^\W*(?:and|but|so|what about|how about|go on|continue)\b", re.I)
# A capital inside a sentence is most likely a name, and a name of its own is what a pronoun in the
# same message refers to.
_OWN_NAME = re.compile(r"(?<=[a-z,;:'’] )[\"'“‘(]?[A-Z][a-zA-Z]+")
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
    return Reading(message, tuple(earlier[:_LOOKBACK]), lean(texts[last][1]))


def content_text(message: Mapping[str, object]) -> str:
    """The text of one message; parts that are not text are skipped."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = (part.get("text") for part in content if isinstance(part, Mapping))
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def lean(text: str) -> Lean:
    """How much a message leans on the ones before it.

    A pronoun for a person, "the second one" or an opening "and" lean strongly, other pronouns
    weakly; a name of the message's own takes one step off either.
    """
    own_name = bool(_OWN_NAME.search(text))
    if _PERSON.search(text) or _ONE.search(text) or _OPENING.match(text):
        return Lean.WEAK if own_name else Lean.STRONG
    if not own_name and (_THING.search(text) or len(text.split()) <= _SHORT):
        return Lean.WEAK
    return Lean.NONE
