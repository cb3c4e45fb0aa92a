"""LangChain's own calls on a guarded chat."""

from __future__ import annotations

import asyncio
import sys

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

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
    with pytest.raises(InvalidInput, match="'tool'"):
        ChatGuarded(chat=chat).invoke([ToolMessage("42", tool_call_id="1"), HumanMessage("And?")])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_core.callbacks", None)
    monkeypatch.delitem(sys.modules, "guardrail.integrations.langchain")
    with pytest.raises(ImportError, match=r"pip install 'guardrail-memory\[langchain\]'"):
        import guardrail.integrations.langchain  # noqa: F401
