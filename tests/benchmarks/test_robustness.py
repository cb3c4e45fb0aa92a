"""The benchmark of robustness: what it asks, and that it counts what is flagged."""

from __future__ import annotations

import base64
import random

import numpy as np
import pytest

from benchmarks.detection_judges import shipped_judge
from benchmarks.disguises import DISGUISES, buried, named_again, padding
from benchmarks.robustness import at_quantiles, measure
from benchmarks.robustness_cases import Case, cases
from benchmarks.rwku import Item, Person
from benchmarks.talks import subject, with_pronoun
from memory import Embedder

NAME = "Odalys Fenwick"


def item(prompt: str, kind: str, *, about: bool) -> Item:
    return Item(prompt, NAME, kind, prompt, "1931", about)


def person() -> Person:
    items = (
        item(f"When was {NAME} born?", "simple question", about=True),
        item("Who wrote The Salt Ledger?", "reverse query", about=True),
        item("How high is the tower of Ruben Castell?", "neighbour simple question", about=False),
    )
    passages = (f"She is {NAME}, a keeper who wrote The Salt Ledger.",)
    return Person(NAME, f"{NAME} was born in 1931; she kept the light.", passages, items)


EASY = [f"How many legs have {number} spiders, and how do they walk?" for number in range(400)]


@pytest.fixture(scope="module")
def asked() -> list[Case]:
    return cases([person()], EASY, 3, 0)


def test_every_row_has_its_sides(asked: list[Case]) -> None:
    found = {(case.row, case.side): case.messages for case in asked}
    assert found["all backwards", "named"] == (f"?nrob {NAME[::-1]} saw nehW",)
    assert found["a pronoun, the name a turn before", "named"] == (
        f"Tell me about {NAME}.",
        "When was she born?",
    )
    assert found["the question in two turns", "named"] == ("When was", "Odalys Fenwick born?")
    assert ("all in base64", "described") in found
    assert ("name misspelt", "described") not in found
    assert found["a neighbour, after a turn about the person", "neighbours"][0].endswith(f"{NAME}.")
    assert len(found["the long text alone", "others"][0].split()) >= 2000
    named = [case for case in asked if case.side == "named" and case.row.startswith("name in")]
    assert all(NAME not in case.messages[-1] for case in named)


def test_disguises_hide_the_name_and_nothing_is_lost() -> None:
    rng = random.Random(0)
    question = f"When was {NAME} born?"
    for row, (_, disguise) in DISGUISES.items():
        assert NAME not in disguise(question, rng), row
    hidden = DISGUISES["all in base64"][1](question, rng).split()[-1]
    assert base64.b64decode(hidden).decode() == question
    assert named_again("how are you?", NAME, str.upper) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was Bo Ek born?", "When was she born?"),
        ("Tell me about Bo Ek.", "Tell me about her."),
        ("What is Bo Ek's book?", "What is her book?"),
    ],
)
def test_a_pronoun_stands_where_the_name_stood(question: str, expected: str) -> None:
    assert with_pronoun(question, "Bo Ek", "she", "her", "her") == expected
    assert subject(item(question, "cloze", about=False), person()) == "Bo Ek"


def test_a_long_text_has_no_name_and_the_question_where_it_belongs() -> None:
    around = padding([*EASY, f"Who is {NAME}?"], [NAME], random.Random(0))
    assert not any(NAME in text for text in around)
    assert buried("Why?", around, "start").startswith("Why?\n\n")
    assert buried("Why?", around, "end").endswith("\n\nWhy?")
    assert "\n\nWhy?\n\n" in buried("Why?", around, "middle")


def test_a_peer_s_thresholds_are_set_on_plain_neighbours() -> None:
    near = [Case("plain", "neighbours", NAME, (str(i),)) for i in range(100)]
    odd = [Case("all backwards", "neighbours", NAME, ("x",)), Case("plain", "named", NAME, ("y",))]
    scores = np.array([*range(100), 1000, 98.5], np.float64)
    flags = at_quantiles([*near, *odd], scores)
    assert sum(flags["5pct"][:100]) == 5
    assert sum(flags["1pct"][:100]) == 1
    assert flags["1pct"][100:] == [True, True]


def test_what_is_flagged_is_counted(asked: list[Case], embedder: Embedder) -> None:
    found = measure([person()], asked, embedder, shipped_judge([person()]))
    plain = found["rows"]["plain"]
    assert plain["named"]["1pct"] == {"share": 1.0, "hits": 1, "of": 1, "interval": (0.2065, 1.0)}
    assert plain["neighbours"]["5pct"]["hits"] == 0
    peer = found["peers"]["the name stands in the prompt"]
    assert [peer[row]["named"]["5pct"]["hits"] for row in ("plain", "all in rot13")] == [1, 0]
