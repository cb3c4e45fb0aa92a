"""A ``GuardedChat`` as a LangChain chat model: ``pip install 'guardrail-memory[langchain]'``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ConfigDict, Field

from guardrail.chat import DEFAULT, GuardedChat
from guardrail.errors import InvalidInput, MissingDependency
from guardrail.reply import Reply, ReplyStream

try:
    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.language_models import BaseChatModel, LanguageModelInput
    from langchain_core.messages import (
        AIMessage,
        AIMessageChunk,
        BaseMessage,
        ToolCall,
        ToolCallChunk,
    )
    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool
    from langchain_core.utils.function_calling import convert_to_openai_tool
except ImportError:
    raise MissingDependency(
        "langchain-core is not installed; mend it with: pip install 'guardrail-memory[langchain]'"
    ) from None

__all__ = ["ChatGuarded"]

_CALLING = ("tools", "tool_choice", "parallel_tool_calls")
_ROLES = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool"}


class ChatGuarded(BaseChatModel):
    """A LangChain chat model over a ``GuardedChat``: ``ChatGuarded(chat=chat)``.

    Without ``conversation`` the messages are the whole history, and nothing is stored. With one,
    the last message is a turn of that conversation of ``user``: the memory has the rest.
    ``options`` are fields of ``GenerationOptions``; keyword arguments of a call override them.
    ``bind_tools`` and ``with_structured_output`` work where there is no ``conversation``.

    A reply's ``response_metadata`` says whether something was withheld, never for which target.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    chat: GuardedChat
    user: str = DEFAULT
    conversation: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def _llm_type(self) -> str:
        return "guardrail"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"model": self.chat.model.name, **self.options}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **options: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with tools that it may call: functions, pydantic models, LangChain's tools or
        schemas. ``tool_choice`` is ``auto``, ``none``, ``any`` or ``required`` (or ``True``), or
        the name of the one that must be called. What it calls is in ``tool_calls`` of the reply.
        """
        offered = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=offered, tool_choice=_choice(tool_choice), **options)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> ChatResult:
        stream = self._start(messages, stop, options)
        for _ in stream:
            pass
        reply = stream.reply
        message = AIMessage(
            content=reply.text,
            tool_calls=_calls(reply),
            response_metadata=_told(reply),
            usage_metadata=_usage(reply),
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with self._start(messages, stop, options) as stream:
            for text in stream:
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
                if run_manager:
                    run_manager.on_llm_new_token(text, chunk=chunk)
                yield chunk
            last = AIMessageChunk(
                content="",
                tool_call_chunks=_call_chunks(stream.reply),
                response_metadata=_told(stream.reply),
                usage_metadata=_usage(stream.reply),
            )
            yield ChatGenerationChunk(message=last)

    def _start(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: Mapping[str, Any]
    ) -> ReplyStream:
        chosen = {**self.options, **options}
        chosen.pop("ls_structured_output_format", None)  # LangChain's own note for its traces
        calling = {key: chosen.pop(key) for key in _CALLING if key in chosen}
        if stop:
            chosen["stop"] = tuple(stop)
        plain = [_plain(message) for message in messages]
        if self.conversation is None:
            return self.chat.stream_messages(plain, options=chosen, **calling)
        if calling.get("tools"):
            raise InvalidInput("a turn of a conversation calls no tools; leave conversation out")
        if not plain or plain[-1]["role"] != "user":
            raise InvalidInput("the last message of a turn must be the user's (HumanMessage)")
        return self.chat.stream(
            str(messages[-1].text),
            user=self.user,
            conversation=self.conversation,
            options=chosen,
        )


def _choice(wanted: str | Mapping[str, Any] | bool | None) -> str | Mapping[str, Any]:
    """LangChain's words for the choice of a tool in OpenAI's."""
    if wanted in ("any", True):
        return "required"
    if not wanted or wanted in ("auto", "none", "required"):
        return str(wanted or "auto")
    if isinstance(wanted, str):
        return {"type": "function", "function": {"name": wanted}}
    return wanted if isinstance(wanted, Mapping) else "auto"


def _plain(message: BaseMessage) -> dict[str, Any]:
    if message.type not in _ROLES:
        raise InvalidInput(
            f"received a message of the type {message.type!r}; a guarded chat takes human, ai, "
            "system and tool messages"
        )
    plain = {"role": _ROLES[message.type], "content": message.content}
    if isinstance(message, AIMessage) and message.tool_calls:
        plain["tool_calls"] = [
            {"function": {"name": call["name"], "arguments": json.dumps(call["args"])}}
            for call in message.tool_calls
        ]
    return plain


def _calls(reply: Reply) -> list[ToolCall]:
    return [
        ToolCall(name=call.name, args=json.loads(call.arguments), id=call.id, type="tool_call")
        for call in reply.tool_calls
    ]


def _call_chunks(reply: Reply) -> list[ToolCallChunk]:
    return [
        ToolCallChunk(
            name=call.name, args=call.arguments, id=call.id, index=at, type="tool_call_chunk"
        )
        for at, call in enumerate(reply.tool_calls)
    ]


def _told(reply: Reply) -> dict[str, Any]:
    return {"finish_reason": reply.finish_reason, "withheld": reply.withheld}


def _usage(reply: Reply) -> UsageMetadata:
    prompt, said = reply.usage.prompt_tokens, reply.usage.completion_tokens
    return UsageMetadata(input_tokens=prompt, output_tokens=said, total_tokens=prompt + said)
