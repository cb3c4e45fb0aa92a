"""Sentences, by sentencex."""

from __future__ import annotations

__all__ = ["sentences"]


def sentences(text: str, language: str = "en") -> list[str]:
    """The sentences of ``text``, stripped, empty ones left out; line ends always divide."""
    from sentencex import segment

    found = []
    for line in text.splitlines():
        if line.strip():
            found += [sentence.strip() for sentence in segment(language, line)]
    return [sentence for sentence in found if sentence]
