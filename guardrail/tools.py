"""Calls of tools, as text: what is text is judged, restricted and checked like everything else.

Tools are described in the system message, calls and results stand in the conversation, in the form
of Hermes and Qwen (``<tool_call>{"name": ..., "arguments": ...}</tool_call>``), whatever the model:
one trained on another form reads it as an instruction.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from guardrail.decision import DECLINED
from guardrail.detection.conversation import content_text
from guardrail.errors import InvalidInput
from guardrail.reply import Reply, ToolCall

__all__ = ["as_text", "spoken", "with_calls"]

_ABOUT = """You may call functions to answer. They are described here, one JSON schema a line:
<tools>
{tools}
</tools>
To call one, write its name and arguments as JSON between tags, and nothing else:
<tool_call>
{{"name": "...", "arguments": {{...}}}}
</tool_call>"""
_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*(?:</tool_call>|\Z)", re.DOTALL)
_ROLES = ("system", "user", "assistant")


def as_text(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, str]]:
    """Chat messages with plain text content: calls and results of tools written out, the tools
    described at the end of the system text. Raises ``InvalidInput`` for a role that is unknown."""
    plain = [_plain(message) for message in messages]
    if not tools:
        return plain
    about = _ABOUT.format(tools="\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools))
    if plain and plain[0]["role"] == "system":
        first = f"{plain[0]['content']}\n\n{about}"
        return [{"role": "system", "content": first}, *plain[1:]]
    return [{"role": "system", "content": about}, *plain]


def _plain(message: Mapping[str, Any]) -> dict[str, str]:
    role, text = str(message.get("role")), content_text(message)
    if role == "tool":
        return {"role": "user", "content": f"<tool_response>\n{text}\n</tool_response>"}
    if role not in _ROLES:
        raise InvalidInput(f"received a message of the role {role!r}; known are {_ROLES} and tool")
    calls = [_written(call) for call in message.get("tool_calls") or ()]
    return {"role": role, "content": "\n".join(filter(None, (text, *calls)))}


def _written(call: Mapping[str, Any]) -> str:
    function = call.get("function") or {}
    arguments = function.get("arguments") or "{}"
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            raise InvalidInput("the arguments of a tool call are not JSON") from None
    told = json.dumps({"name": function.get("name"), "arguments": arguments}, ensure_ascii=False)
    return f"<tool_call>\n{told}\n</tool_call>"


def with_calls(
    turn: Generator[str, None, Reply], clear: Callable[[str], bool], most: int | None = None
) -> Generator[str, None, Reply]:
    """A turn whose calls of tools, at ``most`` so many, are taken out of its text, which is given
    when it is whole.

    The text has been checked as it was written; ``clear`` checks what is in the calls as it
    decodes. One that is not clear makes the whole reply a decline.
    """
    try:
        while True:
            next(turn)
    except StopIteration as stop:
        reply: Reply = stop.value
    finally:
        turn.close()
    text, calls = _parsed(reply.text)
    if not all(clear(told) for call in calls for told in spoken(call.model_dump())):
        ending = {"text": DECLINED, "withheld": True, "finish_reason": "stop", "logprobs": None}
        reply = reply.model_copy(update=ending)
    elif calls:
        ending = {"text": text, "tool_calls": calls[:most], "finish_reason": "tool_calls"}
        reply = reply.model_copy(update=ending)
    if reply.text:
        yield reply.text
    return reply


def spoken(value: Any) -> list[str]:
    """What a JSON value says: its texts one by one, and those that are no keys side by side, for a
    name may stand in two fields."""
    # Further apart than the parts of a number or an address stand: two values are no secret.
    together = "   ".join(leaves(value, keys=False))
    return list(filter(None, (*leaves(value), together)))


def leaves(value: Any, keys: bool = True) -> list[str]:
    """Every text in a JSON value as it reads when decoded, with its ``keys`` or without; text that
    is JSON itself is taken apart as well."""
    if isinstance(value, Mapping):
        parts = [part for pair in value.items() for part in pair] if keys else value.values()
        return [leaf for part in parts for leaf in leaves(part, keys)]
    if isinstance(value, list | tuple):
        return [leaf for part in value for leaf in leaves(part, keys)]
    if not isinstance(value, str):
        return [str(value)]
    try:
        inner = json.loads(value)
    except ValueError:
        return [value]
    return [value] if isinstance(inner, str | int | float | bool | None) else leaves(inner, keys)


def _parsed(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    """The text without its calls, and the calls; one that is no call stays text."""
    calls: list[ToolCall] = []

    def take(match: re.Match[str]) -> str:
        call = _call(match[1])
        if call is None:
            return match.group()
        calls.append(call)
        return ""

    rest = _CALL.sub(take, text)
    if not calls and (whole := _call(text.strip())):
        return "", (whole,)
    return (rest.strip() if calls else text), tuple(calls)


def _call(text: str) -> ToolCall | None:
    try:
        told = json.loads(text)
    except ValueError:
        return None
    if not isinstance(told, dict) or not isinstance(told.get("name"), str):
        return None
    arguments = told.get("arguments", told.get("parameters", {}))
    if not isinstance(arguments, dict):
        return None
    return ToolCall(
        id=f"call_{uuid.uuid4().hex[:24]}",
        name=told["name"],
        arguments=json.dumps(arguments, ensure_ascii=False),
    )
