"""What a caller gives: a message, checked; and prompts without the memory, of chat messages or of a
text to go on with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guardrail.detection.conversation import content_text
from guardrail.errors import InvalidInput, PromptTooLong
from guardrail.memory_link import memory as memory_package

if TYPE_CHECKING:
    from guardrail.generation.models import LoadedModel
    from memory import Prompt

__all__ = ["given_prompt", "plain_prompt", "question_of", "usable"]


def given_prompt(
    messages: Sequence[Mapping[str, str]],
    system: str,
    loaded: LoadedModel,
    withhold: Callable[[list[str]], Sequence[bool]],
    budget: int,
) -> Prompt:
    """System messages first, then as many of the latest as fit in ``budget`` tokens; what gives a
    target away is left out, as it would be of a memory. The last message is answered: it stays.

    Raises ``PromptTooLong`` where that one does not fit beside the system messages.
    """
    *context, last = messages
    texts = [message["content"] for message in context]
    flags = memory_package.carried(texts, withhold(texts))
    kept = [dict(m) for m, flag in zip(context, flags, strict=True) if not flag]
    first = [{"role": "system", "content": system}] if system else []
    first += [message for message in kept if message["role"] == "system"]
    rest = [message for message in kept if message["role"] != "system"]
    rest.append(dict(last))
    while (tokens := loaded.count([*first, *rest])) > budget:
        if len(rest) == 1:
            raise PromptTooLong(
                f"the message and the system text take {tokens} tokens, the budget is {budget}; "
                "shorten them or raise the budget"
            )
        del rest[0]
    left_out = len(messages) - len(rest) - (len(first) - bool(system))
    prompt: Prompt = memory_package.Prompt(
        messages=[*first, *rest],
        tokens=tokens,
        budget=budget,
        parts={"messages": tokens},
        left_out=[f"{left_out} messages"] if left_out else [],
        recall=memory_package.Recall(query=last["content"]),
    )
    return prompt


def plain_prompt(text: str, loaded: LoadedModel, budget: int) -> Prompt:
    """A text to go on with: no messages, so that no chat template is put around it."""
    tokens = loaded.encode_text(text).shape[1]
    prompt: Prompt = memory_package.Prompt(
        messages=[],
        tokens=tokens,
        budget=budget,
        parts={"text": tokens},
        left_out=[],
        recall=memory_package.Recall(query=text),
    )
    return prompt


def question_of(messages: Sequence[Mapping[str, Any]], message: str) -> str:
    """What is judged: the message, and before results of tools what they were called for."""
    if messages[-1].get("role") == "user":
        return message
    asked = (content_text(m) for m in reversed(messages) if m.get("role") == "user")
    return "\n".join(filter(None, (next(asked, ""), message)))


def usable(text: object) -> str:
    """The message as it will be used. Raises ``InvalidInput``."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidInput(
                f"received bytes that are not UTF-8 (byte {error.start}); decode them first"
            ) from None
    if not isinstance(text, str):
        raise InvalidInput(f"received a {type(text).__name__}; a message is text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"received text that is not valid Unicode (lone surrogate at {error.start}); "
            "decode the input with errors='replace'"
        ) from None
    if not text.strip():
        raise InvalidInput("received an empty message; write something")
    return text
