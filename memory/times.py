"""Times said relative to another: "last spring", "two weeks ago", "a week before the trip".

English only. A time is read against the day it was said on: of a turn the day of the turn, of
a query the day of asking.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["Anchor", "Span", "anchor", "spans", "words_of"]

_NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), 1
    )
} | {"a": 1, "an": 1, "the": 1, "a couple of": 2, "couple of": 2, "a few": 3, "few": 3}
_UNITS = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # the first month
_MOST_MONTHS = 4  # a longer span is told by its years alone

_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_UNIT = rf"(?P<unit>{'|'.join(_UNITS)})s?"
_NAMED = "|".join([*_DAYS, *_MONTHS, *_SEASONS, "weekend", "week", "month", "year"])
_PLAIN = {"today": 0, "tonight": 0, "this morning": 0, "yesterday": 1, "last night": 1,
          "the day before yesterday": 2}  # fmt: skip
_AGO = re.compile(rf"\b{_COUNT} {_UNIT} ago\b", re.IGNORECASE)
_THAT = re.compile(rf"\b(?P<which>last|past|this) (?P<named>{_NAMED})\b", re.IGNORECASE)
_DAY = re.compile(rf"\b(?P<plain>{'|'.join(sorted(_PLAIN, key=len, reverse=True))})\b",
                  re.IGNORECASE)  # fmt: skip
_ANCHOR = re.compile(
    rf"\b{_COUNT} {_UNIT} (?P<side>before|after|prior to|following) "
    r"(?!yesterday\b)(?P<what>[^?.!,;]*\w{3}[^?.!,;]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``first`` to ``last``, both counted."""

    first: date
    last: date

    def months(self) -> list[tuple[int, int]]:
        """Year and month, of each month that has a part in it."""
        found, at = [], self.first.replace(day=1)
        while at <= self.last:
            found.append((at.year, at.month))
            at = (at + timedelta(days=31)).replace(day=1)
        return found


@dataclass(frozen=True, slots=True)
class Anchor:
    """A time told by an event: ``days`` after it (before it, when negative), about ``width`` days
    either way."""

    event: str
    days: int
    width: int

    def span(self, event: date) -> Span:
        """The days meant, once the day of the event is known."""
        middle = event + timedelta(days=self.days)
        return Span(middle - timedelta(days=self.width), middle + timedelta(days=self.width))


def spans(text: str, said: date) -> list[Span]:
    """The spans that a text tells relative to the day it was said on. Linear in the text.

    A date that would lie before year 1 or after year 9999 is left out.
    """
    found: list[Span] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            try:
                found.append(read(match, said))
            except (OverflowError, ValueError):
                continue
    return found


def anchor(query: str) -> Anchor | None:
    """The event that a query counts its time from ("two weeks before the trip"), if it does."""
    match = _ANCHOR.search(query)
    if match is None:
        return None
    size = _UNITS[match["unit"].lower()]
    days = _count(match) * size
    before = match["side"].lower() in ("before", "prior to")
    return Anchor(match["what"].strip(), -days if before else days, max(1, size // 2))


def words_of(span: Span) -> str:
    """A span in words that dates are told by: of one day the day, the month and the year; of up to
    four months their names; of more the years."""
    if span.first == span.last:
        return f"{span.first:%d %B %Y %A}".lstrip("0")
    months = span.months()
    words = [str(year) for year in sorted({year for year, _ in months})]
    if len(months) <= _MOST_MONTHS:
        words += [_MONTHS[month - 1] for _, month in months]
    return " ".join(words)


def _ago(match: re.Match[str], said: date) -> Span:
    unit, count = match["unit"].lower(), _count(match)
    if unit == "year":
        return _year(said.year - count)
    if unit == "month":
        return _month(*_months_back(said, count))
    middle = said - timedelta(days=count * _UNITS[unit])
    around = timedelta(days=0 if unit == "day" else 3)
    return Span(middle - around, middle + around)


def _that(match: re.Match[str], said: date) -> Span:
    named, back = match["named"].lower(), match["which"].lower() != "this"
    if named in ("week", "weekend"):
        monday = said - timedelta(days=said.weekday() + (7 if back else 0))
        first = monday + timedelta(days=5 if named == "weekend" else 0)
        return Span(first, monday + timedelta(days=6))
    if named == "month":
        return _month(*_months_back(said, int(back)))
    if named == "year":
        return _year(said.year - int(back))
    if named in _DAYS:
        ago = (said.weekday() - _DAYS.index(named)) % 7
        return _days(said, ago or 7 * int(back))
    if named in _MONTHS:
        return _latest(_MONTHS.index(named) + 1, 1, said, back)
    return _latest(_SEASONS[named], 3, said, back)


def _latest(month: int, length: int, said: date, over: bool) -> Span:
    """The latest such months that have begun; with ``over`` those that have also ended."""
    for year in (said.year, said.year - 1, said.year - 2):
        first = date(year, month, 1)
        last = _month(*_months_back(first, 1 - length)).last
        if (last if over else first) < said or (not over and first == said):
            return Span(first, last)
    raise ValueError("no such months")


def _plain(match: re.Match[str], said: date) -> Span:
    return _days(said, _PLAIN[match["plain"].lower()])


def _days(said: date, ago: int) -> Span:
    day = said - timedelta(days=ago)
    return Span(day, day)


def _month(year: int, month: int) -> Span:
    return Span(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _year(year: int) -> Span:
    return Span(date(year, 1, 1), date(year, 12, 31))


def _months_back(said: date, count: int) -> tuple[int, int]:
    months = said.year * 12 + said.month - 1 - count
    return months // 12, months % 12 + 1


def _count(match: re.Match[str]) -> int:
    count = match["count"].lower()
    return int(count) if count.isdigit() else _NUMBERS[count]


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Span]], ...] = (
    (_AGO, _ago),
    (_THAT, _that),
    (_DAY, _plain),
)
