"""What a query asks for: names of speakers set apart, and values as they are now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from memory import Embedder, Episode
from memory.currency import latest_first
from memory.queries import asks_what_is, subject, without_names

from .conftest import opened

START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ("Where does Ines Holm live?", "Where does live?"),
        ("What is ines's job?", "What is job?"),
        ("Is Inessa here?", "Is Inessa here?"),
        ("Ines?", "Ines?"),  # nothing else would be left
        ("What did the user say?", "What did the user say?"),
    ],
)
def test_speakers_names_are_taken_out(query: str, rest: str) -> None:
    assert without_names(query, ["Ines Holm", "Tomas", "user"]) == rest


@pytest.mark.parametrize(
    ("query", "now"),
    [
        ("How many commits are merged?", True),
        ("When is my call with Leslie?", True),
        ("How many commits did I have at first?", False),
        ("Tell me about the commits", False),
        ("What was my first quota?", False),
    ],
)
def test_questions_about_the_present(query: str, now: bool) -> None:
    assert asks_what_is(query) is now


def test_a_name_in_the_question_does_not_draw_it_to_the_other_speaker(embedder: Embedder) -> None:
    """Tomas says "Ines" in every turn; what Ines does for fun is in hers."""
    memory = opened(embedder=embedder)
    for day in range(6):
        time = START + timedelta(days=day)
        memory.add("user", f"Thanks, Ines! Ines, you are {day} times the best.", speaker="Tomas")
        memory.add("user", f"I spent day {day} at my desk.", speaker="Ines", time=time)
    memory.add("user", "Climbing rocks by the sea makes me happy.", speaker="Ines", time=START)
    best = max(memory.recall("What is Ines' hobby?").episodes, key=lambda e: e.score)
    assert "Climbing" in best.text


TOLD = (
    "The plan is that our gallery page shows 8 project cards, all 8 cards in one gallery row.",
    "Nice weather for a walk.",
    "I have now added two cards, so that the gallery has 10.",
)


def test_the_newer_of_two_numbers_goes_first(embedder: Embedder) -> None:
    memory = opened(embedder=embedder)
    for day, text in enumerate(TOLD):
        memory.add("user", text, time=START + timedelta(days=day))
    best = max(
        memory.recall("How many project cards are on the gallery page?").episodes,
        key=lambda e: e.score,
    )
    assert "10" in best.text
    past = "How many project cards did my gallery page have?"
    best = max(memory.recall(past).episodes, key=lambda e: e.score)
    assert "8 project cards" in best.text


def test_another_speaker_or_subject_changes_no_order(embedder: Embedder) -> None:
    memory = opened(embedder=embedder)
    memory.add("user", TOLD[0], speaker="Ines", time=START)
    memory.add("user", TOLD[2], speaker="Tomas", time=START + timedelta(days=1))
    memory.add("user", "Now 3 new chairs.", speaker="Ines", time=START + timedelta(days=2))
    query = "How many project cards are on the gallery page?"
    best = max(memory.recall(query).episodes, key=lambda e: e.score)
    assert "8 project cards" in best.text


@pytest.mark.parametrize(
    ("query", "about"),
    [
        ("Please give me a short summary of my garden.", "Please my garden."),
        ("In which order did we plant the trees?", "did we plant the trees?"),
        (
            "Can you list the order in which we talked about sheds and fences in our chats?",
            "sheds and fences ?",
        ),
        ("Summarize it in order.", "Summarize it in order."),
        ("Can you list my sheds?", "Can you list my sheds?"),
    ],
)
def test_the_form_of_an_answer_is_not_what_a_query_is_about(query: str, about: str) -> None:
    assert subject(query) == about


def test_a_turn_about_lists_does_not_answer_a_query_for_a_list(embedder: Embedder) -> None:
    memory = opened(embedder=embedder, extractor=None)
    memory.add("user", "Can you list the order of these items, in order? Mention only five items.")
    memory.add("user", "The plum wants pruning before the buds swell.")
    query = "Can you list the order in which I brought up plum trees? Mention only two items."
    best = max(memory.recall(query).episodes, key=lambda episode: episode.score)
    assert "pruning" in best.text


@pytest.mark.parametrize(
    ("query", "old", "new", "moves"),
    [
        (
            "What time is my ballet class?",
            "My ballet class is at 5.",
            "Ballet class is at 7.",
            True,
        ),
        ("What do I eat on Fridays?", "On Fridays I eat curry.", "Fridays we eat soup.", True),
        ("How many hens do I keep?", "I keep 5 hens.", "Two came along, that makes 7 hens.", True),
        ("What time is my ballet class?", "My ballet class is at 5.", "Judo class is at 7.", False),
        ("What do I eat on Fridays?", "On Fridays I eat curry.", "My aunt eats soup.", False),
        ("What do I eat on Fridays?", "On Fridays I eat curry.", "On Fridays his dog eats.", False),
        ("What do I eat on Fridays?", "On Fridays I eat curry.", "Curry, I eat on Fridays.", False),
        ("What did I eat on Fridays?", "On Fridays I ate curry.", "Fridays we eat soup.", False),
    ],
)
def test_a_thing_said_anew_goes_first_without_a_word_of_change(
    query: str, old: str, new: str, moves: bool
) -> None:
    def episode(number: int, text: str, score: float) -> Episode:
        time = START + timedelta(days=number)
        return Episode(
            text=text, turn_id=number, conversation="a", role="user", speaker="user", time=time,
            score=score, why="",
        )  # fmt: skip

    found = latest_first(query, [episode(1, old, 1.0), episode(2, new, 0.8)])
    assert [e.turn_id for e in found] == ([2, 1] if moves else [1, 2])
    assert [e.score for e in found] == [1.0, 0.8]


def test_what_changed_goes_below_what_holds(embedder: Embedder) -> None:
    """Facts that the rules understand; asked about the past, the old one may lead."""
    memory = opened(embedder=embedder)
    memory.add("user", "I live in Lima, the city where all the parrots live.", time=START)
    memory.add("user", "I moved to Oslo.", time=START + timedelta(days=1))
    best = max(memory.recall("Which city do I live in?").episodes, key=lambda e: e.score)
    assert "Oslo" in best.text
