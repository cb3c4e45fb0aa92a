"""Which tools may be called, and which must: a call that must come is kept by a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guardrail.errors import InvalidInput

__all__ = ["chosen_tools"]

Tool = Mapping[str, Any]


def chosen_tools(
    tools: Sequence[Tool], choice: str | Mapping[str, Any]
) -> tuple[list[Tool], dict[str, Any] | None]:
    """The tools that are told to the model, and the schema that its reply has to keep, if any.

    ``choice`` is OpenAI's: ``auto`` (call or answer), ``none`` (no tool is told), ``required`` (one
    of them is called), or ``{"type": "function", "function": {"name": ...}}`` (this one is).

    Raises ``InvalidInput`` for any other choice, and for one that names no tool of these.
    """
    if choice == "auto":
        return list(tools), None
    if choice == "none":
        return [], None
    if choice == "required":
        wanted = list(tools)
    elif isinstance(choice, Mapping):
        name = (choice.get("function") or {}).get("name")
        wanted = [tool for tool in tools if _function(tool).get("name") == name]
    else:
        raise InvalidInput("tool_choice must be auto, none, required, or name a function")
    if not wanted:
        raise InvalidInput("tool_choice asks for a call, but names none of the tools given")
    return wanted, _schema([_function(tool) for tool in wanted])


def _function(tool: Tool) -> Mapping[str, Any]:
    function: Mapping[str, Any] = tool.get("function") or {}
    return function


def _schema(functions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The JSON of a call of one of these. What parameters define stands at the root, where their
    references look for it."""
    shared: dict[str, dict[str, Any]] = {"$defs": {}, "definitions": {}}
    calls = []
    for function in functions:
        parameters = dict(function.get("parameters") or {"type": "object"})
        for key, known in shared.items():
            for name, part in parameters.pop(key, {}).items():
                if known.setdefault(name, part) != part:
                    raise InvalidInput(f"two tools define {name!r} differently; rename one")
        if parameters.get("properties"):
            # Else a small model goes on with arguments of its own until its tokens are used up.
            parameters.setdefault("additionalProperties", False)
        calls.append(_call(str(function.get("name")), parameters))
    schema = calls[0] if len(calls) == 1 else {"anyOf": calls}
    return schema | {key: known for key, known in shared.items() if known}


def _call(name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": parameters},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }
