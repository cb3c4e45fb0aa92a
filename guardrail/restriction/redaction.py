"""Secrets given as patterns: blacked out of a reply before anyone sees them.

A pattern is ``email``, ``phone``, or the shape of a secret: ``#`` stands for a digit, ``?`` for a
letter or digit, ``*`` for a run of letters, digits, ``-`` and ``_``, everything else for itself
(``AKIA????????????????``, ``sk-*``, ``##-###-##``). Case does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Protocol

import regex

__all__ = ["REDACTED", "Gate", "RedactingGate", "check_pattern", "redact"]

REDACTED = "[withheld]"
"""What stands in a reply in the place of a secret."""

_KINDS = {
    "email": (
        r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}"
        r"(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w-]{1,63}){1,5}"
    ),
    # Seven to fifteen digits (E.164), in groups as people write them; a year or a price is shorter.
    "phone": r"(?<![\w.])\+?(?:\(?\d\)?[\s./-]{0,2}){6,14}\d(?!\w)",
}
_WILD = {"#": r"\d", "?": r"[^\W_]", "*": r"[\w-]+"}
_GOES_ON = 8  # letters after a match by which it is known to go on or not: " (dot) x"
_CERTAIN = 3  # characters that a shape needs beside "*", which alone would black out every word


def check_pattern(pattern: str) -> str:
    """The pattern, if it can be used; else ``ValueError`` that says why."""
    certain = [ch for ch in pattern if ch != "*" and not ch.isspace()]
    named = any(ch.isalnum() or ch in "#?" for ch in certain)
    if pattern not in _KINDS and (len(certain) < _CERTAIN or not named):
        raise ValueError(
            f"is not email, phone, or a shape with at least {_CERTAIN} characters beside *, one of "
            "them a letter, a digit, # (a digit) or ? (a letter or digit)"
        )
    return pattern


class Gate(Protocol):
    """What lets streamed text through: see ``StreamGate``."""

    @property
    def blocked(self) -> bool:
        """Whether a phrase stopped the stream; nothing more is let through then."""
        ...

    @property
    def refused(self) -> str:
        """The text that was stopped, from the phrase on; empty while nothing was."""
        ...

    def feed(self, delta: str) -> str:
        """Take in more text; returns what may be shown now."""
        ...

    def finish(self) -> str:
        """The stream is over; returns what still may be shown."""
        ...


class RedactingGate:
    """A gate behind which patterns are blacked out. Text that could become one waits; it is at most
    as long as what the patterns can match, or as a run without a space under ``*``."""

    def __init__(self, gate: Gate, patterns: Iterable[str]) -> None:
        self._gate = gate
        self._patterns = [_compiled(pattern) for pattern in dict.fromkeys(patterns)]
        self._held = ""
        self._before = ""  # the last character passed: whether a word goes on

    @property
    def blocked(self) -> bool:
        """Whether a forbidden phrase was completed."""
        return self._gate.blocked

    @property
    def refused(self) -> str:
        """The text from that phrase's first letter on."""
        return self._gate.refused

    def feed(self, delta: str) -> str:
        """What may be shown now."""
        self._held += self._gate.feed(delta)
        return self._pass(final=False)

    def finish(self) -> str:
        """The rest, blacked out where it has to be."""
        self._held += self._gate.finish()
        return self._pass(final=True)

    def _pass(self, *, final: bool) -> str:
        text = self._before + self._held
        shown, at = [], len(self._before)
        for start, end, certain in _places(self._patterns, text, at, final=final):
            if not certain:
                shown.append(text[at:start])
                at = max(at, start)
                break
            shown += [text[at:start], REDACTED]
            at = end
        else:
            shown.append(text[at:])
            at = len(text)
        self._before, self._held = text[:at][-1:], text[at:]
        return "".join(shown)


def redact(text: str, patterns: Iterable[str]) -> str:
    """A finished text with every match blacked out."""
    compiled = [_compiled(pattern) for pattern in dict.fromkeys(patterns)]
    shown, at = [], 0
    for start, end, _ in _places(compiled, text, 0, final=True):
        shown += [text[at:start], REDACTED]
        at = end
    return "".join([*shown, text[at:]])


def _places(
    patterns: Sequence[regex.Pattern[str]], text: str, at: int, *, final: bool
) -> Iterator[tuple[int, int, bool]]:
    """Where a pattern stands from ``at`` on, without overlap: start, end, and whether more text
    could not change it; the first that it could is the last given."""
    while True:
        found = [m for p in patterns if (m := p.search(text, at, partial=not final))]
        # Of two that begin together, the one that may still grow, then the longer.
        best = min(found, key=lambda m: (m.start(), not m.partial, -m.end()), default=None)
        if best is None or best.start() == len(text):
            return
        certain = final or not (best.partial or best.end() + _GOES_ON > len(text))
        yield best.start(), best.end(), certain
        if not certain:
            return
        at = best.end()


@cache
def _compiled(pattern: str) -> regex.Pattern[str]:
    shape = _KINDS.get(pattern) or _shape(pattern)
    return regex.compile(shape, regex.IGNORECASE)


def _shape(pattern: str) -> str:
    """The shape between edges of words, so that "#####" is not found inside a longer number."""
    body = "".join(_WILD.get(ch) or regex.escape(ch) for ch in pattern)
    first, last = (
        r"(?<!\w)" if pattern[at].isalnum() or pattern[at] in "#?*" else "" for at in (0, -1)
    )
    return first + body + last.replace("<", "")
