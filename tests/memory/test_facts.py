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
        "I used to live in Lima.",
        "Maybe I am allergic to it.",
        "Please change the code for the garage to 4417.",
        "Is the code for the garage 4417?",
        "I might move the meeting to Thursday.",
        "If the rent were 900 euros we could stay.",
        "My rent is a million euros, haha.",
        'He wrote "my rent is 900 euros" on the form.',
        "My brother said that his rent is 900 euros.",
        "I went for a walk yesterday.",
    ],
)
def test_what_is_not_stated_is_no_fact(text: str, hashing: HashEmbedder) -> None:
    """Wrong invalidation begins with a wrong fact."""
    assert current(told(hashing, text)) == {}


def test_what_is_said_of_others_is_not_of_the_speaker(hashing: HashEmbedder) -> None:
    memory = told(hashing, "I live in Lima.", "My sister lives in Porto.", "I moved to a big flat.")
    assert current(memory)["home"] == "Lima"


@pytest.mark.parametrize(
    ("text", "attribute", "value"),
    [
        ("The code for the garage is 4417.", "about: code garage", "4417"),
        ("I've been learning the oud", "about: learning", "oud"),
        ("We moved the meeting to Thursday.", "about: meeting", "Thursday"),
        ("Rosa is allergic to nuts.", "about: rosa allergic", "nuts"),
        ("Oh, my rent is 900 euros, can you believe it?", "about: rent", "900 euros"),
        ("I don't eat meat.", "about: eat", "meat"),
    ],
)
def test_statements_of_any_kind_are_facts(
    text: str, attribute: str, value: str, hashing: HashEmbedder
) -> None:
    assert current(told(hashing, text)) == {attribute: value}


def test_a_statement_supersedes_one_of_the_same_thing(hashing: HashEmbedder) -> None:
    """A to B to C, with what was in the history, and each end where the next begins."""
    memory = told(
        hashing,
        "The code for the garage is 4417.",
        "My piano lesson is on Friday.",
        "They changed the code for the garage to 9034.",
        "The code for the garage is 9034.",
        "The code for the garage is 1188 now.",
    )
    assert current(memory) == {"about: code garage": "1188", "about: piano lesson": "Friday"}
    codes = [(f.value, f.until) for f in memory.facts(history=True) if "code" in f.attribute]
    days = [START + timedelta(days=day) for day in (2, 4)]
    assert codes == [("4417", days[0]), ("9034", days[1]), ("1188", None)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("My rent is 900 euros.", "My sister's rent is 800 euros."),
        ("The cellar key hangs on hook 4.", "The attic key hangs on hook 7."),
        ("The tent cost 90 euros.", "The bag for the tent cost 20 euros."),
        ("I play the cello.", "I also play the banjo."),
        ("My lease ends on May 3.", "My first lease ended on June 9."),
        ("My shift starts at 7 am.", "My shift ends at 4 pm."),
    ],
)
def test_what_only_looks_like_an_update_stands_beside(
    first: str, second: str, hashing: HashEmbedder
) -> None:
    """Wrong invalidation is worse than a missed one."""
    assert [fact.text for fact in told(hashing, second, first).facts()] == [first, second]
    assert first in [fact.text for fact in told(hashing, first, second).facts()]


def test_what_is_denied_ends_what_was_said(hashing: HashEmbedder) -> None:
    memory = told(hashing, "I eat meat.", "I don't eat meat.")
    assert [fact.text for fact in memory.facts()] == ["I don't eat meat."]


def test_few_statements_reach_a_prompt(hashing: HashEmbedder) -> None:
    """Only those that share much with the message: a memory may hold thousands."""
    memory = told(hashing, "The code for the garage is 4417.", "My piano lesson is on Friday.")
    facts = memory.recall("What is the code for the garage?").facts
    assert [fact.value for fact in facts] == ["4417"]
    assert memory.recall("Tell me about Lima.").facts == ()


def test_erasing_the_update_brings_the_former_value_back(hashing: HashEmbedder) -> None:
    """And what was derived from it, words and links, goes with it."""
    memory = told(
        hashing, "The code for the garage is 4417.", "The code for the garage is 9034 now."
    )
    assert [fact.value for fact in memory.facts()] == ["9034"]
    memory.erase(fact=memory.facts()[0])
    assert [(fact.value, fact.until) for fact in memory.facts(history=True)] == [("4417", None)]
    assert memory.verify(["The code for the garage is 9034 now."]).clean
    assert memory._store.rows("SELECT count(*) FROM links") == [(0,)]
    memory.erase(text="4417")
    assert memory._store.rows("SELECT count(*) FROM fact_terms") == [(0,)]


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
