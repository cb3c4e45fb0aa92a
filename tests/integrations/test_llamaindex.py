"""LlamaIndex's own calls on a guarded chat."""

from __future__ import annotations

import asyncio
import sys

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.prompts import PromptTemplate

from guardrail import GuardedChat, InvalidInput
from guardrail.decision import DECLINED
from guardrail.integrations.llamaindex import GuardedLLM
from tests.integrations.conftest import NAME

OTHER = "How do tides work?"


def test_complete_and_stream(chat: GuardedChat) -> None:
    llm = GuardedLLM(chat_model=chat, options={"max_new_tokens": 6})
    whole = llm.complete(OTHER).text
    assert whole
    assert list(llm.stream_complete(OTHER))[-1].text == whole
    assert asyncio.run(llm.acomplete(OTHER)).text == whole
    declined = llm.complete(f"Who is {NAME}?")
    assert declined.text == DECLINED
    assert declined.additional_kwargs["withheld"] is True
    assert llm.metadata.num_output == 6
    assert llm.predict(PromptTemplate("Who is {name}?"), name=NAME) == DECLINED


def test_chat_and_stream_chat(chat: GuardedChat) -> None:
    llm = GuardedLLM(chat_model=chat)
    messages = [
        ChatMessage(role=MessageRole.SYSTEM, content="Be brief."),
        ChatMessage(role=MessageRole.USER, content=OTHER),
    ]
    answer = llm.chat(messages)
    assert answer.message.role is MessageRole.ASSISTANT
    assert list(llm.stream_chat(messages))[-1].message.content == answer.message.content
    asked = [ChatMessage(content=f"Who is {NAME}?")]
    assert llm.chat(asked).message.content == DECLINED
    assert list(llm.stream_chat(asked))[-1].additional_kwargs["withheld"] is True


def test_a_conversation_is_remembered(chat: GuardedChat) -> None:
    llm = GuardedLLM(chat_model=chat, user="ann", conversation="one")
    llm.complete("My dog is called Biscuit.")
    turns = chat.memory.turns(user="ann", conversation="one")
    assert turns[0].text == "My dog is called Biscuit."
    said = ChatMessage(role=MessageRole.ASSISTANT, content="Hello.")
    for messages in ([said], []):
        with pytest.raises(InvalidInput, match="the user's"):
            llm.chat(messages)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llama_index.core.base.llms.types", None)
    monkeypatch.delitem(sys.modules, "guardrail.integrations.llamaindex")
    with pytest.raises(ImportError, match=r"pip install 'guardrail-memory\[llamaindex\]'"):
        import guardrail.integrations.llamaindex  # noqa: F401
