"""Whose data a call is about, and which texts can be stored at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from .errors import BadInput

__all__ = ["OWN", "Own", "OwnScope", "Scope", "clean_text", "some_text"]


class _Own(Enum):
    OWN = "what the memory was opened with"

    def __repr__(self) -> str:
        return "OWN"


Own = Literal[_Own.OWN]
OWN: Final = _Own.OWN
"""Stands for a user or a conversation that a call leaves to its memory. It is not ``None``, which a
program may hold by mistake as the user, and which as the conversation says all of the user's."""


def clean_text(text: str) -> str:
    """``text``, if it can be stored. Raises ``BadInput``."""
    if not isinstance(text, str):
        raise BadInput(f"received {type(text).__name__} where text was expected; decode it first")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(
            f"received text that is not valid Unicode (lone surrogate at {error.start}); "
            "decode the input with errors='replace'"
        ) from None
    return text


def some_text(text: str, what: str) -> str:
    """As ``clean_text``, and there has to be something in it."""
    if not clean_text(text).strip():
        raise BadInput(f"received an empty {what}")
    return text


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose data: a user's, and with ``conversation`` only that one's. Every query has one."""

    user: str
    conversation: str | None = None

    def __post_init__(self) -> None:
        _check("user", self.user)
        if self.conversation is not None:
            _check("conversation", self.conversation)

    @property
    def where(self) -> str:
        """The SQL condition on a table with user and conversation."""
        return "user = ?" if self.conversation is None else "user = ? AND conversation = ?"

    @property
    def values(self) -> tuple[str, ...]:
        """What the condition's question marks stand for."""
        return (self.user,) if self.conversation is None else (self.user, self.conversation)


@dataclass(frozen=True, slots=True)
class OwnScope:
    """What a memory was opened with; ``None`` where each call has to say it."""

    user: str | None = None
    conversation: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("user", self.user), ("conversation", self.conversation)):
            if value is not None:
                _check(name, value)

    def of(self, user: str | Own, conversation: str | Own | None = None) -> Scope:
        """The scope of a call that gives these. Raises ``BadInput`` where neither it nor the
        memory says whose data is meant."""
        if user is OWN:
            user = _said("user", self.user)
        if conversation is OWN:
            conversation = _said("conversation", self.conversation)
        return Scope(user, conversation)


def _said(name: str, value: str | None) -> str:
    if value is None:
        raise BadInput(
            f"received no {name}, and the memory was opened with none; "
            f"pass {name}=... to this call or to DualMemory"
        )
    return value


def _check(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{name} is {value!r}; a scope needs a name that is not empty")
    clean_text(value)
