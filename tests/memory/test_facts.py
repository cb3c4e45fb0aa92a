"""Facts with validity: what changed is superseded, what did not is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from memory import DualMemory

from .conftest import HashEmbedder, opened

START = datetime(2025, 1, 1, tzinfo=UTC)


def told(embedder: HashEmbedder, *texts: str) -> DualMemory:
    memory = opened(embedder=embedder)
    for day, text in enumerate(texts):
        memory.add("user", text, time=START + timedelta(days=day))
    return memory


def current(memory: DualMemory) -> dict[str, str]:
    return {fact.attribute: fact.value for fact in memory.facts()}


@pytest.mark.parametrize(
    ("text", "attribute", "value"),
    [
        ("I live in Oslo.", "home", "Oslo"),
        ("We just moved to Bergen in May.", "home", "Bergen"),
        ("I work at the map library now.", "employer", "map library"),
        ("My favourite colour is teal, by the way.", "favorite colour", "teal"),
        ("My dog is called Biscuit.", "dog's name", "Biscuit"),
        ("I am 34 years old.", "age", "34"),
        ("I'm allergic to walnuts.", "allergy: walnut", "walnuts"),
        ("My phone number is 555 0199.", "phone number", "555 0199"),
    ],
)
def test_plain_statements_are_facts(
    text: str, attribute: str, value: str, hashing: HashEmbedder
) -> None:
    assert current(told(hashing, text)) == {attribute: value}


@pytest.mark.parametrize(
    "text",
    [
        "Do I live in Oslo?",
        "If I lived in Oslo I would ski.",
        "I wish I worked at the map library.",
        "My sister lives in Porto.",
        "I used to live in Lima.",
        "I moved to a bigger flat.",
        "Maybe I am allergic to it.",
    ],
)
def test_what_is_not_stated_is_no_fact(text: str, hashing: HashEmbedder) -> None:
    """Wrong invalidation begins with a wrong fact."""
    assert current(told(hashing, text)) == {}


def test_a_change_supersedes_and_the_history_stays(hashing: HashEmbedder) -> None:
    memory = told(
        hashing, "I live in Lima.", "My dog is called Biscuit.", "I moved to Oslo.", "Nice weather."
    )
    assert current(memory) == {"home": "Oslo", "dog's name": "Biscuit"}
    homes = [f for f in memory.facts(history=True) if f.attribute == "home"]
    assert [(f.value, f.until) for f in homes] == [
        ("Lima", START + timedelta(days=2)),
        ("Oslo", None),
    ]


def test_what_is_over_is_not_current(hashing: HashEmbedder) -> None:
    assert current(told(hashing, "I live in Lima.", "I no longer live in Lima.")) == {}
    assert current(told(hashing, "I love jazz.", "I hate jazz now.")) == {
        "taste: jazz": "dislikes jazz"
    }


def test_saying_it_again_changes_nothing(hashing: HashEmbedder) -> None:
    memory = told(hashing, "I live in Oslo.", "I live in Oslo, Norway.")
    assert [fact.until for fact in memory.facts(history=True)] == [None]


def test_the_prompt_never_carries_two_current_values(hashing: HashEmbedder) -> None:
    memory = told(hashing, "I live in Lima.", *["Nice weather today."] * 20, "I moved to Oslo.")
    recall = memory.recall("Where do I live?")
    assert [fact.value for fact in recall.facts if fact.attribute == "home"] == ["Oslo"]


def test_erasing_a_turn_takes_its_fact_along(hashing: HashEmbedder) -> None:
    memory = told(hashing, "I live in Lima.", "I moved to Oslo.")
    memory.erase(text="Oslo")
    assert current(memory) == {"home": "Lima"}
    memory.erase(text="Lima")
    assert memory.facts(history=True) == []


def test_facts_of_others_are_theirs(hashing: HashEmbedder) -> None:
    memory = told(hashing, "I live in Lima.")
    memory.add("user", "I live in Rome.", user="bo")
    memory.add("assistant", "I live in a computer in Paris.")
    assert current(memory) == {"home": "Lima"}
    assert [fact.value for fact in memory.facts(user="bo")] == ["Rome"]


def test_withheld_facts_do_not_reach_the_prompt(hashing: HashEmbedder) -> None:
    memory = told(hashing, "I live in Lima.", "My dog is called Biscuit.")
    prompt = memory.compose(
        "Tell me what you know", withhold=lambda texts: ["Biscuit" in text for text in texts]
    )
    assert "Biscuit" not in repr(prompt.messages)
    assert "Lima" in repr(prompt.messages)
