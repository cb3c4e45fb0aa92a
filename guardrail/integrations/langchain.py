"""A ``GuardedChat`` as a LangChain chat model: ``pip install 'guardrail-memory[langchain]'``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ConfigDict, Field

from guardrail.chat import DEFAULT, GuardedChat
from guardrail.errors import InvalidInput, MissingDependency
from guardrail.reply import Reply, ReplyStream

try:
    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
except ImportError:
    raise MissingDependency(
        "langchain-core is not installed; mend it with: pip install 'guardrail-memory[langchain]'"
    ) from None

__all__ = ["ChatGuarded"]

_ROLES = {"human": "user", "ai": "assistant", "system": "system"}


class ChatGuarded(BaseChatModel):
    """A LangChain chat model over a ``GuardedChat``: ``ChatGuarded(chat=chat)``.

    Without ``conversation`` the messages are the whole history, and nothing is stored. With one,
    the last message is a turn of that conversation of ``user``: the memory has the rest.
    ``options`` are fields of ``GenerationOptions``; keyword arguments of a call override them.

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
            content=reply.text, response_metadata=_told(reply), usage_metadata=_usage(reply)
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
                response_metadata=_told(stream.reply),
                usage_metadata=_usage(stream.reply),
            )
            yield ChatGenerationChunk(message=last)

    def _start(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: Mapping[str, Any]
    ) -> ReplyStream:
        chosen = {**self.options, **options}
        if stop:
            chosen["stop"] = tuple(stop)
        plain = [_plain(message) for message in messages]
        if self.conversation is None:
            return self.chat.stream_messages(plain, options=chosen)
        if not plain or plain[-1]["role"] != "user":
            raise InvalidInput("the last message of a turn must be the user's (HumanMessage)")
        return self.chat.stream(
            str(messages[-1].text),
            user=self.user,
            conversation=self.conversation,
            options=chosen,
        )


def _plain(message: BaseMessage) -> dict[str, Any]:
    if message.type not in _ROLES:
        raise InvalidInput(
            f"received a message of the type {message.type!r}; a guarded chat takes human, ai and "
            "system messages"
        )
    return {"role": _ROLES[message.type], "content": message.content}


def _told(reply: Reply) -> dict[str, Any]:
    return {"finish_reason": reply.finish_reason, "withheld": reply.withheld}


def _usage(reply: Reply) -> UsageMetadata:
    prompt, said = reply.usage.prompt_tokens, reply.usage.completion_tokens
    return UsageMetadata(input_tokens=prompt, output_tokens=said, total_tokens=prompt + said)
