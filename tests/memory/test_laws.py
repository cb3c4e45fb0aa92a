"""Laws: export and import lose nothing, and a prompt is whole sentences inside its budget."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory import DualMemory, Episode, Fact, Recall, Turn
from memory.prompt import Messages, compose
from memory.sentences import sentences

from .conftest import HashEmbedder, opened

START = datetime(2025, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(
    lambda text: bool(text.strip())
)
# Each number stands for one turn in a user's conversation: any order of users and conversations.
SAID = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.sampled_from("xyz"), TEXTS, st.booleans(), st.integers(0, 9)
    ),
    min_size=1,
    max_size=12,
)
COLUMNS = "user, conversation, ordinal, role, speaker, text, time, pinned, recalls, recalled"
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def contents(memory: DualMemory) -> list[object]:
    """All rows but their numbers: turns, chunks with words and vectors, facts."""
    store = memory._store
    chunks = (
        "SELECT t.user, t.conversation, t.ordinal, question, terms, vector, c.text FROM chunks c"
    )
    facts = "SELECT t.user, t.conversation, t.ordinal, subject, attribute, value, over FROM facts f"
    return [
        sorted(store.rows(f"SELECT {COLUMNS} FROM turns")),
        sorted(store.rows(f"{chunks} JOIN turns t ON t.id = c.turn"), key=repr),
        sorted(store.rows(f"{facts} JOIN turns t ON t.id = f.turn"), key=repr),
        [
            fact.model_dump(exclude={"turn_id"})
            for user in "ab"
            for fact in memory.facts(user=user, conversation=None, history=True)
        ],
    ]


@QUICK
@given(
    order=st.permutations("ab"),
    said=SAID,
    facts=st.sampled_from(["", "I live in Oslo. ", "I moved to Bergen. "]),
    gone=st.sets(st.integers(1, 12), max_size=3),
    pruned=st.sets(st.integers(1, 12), max_size=3),
)
def test_export_then_import_is_lossless_in_any_order(
    order: list[str],
    said: list[tuple[str, str, str, bool, int]],
    facts: str,
    gone: set[int],
    pruned: set[int],
) -> None:
    """With the places that erased turns left free, and the facts that were found when each turn was
    stored: the memories that read the export would find none."""
    with tempfile.TemporaryDirectory() as folder:
        out, again = Path(folder) / "out.jsonl", Path(folder) / "again.jsonl"
        memory = opened(embedder=HashEmbedder())
        copy, apart = (opened(embedder=HashEmbedder(), extractor=None) for _ in range(2))
        for user, talk, text, pinned, hour in said:
            time = START + timedelta(hours=hour, microseconds=len(text))
            memory.add("user", facts + text, user=user, conversation=talk, time=time, pinned=pinned)
        memory._store.rows("UPDATE turns SET recalls = id % 3, recalled = nullif(id % 2, 0)")
        for user in "ab":
            memory.erase(turn_ids=sorted(gone), user=user)
            memory._store.prune(
                user,
                [
                    turn.id
                    for turn in memory.turns(user=user, conversation=None)
                    if turn.id in pruned
                ],
            )
        left = memory.stats().turns
        assert memory.export(out, user=None) == left
        assert copy.import_(out) == left
        copy.export(again, user=None)
        assert out.read_bytes() == again.read_bytes()
        assert contents(copy) == contents(memory)
        for user in order:  # and one user after the other, whichever comes first
            memory.export(out, user=user)
            apart.import_(out)
        assert contents(apart) == contents(memory)


READ = "I have read the notes."
SENTENCES = st.sampled_from(["One fish.", "Two red fish swim!", "Is it late?", "Ünï, so."])
PASSAGE = st.lists(SENTENCES, min_size=1, max_size=8).map(" ".join)


@st.composite
def recalls(draw: st.DrawFn) -> Recall:
    def at(number: int) -> datetime:
        return START + timedelta(days=number)

    who: Any = {"conversation": "c", "role": "user", "speaker": "user"}
    passages = {
        kind: draw(st.lists(PASSAGE, max_size=5)) for kind in ("turns", "facts", "episodes")
    }
    return Recall(
        query="q",
        summary=draw(st.just("") | PASSAGE),
        recent=tuple(
            Turn(id=100 + n, user="u", text=text, time=at(100 + n), **who)
            for n, text in enumerate(passages["turns"])
        ),
        facts=tuple(
            Fact(
                subject="user", attribute=f"a{n}", value="v", text=text, turn_id=n,
                conversation="c", since=at(n),
            )
            for n, text in enumerate(passages["facts"])
        ),
        episodes=tuple(
            Episode(
                text=text, turn_id=50 + n, time=at(n), score=draw(st.floats(0, 1)), why="", **who
            )
            for n, text in enumerate(passages["episodes"])
        ),
    )  # fmt: skip


def by_words(messages: Messages) -> int:
    """A tokenizer that is not additive: every message costs, and so does every third letter."""
    return sum(4 + (len(message["content"]) + 2) // 3 for message in messages)


@settings(max_examples=150, deadline=None)
@given(
    recall=recalls(),
    system=st.sampled_from(["", "Be brief."]),
    message=st.sampled_from(["And now?", "Did two red fish swim?"]),
    more=st.integers(0, 700),
)
def test_a_prompt_holds_whole_pieces_inside_its_budget_and_says_what_it_left_out(
    recall: Recall, system: str, message: str, more: int
) -> None:
    alone = compose(
        Recall(query=message), system=system, message=message, budget=9999, count=by_words
    )
    budget = alone.tokens + more
    prompt = compose(recall, system=system, message=message, budget=budget, count=by_words)
    assert prompt.tokens == by_words(prompt.messages) <= budget
    assert prompt.messages[-1] == {"role": "user", "content": message}
    assert sum(prompt.parts.values()) == prompt.tokens
    kept, whole = prompt.recall, "\n".join(message["content"] for message in prompt.messages)
    pieces: list[Any] = [*kept.facts, *kept.episodes, *kept.recent]
    for piece in pieces:  # what is said to stand there does, to the last word of its last sentence
        assert piece in (*recall.facts, *recall.episodes, *recall.recent)
        assert piece.text in whole
    told = sentences(recall.summary)
    assert kept.summary in (" ".join(c) for n in range(9) for c in combinations(told, n))
    assert "".join(kept.summary.split()) in "".join(whole.split())
    noted = bool(kept.facts or kept.episodes or kept.summary)
    lines = [line for line in whole.split("\n") if line.startswith("- ")]
    assert len(lines) == len(kept.facts) + len(kept.episodes)  # and nothing else does
    assert all(line.endswith((".", "!", "?")) for line in lines)
    beside = [m for m in prompt.messages if m == {"role": "assistant", "content": READ}]
    around = 2 + bool(system) if beside else bool(system or noted)
    assert len(prompt.messages) == 1 + len(kept.recent) + around
    missing = {
        "recent turns": len(recall.recent) - len(kept.recent),
        "facts": len(recall.facts) - len(kept.facts),
        "episodes": len(recall.episodes) - len(kept.episodes),
    }
    said = [f"{number} {name}" for name, number in missing.items() if number]
    fewer = len(told) - len(sentences(kept.summary))
    few = f"{fewer} sentences of the summary" if kept.summary else "the summary"
    said += [few] if fewer else []
    assert sorted(prompt.left_out) == sorted(said)
