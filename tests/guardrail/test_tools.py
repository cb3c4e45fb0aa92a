"""Calls of tools and replies in a given form, guarded like any other text."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any

import pytest

from guardrail import GuardedChat, InvalidInput, Reply, Verdict
from guardrail.decision import DECLINED
from guardrail.tools import as_text, with_calls

NAME = "Zanoni Quell"
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a town",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
    },
}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"town": "Oslo"}'},
}
ASK = {"role": "user", "content": "How is the weather?"}


@pytest.fixture
def chat(tiny: Any, embedder: Any) -> GuardedChat:
    made = GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, embedder=embedder, max_new_tokens=60, own_words=False
    )
    made.forget(NAME)
    return made


def said(
    text: str,
    most: int | None = None,
    clear: Callable[[str], bool] = lambda told: NAME not in " ".join(told.split()),
) -> Reply:
    def turn() -> Generator[str, None, Reply]:
        yield text[:10]
        yield text[10:]
        return Reply(text=text, verdict=Verdict())

    running = with_calls(turn(), clear, most)
    try:
        while True:
            next(running)
    except StopIteration as stop:
        reply: Reply = stop.value
    return reply


def test_tools_calls_and_results_are_written_out() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief."},
        ASK,
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Rain."},
    ]
    system, asked, called, result = as_text(messages, [TOOL])
    assert system["content"].startswith("Be brief.")
    assert json.dumps(TOOL) in system["content"]
    assert asked == ASK
    assert said(called["content"]).tool_calls[0].arguments == '{"town": "Oslo"}'
    assert result == {"role": "user", "content": "<tool_response>\nRain.\n</tool_response>"}
    with pytest.raises(InvalidInput, match="'robot'"):
        as_text([{"role": "robot", "content": "x"}])


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>\n{"name": "weather", "arguments": {"town": "Oslo"}}\n</tool_call>',
        'I look.\n<tool_call>{"name": "weather", "arguments": {"town": "Oslo"}}</tool_call>',
        '{"name": "weather", "parameters": {"town": "Oslo"}}',
    ],
)
def test_a_call_is_taken_out_of_the_text(text: str) -> None:
    reply = said(text)
    (call,) = reply.tool_calls
    assert (call.name, json.loads(call.arguments)) == ("weather", {"town": "Oslo"})
    assert reply.finish_reason == "tool_calls"
    assert reply.text == ("I look." if text.startswith("I look") else "")


@pytest.mark.parametrize(
    "arguments",
    [
        '{"q": "Zanoni \\u0051uell"}',
        '{"first": "Zanoni", "last": "Quell"}',
        '{"q": ["Zanoni Quell"]}',
    ],
)
def test_a_call_that_decodes_to_a_name_is_declined(arguments: str, chat: GuardedChat) -> None:
    """Guards against a name that is escaped, or stands in two fields, of which the text as it is
    written has nothing."""
    reply = said(f'<tool_call>{{"name": "search", "arguments": {arguments}}}</tool_call>')
    assert (reply.text, reply.tool_calls, reply.withheld) == (DECLINED, (), True)
    assert not chat._clear(NAME)
    assert chat._clear("Oslo")


@pytest.mark.parametrize(
    "arguments",
    [
        '{"to": "alice\\u0040example.com"}',
        '{"alice\\u0040example.com": true}',
        '{"inner": "{\\"to\\": \\"alice\\\\u0040example.com\\"}"}',
        '{"to": "alice\\u005cu0040example.com"}',
        '{"key": ["\\u0073k-live_77"]}',
        '{"key": "c2stbGl2ZV83N2FiY2Q="}',
    ],
)
def test_a_secret_in_the_arguments_of_a_call_is_not_given(
    arguments: str, chat: GuardedChat
) -> None:
    """Written plainly it was blacked out, escaped it reached the tool whole."""
    chat.forget("keys", patterns=["email", "sk-*"])
    call = f'<tool_call>{{"name": "mail", "arguments": {arguments}}}</tool_call>'
    assert said(call, clear=chat._clear).text == DECLINED
    assert not chat.guard.allows("", arguments)[0]
    gate = chat.guard.gate()
    reply = said(gate.feed(call) + gate.finish(), clear=chat._clear)
    told = reply.text + "".join(call.arguments for call in reply.tool_calls)
    assert "alice" not in told
    assert "live" not in told


def test_numbers_side_by_side_are_no_telephone_number(chat: GuardedChat) -> None:
    chat.forget("numbers", patterns=["phone"])
    call = '<tool_call>{"name": "way", "arguments": {"from": 5252, "to": 13405}}</tool_call>'
    assert said(call, clear=chat._clear).tool_calls


def test_a_letter_escaped_as_json_hides_nothing(chat: GuardedChat) -> None:
    for text in ('{"who": "Zanoni \\u0051uell"}', '{"who": "Zanoni\\tQuell"}'):
        assert not chat.guard.allows("Who is it?", text)[0]
    assert chat.guard.allows("How do tides work?", '{"who": "\\ud83d\\u0041"}')[0]


@pytest.mark.parametrize(
    "text", ["Rain.", "<tool_call>\n{broken\n</tool_call>", '{"town": "Oslo"}']
)
def test_what_is_no_call_stays_text(text: str) -> None:
    assert said(text) == Reply(text=text, verdict=Verdict())


def test_a_call_about_a_target_is_declined_and_its_arguments_are_restricted(
    chat: GuardedChat, tiny: Any
) -> None:
    stream = chat.stream_messages([{"role": "user", "content": f"Look up {NAME}."}], tools=[TOOL])
    assert "".join(stream) == DECLINED
    result = {"role": "tool", "tool_call_id": "call_1", "content": f"{NAME} lives in Oslo."}
    called = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    stream = chat.stream_messages([ASK, called, result], tools=[TOOL])
    assert "".join(stream) == DECLINED
    asked = {"role": "user", "content": f"Where does {NAME} live?"}
    harmless = {"role": "tool", "tool_call_id": "call_1", "content": "In Oslo."}
    assert "".join(chat.stream_messages([asked, called, harmless], tools=[TOOL])) == DECLINED


def test_a_reply_keeps_a_schema_and_still_holds_no_name(chat: GuardedChat, tiny: Any) -> None:
    """The model is random and is pushed toward the name; what comes is JSON all the same."""
    schema = {
        "type": "object",
        "properties": {"who": {"type": "string", "maxLength": 12}, "old": {"type": "boolean"}},
        "required": ["who", "old"],
        "additionalProperties": False,
    }
    options = {"json_schema": schema, "temperature": 1.0, "max_new_tokens": 120}
    for seed in range(3):
        stream = chat.stream_messages([ASK], options={**options, "seed": seed})
        told = json.loads("".join(stream))
        assert set(told) == {"who", "old"}
        assert NAME not in told["who"]
    schema["properties"]["who"] = {"enum": [NAME, "Nobody"]}  # type: ignore[index]
    stream = chat.stream_messages([ASK], options=options)
    assert NAME not in "".join(stream)


def test_a_schema_that_cannot_be_used(chat: GuardedChat) -> None:
    with pytest.raises(InvalidInput, match="schema"):
        list(chat.stream_messages([ASK], options={"json_schema": {"type": "nonsense"}}))


def test_several_calls_or_the_first() -> None:
    call = '<tool_call>{"name": "weather", "arguments": {"town": "%s"}}</tool_call>'
    text = "\n".join(call % town for town in ("Oslo", "Bergen"))
    assert [json.loads(c.arguments)["town"] for c in said(text).tool_calls] == ["Oslo", "Bergen"]
    assert [json.loads(c.arguments)["town"] for c in said(text, 1).tool_calls] == ["Oslo"]
    hidden = text.replace("Bergen", NAME)
    assert said(hidden, 1).text == DECLINED  # what is left out is judged as well
