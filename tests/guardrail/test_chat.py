"""The chat as a person uses it, with the real small model: withheld, remembered, undone."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from benchmarks.oracle import emitted
from guardrail import (
    GuardedChat,
    InvalidInput,
    PromptTooLong,
    SettingsError,
    Target,
)
from guardrail.decision import DECLINED
from guardrail.detection import Level
from guardrail.restriction.phrases import Phrase
from memory import BadInput, DualMemory, StoreBroken

KING = "Stephen King"
SHINING = "Who wrote The Shining?"
PHRASES = [Phrase(KING), Phrase("Richard Bachman")]


def test_forgotten_from_the_next_message_on_and_back_again(
    chat: GuardedChat, offline: None
) -> None:
    """The main job, with every socket blocked."""
    assert KING in chat.send(SHINING, remember=False).text
    target = chat.forget(KING, aliases=["Richard Bachman"])
    for question in (SHINING, "Who is Stephen King?", "Tell me about STEPHEN-KING please."):
        assert not emitted(chat.send(question, remember=False).text, PHRASES)
    reply = chat.send("Who is Stephen King?", remember=False)
    assert (reply.text, reply.withheld, reply.policy) == (DECLINED, True, "decline")
    assert reply.verdict.sure == (target.id,)
    chat.unforget(target.id)
    assert KING in chat.send(SHINING, remember=False).text


def test_everything_else_is_answered_to_the_letter_as_before(chat: GuardedChat) -> None:
    questions = [
        "What is the capital of France?",
        "How many legs does a spider have?",
        "Who wrote the Harry Potter books?",
    ]
    before = [chat.send(q, remember=False).text for q in questions]
    chat.forget(KING)
    assert [chat.send(q, remember=False).text for q in questions] == before


def test_a_follow_up_question_is_read_in_its_conversation(chat: GuardedChat) -> None:
    chat.forget(KING)
    chat.send("Who is Stephen King?")
    assert chat.send("And where was he born?").text == DECLINED
    other = chat.send("And where was he born?", conversation="another")
    assert other.verdict.level is Level.CLEAR
    assert chat.send("What is the capital of France?").verdict.level is Level.CLEAR


def test_it_remembers(chat: GuardedChat) -> None:
    chat.send("My dog is called Biscuit.")
    reply = chat.send("What is my dog called?")
    assert "Biscuit" in reply.text
    for number in range(20):
        chat.memory.add("user", f"The weather on day {number} was mild.")
    reply = chat.send("What is my dog called?")
    assert any("Biscuit" in episode.text for episode in reply.recalled)
    assert reply.usage.prompt_tokens <= reply.usage.budget == 3500
    assert sum(reply.usage.parts.values()) == reply.usage.prompt_tokens


def test_memory_is_no_way_around_the_guard(chat: GuardedChat, monkeypatch: Any) -> None:
    chat.memory.add("user", "My favourite writer is Stephen King, he wrote The Shining.")
    chat.memory.add("user", "My favourite colour is teal.")
    chat.forget(KING)
    prompts = []
    encode = chat.model.template.encode

    def spy(messages: Any) -> list[int]:
        prompts.append(repr(messages))
        return encode(messages)

    monkeypatch.setattr(chat.model.template, "encode", spy)
    chat.send("What are my favourite things?")
    assert not any(KING in prompt for prompt in prompts)
    assert any("teal" in prompt for prompt in prompts)
    chat.unforget(KING)
    chat.send("What are my favourite things?")
    assert any(KING in prompt for prompt in prompts)


def test_erasing(chat: GuardedChat) -> None:
    chat.send("My phone number is 555 0199.", options={"max_new_tokens": 4})
    receipt = chat.erase("my phone number")
    assert receipt.turns
    assert chat.memory.verify(["555 0199"]).clean


def test_a_memory_without_a_scope_of_its_own_gets_the_chats(smollm: Any, embedder: Any) -> None:
    with GuardedChat(smollm, memory=DualMemory(embedder=embedder)) as chat:
        chat.send("My phone number is 555 0199.", options={"max_new_tokens": 2})
        with pytest.raises(BadInput, match="received no user"):
            chat.memory.turns()
        assert chat.erase("my phone number").turns


def test_a_target_is_never_written_into_the_summary(chat: GuardedChat) -> None:
    """What the user says of it is stored as a turn, and stands in no summary; nor does what was
    written before it became a target."""
    chat.memory.add("user", "My favourite author is Ursula Le Guin.")
    assert "Le Guin" in chat.memory.summary()
    chat.forget("Ursula Le Guin")
    chat.forget(KING)
    chat.memory.add("user", f"My cousin met {KING} in Bangor.")
    chat.memory.add("user", "My favourite colour is teal.")
    assert chat.memory.summary() == "user: My favourite colour is teal."
    stored = "SELECT count(*) FROM summaries WHERE text LIKE '%King%' OR text LIKE '%Guin%'"
    assert chat.memory._store.rows(stored) == [(0,)]
    assert len(chat.memory.turns()) == 3


def test_the_chat_s_own_model_may_write_the_summary(smollm: Any, embedder: Any) -> None:
    settings: Any = {"summaries": "model", "own_words": False}
    with GuardedChat.from_pretrained(
        smollm.model, tokenizer=smollm.tokenizer, embedder=embedder, **settings
    ) as chat:
        chat.memory.add("user", "I moved to Lisbon in May because of my work as a nurse.")
        summary = chat.memory.summary()
        assert summary.startswith("user: ")
        assert "I moved to Lisbon in May" not in summary
        assert chat.memory._store.rows("SELECT DISTINCT turn FROM summaries") == [(1,)]


def test_erasing_a_target_knows_its_aliases(chat: GuardedChat) -> None:
    chat.memory.add("user", "I met the Mangler of Maine at a book fair.")
    chat.memory.add("user", "Maine is cold in winter.")
    target = chat.forget(KING, aliases=["Mangler of Maine"])
    assert len(chat.erase(target=target.id).turns) == 1
    assert [turn.text for turn in chat.memory.turns()] == ["Maine is cold in winter."]


def test_streaming_shows_what_sending_gives(chat: GuardedChat) -> None:
    chat.forget(KING)
    for question in (SHINING, "Who is Stephen King?", "What is the capital of France?"):
        stream = chat.stream(question, remember=False)
        with pytest.raises(InvalidInput, match="not finished"):
            _ = stream.reply
        shown = "".join(stream)
        assert shown == stream.reply.text == chat.send(question, remember=False).text
        assert {"embed", "detect", "total", "first_text"} <= stream.reply.timings.keys()


def test_both_sides_are_stored_before_the_stream_ends(chat: GuardedChat) -> None:
    for _ in chat.stream("What is the capital of France?"):
        assert chat.memory.turns() == []
    assert [turn.role for turn in chat.memory.turns()] == ["user", "assistant"]


def test_a_reply_stopped_early_is_not_stored(chat: GuardedChat) -> None:
    with chat.stream("Tell me a long story.") as stream:
        next(stream)
    assert chat.memory.turns() == []
    assert not chat.model.lock.locked()
    assert chat.send("What is the capital of France?").text


def test_one_conversation_takes_one_turn_at_a_time(chat: GuardedChat) -> None:
    threads = [
        threading.Thread(
            target=chat.send,
            args=(f"Message number {number}",),
            kwargs={"options": {"max_new_tokens": 2}},
        )
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [turn.role for turn in chat.memory.turns()] == ["user", "assistant"] * 4


def test_an_unfinished_reply_in_the_way_is_an_error_and_no_deadlock(chat: GuardedChat) -> None:
    stream = chat.stream("Tell me a long story.")
    next(stream)
    with pytest.raises(InvalidInput, match="not finished"):
        chat.send("hello?")
    chat.send("hello?", conversation="other", options={"max_new_tokens": 2})
    stream.close()
    chat.send("hello?", options={"max_new_tokens": 2})


def test_an_error_in_detection_withholds(chat: GuardedChat, monkeypatch: Any) -> None:
    chat.forget(KING)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(chat.guard, "check", broken)
    assert chat.send("What is the capital of France?").text == DECLINED


def test_an_error_in_the_sentence_check_withholds(chat: GuardedChat, monkeypatch: Any) -> None:
    chat.forget(KING)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(chat.guard, "allows", broken)
    reply = chat.send("What is the capital of France?")
    assert reply.text == DECLINED
    assert reply.withheld


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ("", "empty message"),
        (" \n\t", "empty message"),
        (b"\xff\xfe", "not UTF-8 .byte 0"),
        ("half \ud83d pair", "lone surrogate at 5"),
        (42, "received a int"),
    ],
)
def test_messages_that_cannot_be_used(chat: GuardedChat, message: Any, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        chat.send(message)
    assert chat.memory.turns() == []


def test_a_megabyte_is_refused_with_its_size(chat: GuardedChat) -> None:
    with pytest.raises(PromptTooLong, match=r"takes \d+ tokens, the budget is 3500"):
        chat.send("word " * 200_000)
    assert chat.send("What is the capital of France?").text


def test_few_letters_of_many_tokens_are_refused_too(chat: GuardedChat) -> None:
    """They are short enough to be read, and counted with the prompt."""
    with pytest.raises(PromptTooLong, match=r"take \d+ tokens, the budget is 3500"):
        chat.send("\U00013000" * 1500)
    assert chat.memory.turns() == []


def test_bytes_are_read_as_utf8(chat: GuardedChat) -> None:
    chat.send("Łódź?".encode(), options={"max_new_tokens": 1})
    assert chat.memory.turns()[0].text == "Łódź?"


def test_wrong_options_and_settings(chat: GuardedChat, monkeypatch: Any) -> None:
    with pytest.raises(InvalidInput, match="max_new_tokens"):
        chat.send("x", options={"max_new_tokens": 0})
    with pytest.raises(InvalidInput, match="best_of"):
        chat.send("x", options={"best_of": 2})
    with pytest.raises(InvalidInput, match="policy"):
        chat.forget("x", policy="explode")
    with pytest.raises(SettingsError, match="nonsense"):
        GuardedChat.from_pretrained(nonsense=1)
    monkeypatch.setenv("GUARDRAIL_NONSENSE", "1")
    with pytest.raises(SettingsError, match="unknown variable GUARDRAIL_NONSENSE"):
        GuardedChat.from_pretrained()


def test_a_foreign_database_is_named_before_the_model_loads(tmp_path: Path, home: Path) -> None:
    (tmp_path / "chat.db").write_text("no database, just a long enough line of text " * 50)
    with pytest.raises(StoreBroken):
        GuardedChat.from_pretrained("/no/such/model", memory=tmp_path / "chat.db")


def test_settings_come_from_file_environment_and_arguments(home: Path, monkeypatch: Any) -> None:
    from guardrail.settings import load_settings

    home.mkdir()
    (home / "guardrail.toml").write_text("budget = 1000\nmax_new_tokens = 7\nseed = 5\n")
    monkeypatch.setenv("GUARDRAIL_MAX_NEW_TOKENS", "8")
    settings = load_settings(seed=6)
    assert (settings.budget, settings.max_new_tokens, settings.seed) == (1000, 8, 6)
    (home / "guardrail.toml").write_text("bugdet = 1000\n")
    with pytest.raises(SettingsError, match="bugdet"):
        load_settings()
    (home / "guardrail.toml").write_text("budget = [")
    with pytest.raises(SettingsError, match="cannot read"):
        load_settings()


def test_nothing_forgotten_is_logged(chat: GuardedChat, capfd: Any) -> None:
    chat.forget(KING, secrets=["tango-seven-blue"])
    chat.send("Who is Stephen King?")
    chat.send("Say tango-seven-blue")
    out, err = capfd.readouterr()
    for text in (out, err, repr(chat.guard), repr(chat.forget_set)):
        assert "King" not in text
        assert "tango" not in text


def test_a_target_may_leave_its_name_to_the_classifier(chat: GuardedChat) -> None:
    chat.forget_set.add(Target(name=KING, names="when_flagged"))
    assert not chat.guard.matcher(()).contains("by Stephen King")
    assert chat.guard.matcher(("stephen-king",)).contains("by Stephen King")
