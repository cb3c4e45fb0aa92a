"""Whose data a call is about is always said, and nobody sees another's."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory import BadInput, DualMemory, NewTurn

from .conftest import HashEmbedder

Call = Callable[..., Any]

# Every public method that reads or writes what somebody said; the first two kinds take a
# conversation as well, the others concern all of a user's.
WRITING: dict[str, Call] = {
    "add": lambda memory, **scope: memory.add("user", "hello", **scope),
    "add_turns": lambda memory, **scope: memory.add_turns([], **scope),
}
READING: dict[str, Call] = {
    "recall": lambda memory, **scope: memory.recall("secret", k=50, recent=50, **scope),
    "search": lambda memory, **scope: memory.search("secret", k=50, recent=50, **scope),
    "compose": lambda memory, **scope: memory.compose("secret", k=50, **scope),
    "summary": lambda memory, **scope: memory.summary(**scope),
    "facts": lambda memory, **scope: memory.facts(history=True, **scope),
    "turns": lambda memory, **scope: memory.turns(**scope),
}
OF_A_USER: dict[str, Call] = {
    "conversations": lambda memory, **scope: memory.conversations(**scope),
    "erase": lambda memory, **scope: memory.erase("secret", preview=True, **scope),
    "export": lambda memory, path="x", **scope: memory.export(path, **scope),
    "pin": lambda memory, turn=1, **scope: memory.pin(turn, **scope),
}
# What is about the file as a whole, or names its user in any case.
OTHER = {
    "close",
    "forget_user",
    "import_",
    "keep_out",
    "stats",
    "summarise_with",
    "sweep_summaries",
    "verify",
}


def test_every_public_method_is_known_here() -> None:
    """So that a new one is not forgotten by the tests below."""
    public = {n for n, _ in inspect.getmembers(DualMemory, callable) if not n.startswith("_")}
    assert public == {*WRITING, *READING, *OF_A_USER, *OTHER}


@pytest.mark.parametrize("call", [*WRITING, *READING, *OF_A_USER])
def test_without_a_user_nothing_is_read_or_written(call: str, hashing: HashEmbedder) -> None:
    with DualMemory(embedder=hashing, conversation="c1") as memory:
        with pytest.raises(BadInput, match=r"received no user, .* pass user=\.\.\. to this call"):
            (WRITING | READING | OF_A_USER)[call](memory)
        assert memory.stats().turns == 0


@pytest.mark.parametrize("call", [*WRITING, *READING])
def test_without_a_conversation_neither(call: str, hashing: HashEmbedder) -> None:
    with DualMemory(embedder=hashing, user="ada") as memory:
        with pytest.raises(BadInput, match="received no conversation, and the memory was opened"):
            (WRITING | READING)[call](memory)
        assert memory.stats().turns == 0


@pytest.mark.parametrize("call", [*WRITING, *READING, *OF_A_USER])
@pytest.mark.parametrize("user", [None, "", " ", 7])
def test_a_user_who_is_nobody_is_not_the_memorys_own(
    call: str, user: Any, hashing: HashEmbedder, tmp_path: Path
) -> None:
    """A program that looks a user up and finds None must not get the owner's memory. (An export
    with ``user=None`` is everybody's, and says so.)"""
    if call == "export" and user is None:
        return
    with DualMemory(embedder=hashing, user="ada", conversation="c1") as memory:
        with pytest.raises(BadInput, match=r"user is .*; a scope needs a name"):
            (WRITING | READING | OF_A_USER)[call](memory, user=user)
        assert memory.stats().turns == 0


@pytest.mark.parametrize("scope", [{"user": " "}, {"conversation": ""}, {"user": 7}])
def test_a_memory_is_not_opened_with_a_nameless_scope(
    scope: dict[str, Any], hashing: HashEmbedder, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="a scope needs a name"):
        DualMemory(tmp_path / "m.db", embedder=hashing, **scope)
    assert not (tmp_path / "m.db").exists()


def test_what_a_call_says_goes_before_what_the_memory_was_opened_with(
    hashing: HashEmbedder,
) -> None:
    with DualMemory(embedder=hashing, user="ada", conversation="c1") as memory:
        memory.add("user", "here")
        memory.add("user", "there", conversation="c2")
        memory.add("user", "elsewhere", user="bo")
        assert [turn.text for turn in memory.turns()] == ["here"]
        assert [turn.text for turn in memory.turns(conversation=None)] == ["here", "there"]
        assert [turn.text for turn in memory.turns(user="bo")] == ["elsewhere"]


NAMES = st.sampled_from(["ada", "bo", "Ada", "a_a", "%", "ada'--"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    said=st.lists(
        st.tuples(NAMES, st.sampled_from(["c1", "c2"]), st.integers(0, 99)), min_size=1, max_size=8
    )
)
def test_no_call_shows_another_users(
    said: list[tuple[str, str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Users whose names look like one another's or like SQL say the same things but for a word of
    their own, which no answer to anybody else may hold."""
    # Long: three letters stand by chance among those of an export's vectors.
    words = {user: f"quaggas{number}" for number, user in enumerate(sorted({s[0] for s in said}))}
    with DualMemory(embedder=HashEmbedder()) as memory:
        for user, conversation, number in said:
            text = f"My secret is called {words[user]}x{number}."
            turn = NewTurn(role="user", text=text)
            memory.add_turns([turn], user=user, conversation=conversation)
        for user in words:
            for shown in _shown(memory, user, tmp_path_factory.mktemp("out") / "export.jsonl"):
                others = [other for other in words if other != user and words[other] in shown]
                assert not others
            for conversation in ("c1", "c2"):
                turns = memory.turns(user=user, conversation=conversation)
                assert {turn.conversation for turn in turns} <= {conversation}


def _shown(memory: DualMemory, user: str, path: Path) -> list[str]:
    """What every reading call answers to one user, in each conversation and over all."""
    own = [turn.text for turn in memory.turns(user=user, conversation=None)]
    assert own  # or nothing would be tested
    shown = []
    for name, call in READING.items():
        wheres = ["c1", "c2"] if name in ("compose", "summary") else ["c1", "c2", None]
        shown += [repr(call(memory, user=user, conversation=where)) for where in wheres]
    assert any(own[0] in answer for answer in shown)
    preview = memory.erase("secret", preview=True, user=user)
    texts = {turn.id: turn.text for turn in memory.turns(user=user, conversation=None)}
    assert set(preview.turns) <= set(texts)
    memory.export(path, user=user)
    return [*shown, path.read_text(encoding="utf-8")]
