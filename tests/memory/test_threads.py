"""Laws of facts: one current value for each thing, the latest; and an erasure undoes its turn."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import apsw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory import DualMemory, NewTurn
from memory.linking import FEATURES

from .conftest import HashEmbedder

START = datetime(2025, 1, 1, tzinfo=UTC)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FORMS = (
    "The code for the garage is {}.",
    "They changed the code for the garage to {}.",
    "My sister's rent is {} euros.",
    "My rent is {} euros.",
    "My rent is {} euros now.",
    "I live in {}.",
    "I no longer live in {}.",
    "My piano lesson is on {}.",
    "I drive a {}.",
    "Nice weather in {} today.",
)
VALUES = ("4417", "9034", "Lima", "Oslo", "Friday", "Sunday")
SAID = st.lists(
    st.tuples(st.sampled_from(FORMS), st.sampled_from(VALUES)).map(
        lambda pair: pair[0].format(pair[1])
    ),
    min_size=1,
    max_size=10,
)


def opened(path: Path | str = ":memory:") -> DualMemory:
    return DualMemory(path, user="ada", conversation="c1", embedder=HashEmbedder())


def turns(said: list[str]) -> list[NewTurn]:
    return [
        NewTurn(role="user", text=text, time=START + timedelta(days=day))
        for day, text in enumerate(said)
    ]


def shown(memory: DualMemory) -> list[object]:
    return [fact.model_dump(exclude={"turn_id"}) for fact in memory.facts(history=True)]


@QUICK
@given(said=SAID)
def test_nothing_has_two_current_values(said: list[str]) -> None:
    memory = opened()
    memory.add_turns(turns(said))
    current = [(fact.subject, fact.attribute) for fact in memory.facts()]
    assert len(current) == len(set(current))
    for fact in memory.facts(history=True):
        assert fact.until is None or fact.until > fact.since


@QUICK
@given(said=SAID, order=st.randoms(use_true_random=False))
def test_what_holds_follows_from_the_times_not_from_the_order_of_storing(
    said: list[str], order: object
) -> None:
    """An import may bring what was said earlier after what was said later; in between it was
    asked what holds."""
    ordered, mixed = opened(), opened()
    ordered.add_turns(turns(said))
    shuffled = turns(said)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    for turn in shuffled:
        mixed.add_turns([turn])
        mixed.facts()
    assert shown(mixed) == shown(ordered)


@QUICK
@given(said=SAID, at=st.integers(0, 9))
def test_erasing_a_turn_leaves_what_would_be_without_it(said: list[str], at: int) -> None:
    at %= len(said)
    memory, without = opened(), opened()
    stored = memory.add_turns(turns(said))
    memory.facts()
    memory.erase(turn_ids=[stored[at].id])
    without.add_turns([turn for day, turn in enumerate(turns(said)) if day != at])
    assert shown(memory) == shown(without)


def test_a_database_of_before_keeps_its_facts(tmp_path: Path) -> None:
    """Its facts have no words and no links yet; what is said from now on has."""
    path = tmp_path / "m.db"
    with opened(path) as memory:
        memory.add("user", "I live in Lima.")
    connection = apsw.Connection(str(path))
    connection.execute("DROP TABLE fact_terms; DROP TABLE links; PRAGMA user_version = 1")
    connection.close()
    with opened(path) as memory:
        memory.add_turns(turns(["My rent is 900 euros.", "My rent is 950 euros now."]))
        assert {fact.value for fact in memory.facts()} == {"Lima", "950 euros"}


def test_the_trees_look_at_the_features_that_there_are() -> None:
    """They know them by place alone."""
    made = json.loads(resources.files("memory").joinpath("linking.json").read_text("utf-8"))
    assert tuple(made["features"]) == FEATURES
