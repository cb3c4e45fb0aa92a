"""Tokens to text as they come: no half characters, no stop string, nothing lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Detokenizer", "StopStrings"]


class Detokenizer:
    """Decodes a growing list of token ids; the pieces add up to the decoded whole.

    A token may hold part of a UTF-8 character: its text waits for the rest. Only the tokens since
    the last two finished pieces are decoded again, so a step costs the same however long the reply.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._context = 0  # where decoding starts: the piece before the one under way
        self._done = 0  # tokens whose text has been given

    def feed(self, ids: Sequence[int]) -> str:
        """The text that ``ids`` finish."""
        self._ids += ids
        text = self._decode()
        if text.endswith("\ufffd"):
            return ""  # perhaps half a character; `finish` gives it if it stays that way
        return self._take(text)

    def finish(self) -> str:
        """What was waiting for more."""
        return self._take(self._decode())

    def _take(self, text: str) -> str:
        new = text[len(self._text(self._ids[self._context : self._done])) :]
        if new:  # tokens that show nothing are no context to decode the next ones in
            self._context = self._done
        self._done = len(self._ids)
        return new

    def _decode(self) -> str:
        return self._text(self._ids[self._context :])

    def _text(self, ids: list[int]) -> str:
        return str(
            self._tokenizer.decode(
                ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )


class StopStrings:
    """Cuts a stream of text at the first stop string; a tail that may become one waits. ``found``
    is the one that was found."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.found = ""

    @property
    def hit(self) -> bool:
        """Whether a stop string has come."""
        return bool(self.found)

    def feed(self, text: str) -> str:
        """What may be shown now; nothing after a stop string."""
        if self.hit:
            return ""
        text = self._held + text
        ends = [(at, stop) for stop in self._stops if (at := text.find(stop)) >= 0]
        if ends:
            end, self.found = min(ends)
            self._held = ""
            return text[:end]
        keep = self._waiting(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """The tail that did not become a stop string."""
        held, self._held = self._held, ""
        return held

    def _waiting(self, text: str) -> int:
        """Length of the longest tail that begins a stop string."""
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for length in range(min(longest, len(text)), 0, -1):
            tail = text[-length:]
            if any(stop.startswith(tail) for stop in self._stops):
                return length
        return 0
