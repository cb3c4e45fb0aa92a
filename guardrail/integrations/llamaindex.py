"""A ``GuardedChat`` as a LlamaIndex LLM: ``pip install 'guardrail-memory[llamaindex]'``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from guardrail.chat import DEFAULT, GuardedChat
from guardrail.errors import InvalidInput, MissingDependency
from guardrail.reply import Reply, ReplyStream

try:
    from llama_index.core.base.llms.types import (
        ChatMessage,
        ChatResponse,
        ChatResponseGen,
        CompletionResponse,
        CompletionResponseGen,
        LLMMetadata,
        MessageRole,
    )
    from llama_index.core.llms import CustomLLM
    from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
except ImportError:
    raise MissingDependency(
        "llama-index-core is not installed; mend it with: "
        "pip install 'guardrail-memory[llamaindex]'"
    ) from None

__all__ = ["GuardedLLM"]


class GuardedLLM(CustomLLM):
    """A LlamaIndex LLM over a ``GuardedChat``: ``GuardedLLM(chat_model=chat)``.

    Without ``conversation`` messages are the whole history, and nothing is stored. With one, the
    last message is a turn of that conversation of ``user``: the memory has the rest. ``options``
    are fields of ``GenerationOptions``; keyword arguments of a call override them. A reply's
    ``additional_kwargs`` say whether something was withheld, never for which target.
    """

    chat_model: Any
    user: str = DEFAULT
    conversation: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex asks of a model: window and reply in tokens, its name."""
        chat: GuardedChat = self.chat_model
        return LLMMetadata(
            context_window=min(chat.model.window, chat.settings.budget),
            num_output=int(self.options.get("max_new_tokens", chat.settings.max_new_tokens)),
            is_chat_model=True,
            model_name=chat.model.name,
        )

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **options: Any) -> CompletionResponse:
        """The reply to a prompt, as one message of a user."""
        reply = _finished(self._start([ChatMessage(content=prompt)], options))
        return CompletionResponse(text=reply.text, additional_kwargs=_told(reply))

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **options: Any
    ) -> CompletionResponseGen:
        """As ``complete``, as it may be shown."""
        stream = self._start([ChatMessage(content=prompt)], options)

        def responses() -> CompletionResponseGen:
            said = ""
            with stream:
                for text in stream:
                    said += text
                    yield CompletionResponse(text=said, delta=text)
            yield CompletionResponse(text=said, delta="", additional_kwargs=_told(stream.reply))

        return responses()

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponse:
        """The reply to chat messages."""
        reply = _finished(self._start(messages, options))
        return ChatResponse(message=_said(reply.text), additional_kwargs=_told(reply))

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponseGen:
        """As ``chat``, as it may be shown."""
        stream = self._start(messages, options)

        def responses() -> ChatResponseGen:
            said = ""
            with stream:
                for text in stream:
                    said += text
                    yield ChatResponse(message=_said(said), delta=text)
            told = _told(stream.reply)
            yield ChatResponse(message=_said(said), delta="", additional_kwargs=told)

        return responses()

    def _start(self, messages: Sequence[ChatMessage], options: dict[str, Any]) -> ReplyStream:
        chat: GuardedChat = self.chat_model
        chosen = {**self.options, **options}
        if self.conversation is None:
            plain = [{"role": m.role.value, "content": m.content or ""} for m in messages]
            return chat.stream_messages(plain, options=chosen)
        if not messages or messages[-1].role is not MessageRole.USER:
            raise InvalidInput("the last message of a turn must be the user's")
        return chat.stream(
            messages[-1].content or "",
            user=self.user,
            conversation=self.conversation,
            options=chosen,
        )


def _finished(stream: ReplyStream) -> Reply:
    for _ in stream:
        pass
    return stream.reply


def _said(text: str) -> ChatMessage:
    return ChatMessage(role=MessageRole.ASSISTANT, content=text)


def _told(reply: Reply) -> dict[str, Any]:
    return {"finish_reason": reply.finish_reason, "withheld": reply.withheld}
