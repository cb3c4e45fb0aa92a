"""Of what was said twice one is recalled, and what only looks alike is not taken for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from memory.repeats import essence

from .conftest import HashEmbedder, opened

START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The concert is on Friday.", "the CONCERT is, on Friday"),
        ("The concert is on Friday.", "Yes, so the concert is on Friday!"),
        ("Crème brûlée, please!", "Oh, a creme brulee…"),
        ("Oh well, yes.", "oh well yes"),
    ],
)
def test_the_same_but_for_words_that_tell_nothing(one: str, other: str) -> None:
    assert essence(one, "Ines") == essence(other, "Tomas")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("She eats meat.", "She does not eat meat."),
        ("She eats meat.", "She eats no meat."),
        ("She likes his dog.", "She likes her dog."),
        ("She is a nurse.", "She was a nurse."),
        ("He flew from Oslo.", "He flew to Oslo."),
        ("The flight is at 10:30.", "The flight is at 10:40."),
        ("She likes it.", "She likes it?"),
        ("Oslo before Bergen.", "Bergen before Oslo."),
        ("🙂", "🙁"),
    ],
)
def test_one_word_can_make_another_sentence(one: str, other: str) -> None:
    assert essence(one, "Ines") != essence(other, "Ines")


def test_what_two_say_of_themselves_is_not_the_same() -> None:
    assert essence("I'm from Oslo.", "Ines") != essence("I'm from Oslo.", "Tomas")
    assert essence("I'm from Oslo.", "Ines") == essence("I'm from Oslo!", "Ines")


def test_the_newest_of_equals_is_recalled_with_room_for_others(hashing: HashEmbedder) -> None:
    """Among equals the older once came first, and took the newer one's place."""
    memory = opened(embedder=hashing)
    pause = ["It rained.", "Trains ran late.", "Nobody came.", "Snow fell."]
    said = ["Lemon cake again.", *pause, "LEMON cake again.", *pause, "Lemon pie again.", *pause]
    for day, text in enumerate(said):
        memory.add("user", text, time=START + timedelta(days=day))
    episodes = memory.recall("lemon cake again", k=2).episodes
    assert [episode.turn_id for episode in episodes] == [6, 11]
    assert episodes[0].score == 1.0


def test_a_clearly_better_one_stays_though_it_is_older(hashing: HashEmbedder) -> None:
    """It was said in the time that the query asks for."""
    memory = opened(embedder=hashing)
    for month in (3, 9):
        memory.add("user", "We had lemon cake.", time=datetime(2024, month, 5, tzinfo=UTC))
        memory.add("user", "The train was late.", time=datetime(2024, month, 6, tzinfo=UTC))
    best = memory.recall("When in March 2024 did we have lemon cake?", k=1).episodes[0]
    assert best.time.month == 3
