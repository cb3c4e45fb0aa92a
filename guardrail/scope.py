"""Whose turn it is: the arguments that say so on every call."""

from __future__ import annotations

from typing import TypedDict

__all__ = ["ScopeArguments"]


class ScopeArguments(TypedDict):
    """A user and one of the user's conversations, as keyword arguments."""

    user: str
    conversation: str
