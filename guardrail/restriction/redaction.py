"""Secrets given as patterns: blacked out of a reply before anyone sees them.

A pattern is ``email``, ``phone``, or the shape of a secret: ``#`` stands for a digit, ``?`` for a
letter or digit, ``*`` for a run of letters, digits, ``-`` and ``_``, everything else for itself
(``AKIA????????????????``, ``sk-*``, ``##-###-##``). Case does not count, nor
does how a character is drawn or escaped (see ``guardrail.restriction.readings``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import regex

from guardrail.restriction.readings import (
    Reading,
    as_folded,
    as_written,
    folded,
    is_plain,
    settled,
)

__all__ = ["REDACTED", "Gate", "RedactingGate", "check_pattern", "has_letters", "holds", "redact"]

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
    certain = [ch for ch in folded(pattern) if ch != "*" and not ch.isspace()]
    named = any(ch.isalnum() or ch in "#?" for ch in certain)
    if pattern not in _KINDS and (len(certain) < _CERTAIN or not named):
        raise ValueError(
            f"is not email, phone, or a shape with at least {_CERTAIN} characters beside *, one of "
            "them a letter, a digit, # (a digit) or ? (a letter or digit)"
        )
    return pattern


def has_letters(pattern: str) -> bool:
    """Whether a pattern has letters of its own, by which it is told from other texts backwards."""
    return pattern not in _KINDS and any(map(str.isalpha, pattern))


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

    @property
    def held(self) -> str:
        """The text that waits, as it came in."""
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
        self._forms = _Forms.of(patterns)
        self._held = ""
        self._before = ""  # the end of what was passed: whether a word goes on

    @property
    def blocked(self) -> bool:
        """Whether a forbidden phrase was completed."""
        return self._gate.blocked

    @property
    def refused(self) -> str:
        """The text from that phrase's first letter on."""
        return self._gate.refused

    @property
    def held(self) -> str:
        """The text that waits, nothing blacked out."""
        return self._held + self._gate.held

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
        end = len(text) if final else max(at, settled(text))
        for place in self._forms.places(text[:end], at, final=final):
            if not place.certain:
                end = max(at, place.start)
                break
            shown += [text[at : place.start], REDACTED]
            at = place.end
        shown.append(text[at:end])
        self._before, self._held = _tail(text[:end]), text[end:]
        return "".join(shown)


def redact(text: str, patterns: Iterable[str]) -> str:
    """A finished text with every match blacked out."""
    shown, at = [], 0
    for place in _Forms.of(patterns).places(text, 0, final=True):
        shown += [text[at : place.start], REDACTED]
        at = place.end
    return "".join([*shown, text[at:]])


def holds(text: str, patterns: Iterable[str]) -> bool:
    """Whether a finished text has a match."""
    return next(_Forms.of(patterns).places(text, 0, final=True), None) is not None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a form stands, and whether more text could not change it."""

    start: int
    end: int
    certain: bool


@dataclass(frozen=True, slots=True)
class _Forms:
    """Patterns to be looked for in a text as it stands, and folded in the text folded."""

    written: tuple[regex.Pattern[str], ...]
    folded: tuple[regex.Pattern[str], ...]
    plain: bool

    @classmethod
    def of(cls, patterns: Iterable[str]) -> _Forms:
        """Compiled; those of a forget set are kept."""
        return _forms(tuple(dict.fromkeys(patterns)))

    def places(self, text: str, at: int, *, final: bool) -> Iterator[_Place]:
        """Where one stands from ``at`` on, without overlap; the first that is not certain is the
        last given."""
        if not self.written:
            return
        looked = [(self.written, as_written(text))]
        if not (self.plain and is_plain(text)):
            looked.append((self.folded, as_folded(text)))
        while True:
            found = [place for one in looked for place in _first(*one, at, final=final)]
            # Of two that begin together, the one that may still grow, then the longer.
            best = min(found, key=lambda p: (p.start, p.certain, -p.end), default=None)
            if best is None:
                return
            yield best
            if not best.certain:
                return
            at = best.end


def _first(
    forms: Sequence[regex.Pattern[str]], reading: Reading, at: int, *, final: bool
) -> Iterator[_Place]:
    """The first place of each form in a reading, from ``at`` of the original on."""
    text, from_ = reading.text, bisect_left(reading.starts, at)
    for form in forms:
        match = form.search(text, from_, partial=not final)
        if match is None or match.start() == len(text):
            continue
        certain = final or not (match.partial or match.end() + _GOES_ON > len(text))
        yield _Place(reading.starts[match.start()], reading.ends[match.end() - 1], certain)


def _tail(text: str) -> str:
    """As much of the end of a text as tells whether a word goes on: the last piece that is read as
    something, and the last one."""
    if not text:
        return ""
    last, reading = as_written(text).starts[-1], as_folded(text)
    if not reading.text:
        return text[last:]
    start, end = reading.starts[-1], reading.ends[-1]
    return text[start:end] + (text[last:] if end < len(text) else "")


@lru_cache(64)
def _forms(patterns: tuple[str, ...]) -> _Forms:
    return _Forms(
        tuple(_compiled(pattern) for pattern in patterns),
        tuple(_compiled(pattern, folding=True) for pattern in patterns),
        all(map(is_plain, patterns)),
    )


@lru_cache(4096)
def _compiled(pattern: str, *, folding: bool = False) -> regex.Pattern[str]:
    shape = _KINDS.get(pattern) or _shape(pattern, folding=folding)
    return regex.compile(shape, regex.IGNORECASE)


def _shape(pattern: str, *, folding: bool) -> str:
    """The shape between edges of words, so that "#####" is not found inside a longer number."""
    body = "".join(_WILD.get(ch) or regex.escape(folded(ch) if folding else ch) for ch in pattern)
    first, last = (
        r"(?<!\w)" if pattern[at].isalnum() or pattern[at] in "#?*" else "" for at in (0, -1)
    )
    return first + body + last.replace("<", "")
