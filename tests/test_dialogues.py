"""The made-up dialogues of the benchmarks: what they say about themselves is so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.dialogue_casual import ASIDES, INTRODUCED, NEWS
from benchmarks.dialogue_kinds import KINDS
from benchmarks.dialogue_maker import HALVES, TALKS, make_dialogue, with_private
from benchmarks.dialogue_memories import plain, remember
from benchmarks.dialogue_scores import attributable, ranked, says
from benchmarks.dialogue_wording import Talk
from memory.embedding import Embedded


@pytest.mark.parametrize("talk", TALKS)
@pytest.mark.parametrize("length", [50, 300, 1000])
def test_every_fact_stands_where_it_is_said_to(length: int, talk: Talk) -> None:
    dialogue = make_dialogue(length, 3, talk=talk)
    texts = [turn.text for turn in dialogue.turns]
    assert len(texts) == length
    assert [turn.role for turn in dialogue.turns[:2]] == ["user", "assistant"]
    for fact in dialogue.facts:
        for place in fact.turns:
            assert fact.value in texts[place]
        for place in fact.old:
            assert fact.former is not None
            assert fact.former in texts[place]
        # A value in a prompt proves that its fact was found: it stands nowhere else.
        elsewhere = [i for i, text in enumerate(texts) if fact.value in text]
        assert sorted(elsewhere) == sorted(fact.turns)
        assert fact.value not in fact.question
        assert max(fact.old, default=-1) < min(fact.turns)


@pytest.mark.parametrize("talk", TALKS)
def test_a_reader_can_tell_who_is_meant(talk: Talk) -> None:
    """By a name in the turn, or in the user's turn before, and no other person's in between."""
    dialogue = make_dialogue(1000, 3, talk=talk)
    people = {fact.who for fact in dialogue.facts}
    for fact in dialogue.facts:
        name = fact.who if talk == "plain" else fact.short
        others = {who.split()[0] for who in people if who != fact.who}
        for place in (*fact.old, *fact.turns):
            named = fact.named[place]
            assert named == place if talk == "plain" else place - named in (0, 2)
            assert says(dialogue.turns[named].text, name)
            between = " ".join(turn.text for turn in dialogue.turns[named : place + 1])
            assert talk == "plain" or not any(says(between, other) for other in others)
    if talk == "casual":
        assert len({who.split()[0] for who in people}) == len(people)
        doctors = [fact.short for fact in dialogue.facts if fact.kind == "appointment"]
        assert len(set(doctors)) == len(doctors)
        assert any(f.named[p] != p for f in dialogue.facts for p in f.turns)


def test_the_same_seed_the_same_dialogue() -> None:
    assert make_dialogue(200, 1) == make_dialogue(200, 1)
    assert make_dialogue(200, 1) != make_dialogue(200, 2)


def test_the_halves_share_no_wording_and_no_value() -> None:
    """What is tuned on one half has not seen the other."""
    lists = [INTRODUCED, *ASIDES.values(), *NEWS.values()]
    for kind in KINDS:
        lists += [kind.values, kind.states, kind.mentions, kind.changes, kind.asks]
    for wordings in lists:
        assert not set(wordings[0::2]) & set(wordings[1::2])
    people = [{fact.who for fact in make_dialogue(1000, 0, half).facts} for half in HALVES]
    assert not people[0] & people[1]


def test_a_value_without_its_person_is_not_attributable() -> None:
    dialogue = make_dialogue(300, 0, talk="casual")
    fact, place = next(
        (fact, place)
        for fact in dialogue.facts
        for place in fact.turns
        if fact.named[place] != place
    )
    said, named = dialogue.turns[place].text, dialogue.turns[fact.named[place]].text
    assert not attributable(said, dialogue, fact)
    assert attributable(f"{named}\n{said}", dialogue, fact)


def test_a_ranking_is_scored_by_hand() -> None:
    assert ranked([7, 1, 8, 2], {1, 2, 3}) == pytest.approx(
        {"p_at_5": 2 / 3, "r_at_50": 2 / 3, "auprc": (1 / 2 + 2 / 4) / 3}
    )


def test_without_the_summary_of_summaries_only_the_latest_blocks_are_summed_up(
    tmp_path: Path,
) -> None:
    dialogue = make_dialogue(500, 0)
    vector = np.eye(1, 384, dtype=np.float32)
    read = [Embedded(turn.text, (turn.text,), vector) for turn in dialogue.turns]
    early = {turn.text for turn in dialogue.turns[:300]}
    summaries = []
    for flat in (False, True):
        with plain(tmp_path / f"{flat}.db", flat=flat) as memory:
            costs = remember(dialogue, read, memory)
            assert len(memory.turns()) == 500
            assert min(costs.values()) > 0
            summaries.append(memory.summary().split("user: "))
    told = [any(line.strip() in text for text in early for line in s[1:]) for s in summaries]
    assert told == [True, False]


def test_what_is_private_stands_where_it_is_said_to() -> None:
    """In chatter's place: the facts and their turns are as they were, and a value that is found
    proves that its own turn was."""
    plain_one = make_dialogue(300, 4, talk="casual")
    dialogue = with_private(plain_one, 4)
    texts = [turn.text for turn in dialogue.turns]
    assert dialogue == with_private(plain_one, 4)
    assert dialogue.facts == plain_one.facts
    assert {one.kind.wish for one in dialogue.private} == {"withhold", "erase"}
    for one in dialogue.private:
        assert [at for at, text in enumerate(texts) if one.value in text] == sorted(one.turns)
        assert bool(one.later) == (one.kind.wish == "withhold")
        assert texts[one.wished] in one.kind.wishes
        assert not any(one.value in asked for asked in one.questions)
    touched = {place for one in dialogue.private for place in (*one.turns, one.wished)}
    for at, (text, turn) in enumerate(zip(texts, plain_one.turns, strict=True)):
        assert (text == turn.text) == (at not in touched)
