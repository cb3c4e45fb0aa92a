"""LangChain's own calls on a guarded chat."""

from __future__ import annotations

import asyncio
import sys
from functools import reduce
from operator import add
from typing import Any, Literal

import pytest
from langchain_core.messages import AIMessage, ChatMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from guardrail import GuardedChat, InvalidInput
from guardrail.decision import DECLINED
from guardrail.integrations.langchain import ChatGuarded
from tests.integrations.conftest import NAME

OTHER = "How do tides work?"


def test_invoke_answers_and_declines(chat: GuardedChat) -> None:
    model = ChatGuarded(chat=chat)
    messages = [SystemMessage("Be brief."), HumanMessage("Hello."), AIMessage("Hi!")]
    answer = model.invoke([*messages, HumanMessage(OTHER)])
    plain = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Hi!"},
        {"role": "user", "content": OTHER},
    ]
    stream = chat.stream_messages(plain)
    assert answer.text == "".join(stream)
    assert answer.response_metadata["withheld"] is False
    assert answer.usage_metadata
    assert answer.usage_metadata["output_tokens"] > 0
    declined = model.invoke(f"Who is {NAME}?")
    assert declined.text == DECLINED
    assert declined.response_metadata["withheld"] is True
    assert NAME not in str(declined)
    assert "zanoni" not in str(declined)


def test_streams_sync_and_async_and_batches(chat: GuardedChat) -> None:
    model = ChatGuarded(chat=chat, options={"max_new_tokens": 6})
    whole = model.invoke(OTHER).text
    assert "".join(chunk.text for chunk in model.stream(OTHER)) == whole

    async def collect() -> str:
        return "".join([chunk.text async for chunk in model.astream(OTHER)])

    assert asyncio.run(collect()) == whole
    assert asyncio.run(model.ainvoke(OTHER)).text == whole
    assert [one.text for one in model.batch([OTHER, f"Who is {NAME}?"])] == [whole, DECLINED]


def test_in_a_chain(chat: GuardedChat) -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{text}")])
    chain = prompt | ChatGuarded(chat=chat) | StrOutputParser()
    assert chain.invoke({"text": f"Tell me about {NAME}."}) == DECLINED


def test_a_conversation_is_remembered(chat: GuardedChat) -> None:
    model = ChatGuarded(chat=chat, user="ann", conversation="one")
    model.invoke("My dog is called Biscuit.")
    turns = chat.memory.turns(user="ann", conversation="one")
    assert turns[0].text == "My dog is called Biscuit."
    with pytest.raises(InvalidInput, match="HumanMessage"):
        model.invoke([AIMessage("Hello.")])


def test_other_kinds_of_messages_are_refused(chat: GuardedChat) -> None:
    with pytest.raises(InvalidInput, match="'chat'"):
        ChatGuarded(chat=chat).invoke([ChatMessage(content="42", role="robot")])


@tool
def weather(town: Literal["Oslo", "Bergen"]) -> str:
    """The weather of a town."""
    return f"Rain in {town}."


def test_tools_are_called_and_their_results_read(chat: GuardedChat) -> None:
    """The whole round: a bound tool, its call, LangChain's own run of it, the answer after it."""
    asked: list[Any] = [HumanMessage("How is the weather?")]
    model = ChatGuarded(chat=chat, options={"max_new_tokens": 90})
    called = model.bind_tools([weather], tool_choice="any").invoke(asked)
    (call,) = called.tool_calls
    assert call["name"] == "weather"
    assert call["args"]["town"] in ("Oslo", "Bergen")
    assert called.response_metadata["finish_reason"] == "tool_calls"
    result = weather.invoke(call)
    answer = ChatGuarded(chat=chat).bind_tools([weather]).invoke([*asked, called, result])
    told: list[dict[str, Any]] = [
        {"role": "user", "content": "How is the weather?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "weather", "arguments": call["args"]}}],
        },
        {"role": "tool", "content": result.content},
    ]
    stream = chat.stream_messages(told, tools=[convert_to_openai_tool(weather)])
    assert answer.text == "".join(stream)


def test_calls_are_streamed_whole_and_guarded(chat: GuardedChat) -> None:
    model = ChatGuarded(chat=chat, options={"max_new_tokens": 90})
    bound = model.bind_tools([weather], tool_choice="weather")
    merged = reduce(add, bound.stream("How is the weather?"))
    assert [call["name"] for call in merged.tool_calls] == ["weather"]
    declined = bound.invoke(f"Who is {NAME}?")
    assert declined.tool_calls == []
    assert declined.text == DECLINED
    with pytest.raises(InvalidInput, match="leave conversation out"):
        ChatGuarded(chat=chat, conversation="one").bind_tools([weather]).invoke("Hello.")


def test_structured_output_is_what_its_class_says(chat: GuardedChat) -> None:
    class Place(BaseModel):
        """A place."""

        town: Literal["Oslo", "Bergen"]

    model = ChatGuarded(chat=chat, options={"max_new_tokens": 90})
    found = model.with_structured_output(Place).invoke("Where?")
    assert isinstance(found, Place)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_core.callbacks", None)
    monkeypatch.delitem(sys.modules, "guardrail.integrations.langchain")
    with pytest.raises(ImportError, match=r"pip install 'guardrail-memory\[langchain\]'"):
        import guardrail.integrations.langchain  # noqa: F401
