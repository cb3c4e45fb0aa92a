"""Whose data a call is about, and which texts can be stored at all."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import BadInput

__all__ = ["Scope", "clean_text", "some_text"]


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
        for name, value in (("user", self.user), ("conversation", self.conversation)):
            if name == "conversation" and value is None:
                continue
            if not isinstance(value, str) or not value.strip():
                raise BadInput(f"{name} is {value!r}; a scope needs a name that is not empty")
            clean_text(value)

    @property
    def where(self) -> str:
        """The SQL condition on a table with user and conversation."""
        return "user = ?" if self.conversation is None else "user = ? AND conversation = ?"

    @property
    def values(self) -> tuple[str, ...]:
        """What the condition's question marks stand for."""
        return (self.user,) if self.conversation is None else (self.user, self.conversation)
