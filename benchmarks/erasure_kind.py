"""One kind of planted fact."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Kind"]


@dataclass(frozen=True)
class Kind:
    """One kind of fact: how a person asks for its erasure, values, wordings of the user and of the
    assistant (``{}`` is the value), and neighbours that must stay."""

    query: str
    values: tuple[str, ...]
    user: tuple[str, ...]
    assistant: tuple[str, ...]
    near: tuple[str, ...]
