"""Times told relative to another: read by a calendar worked out by hand, and found in recall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import DualMemory, NewTurn
from memory.times import Span, anchor, spans, words_of

from .conftest import opened

SAID = date(2023, 7, 12)  # a Wednesday
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("we met yesterday", date(2023, 7, 11), date(2023, 7, 11)),
        ("the day before yesterday it rained", date(2023, 7, 10), date(2023, 7, 10)),
        ("I was up last night", date(2023, 7, 11), date(2023, 7, 11)),
        ("it arrived three days ago", date(2023, 7, 9), date(2023, 7, 9)),
        ("a couple of weeks ago", date(2023, 6, 25), date(2023, 7, 1)),
        ("last week was hard", date(2023, 7, 3), date(2023, 7, 9)),
        ("this week is better", date(2023, 7, 10), date(2023, 7, 16)),
        ("last weekend", date(2023, 7, 8), date(2023, 7, 9)),
        ("last Monday", date(2023, 7, 10), date(2023, 7, 10)),
        ("last Wednesday", date(2023, 7, 5), date(2023, 7, 5)),
        ("last Friday", date(2023, 7, 7), date(2023, 7, 7)),
        ("last month", date(2023, 6, 1), date(2023, 6, 30)),
        ("eight months ago", date(2022, 11, 1), date(2022, 11, 30)),
        ("last year", date(2022, 1, 1), date(2022, 12, 31)),
        ("Last spring", date(2023, 3, 1), date(2023, 5, 31)),
        ("last summer", date(2022, 6, 1), date(2022, 8, 31)),
        ("this summer", date(2023, 6, 1), date(2023, 8, 31)),
        ("last winter", date(2022, 12, 1), date(2023, 2, 28)),
        ("last May", date(2023, 5, 1), date(2023, 5, 31)),
        ("last October", date(2022, 10, 1), date(2022, 10, 31)),
    ],
)
def test_a_relative_time_is_read_against_the_day_it_was_said_on(
    text: str, first: date, last: date
) -> None:
    assert spans(text, SAID) == [Span(first, last)]


@pytest.mark.parametrize(
    "text",
    ["The last thing I want", "at last we may go", "agony", "week", "9999 years ago", "aweek ago"],
)
def test_what_tells_no_time_gives_none(text: str) -> None:
    assert spans(text, SAID) == []


@given(st.text(), st.dates())
def test_any_text_on_any_day_is_read(text: str, said: date) -> None:
    assert all(span.first <= span.last for span in spans(text, said))


@given(
    st.sampled_from(["yesterday", "last week", "last month", "last year", "two days ago"]),
    st.dates(min_value=date(1900, 1, 1)),
)
def test_what_is_over_lies_before_the_day_it_is_said_on(text: str, said: date) -> None:
    (span,) = spans(text, said)
    assert span.last < said


@given(st.sampled_from(["last spring", "last summer", "last autumn", "last winter"]), st.dates(
    min_value=date(1900, 1, 1)))  # fmt: skip
def test_the_last_season_ended_less_than_a_year_and_a_season_ago(text: str, said: date) -> None:
    (span,) = spans(text, said)
    assert said - 366 * DAY <= span.last < said
    assert 88 * DAY < span.last - span.first < 92 * DAY


def test_an_event_may_be_what_a_time_counts_from() -> None:
    found = anchor("What did I buy two weeks before the trip to Oslo?")
    assert found is not None
    assert found.event == "the trip to Oslo"
    assert found.span(date(2023, 5, 31)) == Span(date(2023, 5, 14), date(2023, 5, 20))
    later = anchor("Who called three days after the wedding?")
    assert later is not None
    assert later.span(date(2023, 5, 1)) == Span(date(2023, 5, 3), date(2023, 5, 5))
    assert anchor("What did I buy before the trip?") is None


def test_a_span_is_told_by_the_words_of_dates() -> None:
    assert words_of(Span(date(2023, 7, 1), date(2023, 7, 1))) == "1 July 2023 Saturday"
    assert words_of(Span(date(2022, 12, 1), date(2023, 1, 9))) == "2022 2023 december january"
    assert words_of(Span(date(2022, 1, 1), date(2022, 12, 31))) == "2022"


def diary() -> DualMemory:
    """A line a week for two years, all alike but for what was cooked."""
    memory = opened(":memory:")
    dishes = [f"dish number {at}" for at in range(104)]
    start = datetime(2022, 1, 5, tzinfo=UTC)
    memory.add_turns(
        [
            NewTurn(role="user", text=f"We cooked {dish} today.", time=start + at * 7 * DAY)
            for at, dish in enumerate(dishes)
        ]
    )
    return memory


def test_a_query_finds_what_was_said_in_the_time_it_tells() -> None:
    """Of 104 lines 13 lie in that spring: by chance one or two of ten, eight once in a billion."""
    asked = datetime(2023, 7, 12, tzinfo=UTC)
    with diary() as memory:
        found = memory.recall("What did we cook last spring?", now=asked).episodes
        inside = [e for e in found if date(2023, 3, 1) <= e.time.date() <= date(2023, 5, 31)]
        assert len(inside) >= 8
        assert all("the time asked for" in episode.why for episode in inside)
        undated = memory.recall("What did we cook?", now=asked).episodes
        assert not any("the time asked for" in episode.why for episode in undated)


def test_a_time_is_counted_from_an_event_that_was_told() -> None:
    with diary() as memory:
        memory.add("user", "Our trip to Oslo began!", time=datetime(2022, 9, 21, tzinfo=UTC))
        found = memory.recall("What did we cook two weeks before the trip to Oslo?", k=5).episodes
        times = [episode.time.date() for episode in found if "time asked" in episode.why]
        assert date(2022, 9, 7) in times
        assert all(date(2022, 9, 4) <= time <= date(2022, 9, 10) for time in times)


def test_what_was_told_afterwards_is_found_by_when_it_happened() -> None:
    """ "Last month" said in July is June: that turn counts with what was said in June itself."""
    rooms = "hall attic cellar kitchen study nursery pantry bathroom porch landing loft den".split()
    with opened(":memory:") as memory:
        for month, room in enumerate(rooms, 1):
            said = datetime(2023, month, 10, tzinfo=UTC)
            memory.add("user", f"Last month we repainted the {room}.", time=said)
        found = memory.recall("What did we paint in June?", k=12).episodes
        best = sorted(found, key=lambda episode: -episode.score)[:3]
        assert {6, 7} <= {episode.time.month for episode in best}
