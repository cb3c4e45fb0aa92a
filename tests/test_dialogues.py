"""The made-up dialogues of the benchmarks: what they say about themselves is so."""

from __future__ import annotations

import pytest

from benchmarks.dialogue_kinds import KINDS
from benchmarks.dialogue_maker import HALVES, make_dialogue


@pytest.mark.parametrize("length", [50, 300, 1000])
def test_every_fact_stands_where_it_is_said_to(length: int) -> None:
    dialogue = make_dialogue(length, 3)
    texts = [turn.text for turn in dialogue.turns]
    assert len(texts) == length
    assert [turn.role for turn in dialogue.turns[:2]] == ["user", "assistant"]
    for fact in dialogue.facts:
        for place in fact.turns:
            assert fact.value in texts[place]
            assert fact.who in texts[place]
        for place in fact.old:
            assert fact.former is not None
            assert fact.former in texts[place]
        # A value in a prompt proves that its fact was found: it stands nowhere else.
        elsewhere = [i for i, text in enumerate(texts) if fact.value in text]
        assert sorted(elsewhere) == sorted(fact.turns)
        assert fact.value not in fact.question
        assert max(fact.old, default=-1) < min(fact.turns)


def test_the_same_seed_the_same_dialogue() -> None:
    assert make_dialogue(200, 1) == make_dialogue(200, 1)
    assert make_dialogue(200, 1) != make_dialogue(200, 2)


def test_the_halves_share_no_wording_and_no_value() -> None:
    """What is tuned on one half has not seen the other."""
    for kind in KINDS:
        for lists in (kind.values, kind.states, kind.mentions, kind.changes, kind.asks):
            assert not set(lists[0::2]) & set(lists[1::2])
    people = [{fact.who for fact in make_dialogue(1000, 0, half).facts} for half in HALVES]
    assert not people[0] & people[1]
