"""One thing to forget: a target, and the policy that a prompt about it gets."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from anyascii import anyascii
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    model_validator,
)

from guardrail.restriction.redaction import check_pattern

__all__ = ["Policy", "Target", "describe", "slug"]

MAX_TEXT = 1_000_000


class Policy(StrEnum):
    """What a prompt that is surely about a target gets."""

    DECLINE = "decline"
    """An honest sentence that says something is withheld. The default."""
    STEER = "steer"
    """A fluent answer under restriction (GUARD, arXiv 2505.13312)."""
    CORRECT = "correct"
    """The target's own correction."""
    OBSERVE = "observe"
    """The usual answer; the verdict is only recorded."""


def _encodable(value: str) -> str:
    """Refuse lone surrogates: they are no text, and no file or tokenizer takes them."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode (it holds a lone surrogate)") from None
    return value


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT),
    AfterValidator(_encodable),
]
Pattern = Annotated[Text, AfterValidator(check_pattern)]


class Target(BaseModel):
    """One thing to forget: a person, a work, a fact, a secret.

    ``aliases`` are other names of it. ``exemplars`` typify it: questions about it, passages.
    ``phrases`` must not be said in a reply to a prompt flagged for this target; ``secrets`` and,
    unless ``names`` says otherwise, the name and aliases must not be said in any reply:
    ``"when_flagged"`` keeps them to replies about this target, ``"softly"`` bans them in none.
    ``patterns`` are secrets of which only the form is known (``email``, ``phone``, ``sk-*``; see
    ``guardrail.restriction.redaction``): they are blacked out of every reply. ``correction`` is
    what policy ``correct`` answers, less what other targets withhold. ``said`` is what the model
    itself said of a target added by name alone: it typifies it as exemplars do, and is kept apart
    from what its owner wrote; ``asked`` that it had nothing to say, so that it is asked once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Text
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = ""
    aliases: tuple[Text, ...] = ()
    exemplars: tuple[Text, ...] = ()
    phrases: tuple[Text, ...] = ()
    secrets: tuple[Text, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    said: tuple[Text, ...] = ()
    asked: bool = False
    policy: Policy = Policy.DECLINE
    correction: Text | None = None
    names: Literal["always", "when_flagged", "softly"] = "always"

    @model_validator(mode="before")
    @classmethod
    def _derive_id(cls, data: Any) -> Any:
        """A target without an id gets one from its name."""
        if isinstance(data, dict) and not data.get("id") and isinstance(data.get("name"), str):
            return {**data, "id": slug(data["name"])}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Target:
        if self.policy is Policy.CORRECT and self.correction is None:
            raise ValueError("policy 'correct' needs a correction: the text to answer with")
        if not any(ch.isalnum() for ch in self.name):
            raise ValueError("name needs at least one letter or digit")
        return self

    @property
    def all_names(self) -> tuple[str, ...]:
        """The name and its aliases, without repetition, the name first."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))

    @property
    def texts(self) -> tuple[str, ...]:
        """What typifies the target: its exemplars, and what the model itself said of it."""
        return tuple(dict.fromkeys((*self.exemplars, *self.said)))


def slug(name: str) -> str:
    """A file- and URL-safe id: lower-case ASCII letters and digits joined by hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", anyascii(name).lower()).strip("-")[:56].strip("-")
    return plain or "target"


def describe(error: ValidationError) -> str:
    """The first complaint of a pydantic error as ``key: what is wrong``, without any value."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
