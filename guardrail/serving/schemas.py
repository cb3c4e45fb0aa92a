"""What the server accepts: the part of the OpenAI API that it carries out; and its errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from guardrail.errors import InvalidInput

__all__ = [
    "REFUSALS",
    "Body",
    "ChatRequest",
    "CompletionRequest",
    "Name",
    "error_body",
]

Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Body(BaseModel):
    """What is not listed is refused, because silently ignoring it would change what the caller
    gets."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Message(BaseModel):
    """One chat message; content is text or a list of parts with text."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None


class StreamOptions(Body):
    """Whether the last chunk carries the usage."""

    include_usage: bool = False


class Schema(Body):
    """A JSON schema with a name."""

    name: str
    schema_: dict[str, Any] = Field(alias="schema")
    description: str | None = None
    strict: bool | None = None


class Format(Body):
    """The form of a reply: text, any JSON object, or JSON of a schema."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: Schema | None = None

    def wanted(self) -> dict[str, Any] | None:
        """The schema that the reply has to keep."""
        if self.type == "json_schema" and self.json_schema is not None:
            return self.json_schema.schema_
        return {"type": "object"} if self.type != "text" else None


class Function(Body):
    """A function that may be called."""

    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Body):
    """A tool; functions are the only kind."""

    type: Literal["function"] = "function"
    function: Function


class _Named(Body):
    """A function by its name."""

    name: Name


class Chosen(Body):
    """The one function that must be called."""

    type: Literal["function"]
    function: _Named


class _Generation(Body):
    """What both completions take. Fields that clients send with a value that means "as usual" are
    taken with that value only."""

    model: str = ""
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stop: str | list[str] | None = None
    n: int = Field(1, ge=1, le=8)
    user: Name | None = None
    frequency_penalty: Literal[0] | None = None
    presence_penalty: Literal[0] | None = None

    @property
    def with_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def _options(
        self, choice: int, max_new_tokens: int | None, logprobs: int | None
    ) -> dict[str, Any]:
        stop = [self.stop] if isinstance(self.stop, str) else self.stop
        given = {
            "max_new_tokens": max_new_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": None if self.seed is None else (self.seed + choice) % 2**63,
            "stop": tuple(filter(None, stop)) if stop else None,
            "logprobs": logprobs,
        }
        return {key: value for key, value in given.items() if value is not None}


class ChatRequest(_Generation):
    """The body of ``POST /v1/chat/completions``."""

    messages: list[Message] = Field(min_length=1, max_length=10_000)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=20)
    response_format: Format | None = None
    tools: list[Tool] | None = Field(None, max_length=128)
    tool_choice: Literal["auto", "none", "required"] | Chosen | None = None
    parallel_tool_calls: bool | None = None

    def options(self, choice: int = 0) -> dict[str, Any]:
        """The fields of ``GenerationOptions`` that the caller set, for one of ``n`` choices."""
        wanted = self.top_logprobs or 0 if self.logprobs else None
        most = self.max_completion_tokens or self.max_tokens
        schema = self.response_format.wanted() if self.response_format else None
        return self._options(choice, most, wanted) | ({"json_schema": schema} if schema else {})

    def offered(self) -> dict[str, Any]:
        """The tools and which of them must be called, as the chat takes them; nothing without."""
        tools = [tool.model_dump(exclude_none=True) for tool in self.tools or ()]
        choice: Any = self.tool_choice or "auto"
        if isinstance(choice, Chosen):
            choice = choice.model_dump()
        if choice in ("auto", "none") and not tools:
            return {}
        if (
            choice not in ("auto", "none")
            and self.response_format
            and self.response_format.wanted()
        ):
            raise InvalidInput("a reply is a call or has a response_format; ask for one of them")
        parallel = self.parallel_tool_calls is not False
        return {"tools": tools, "tool_choice": choice, "parallel_tool_calls": parallel}

    def plain_messages(self) -> list[dict[str, Any]]:
        """The messages as the chat takes them."""
        return [
            {
                "role": "system" if m.role == "developer" else m.role,
                "content": m.content,
                "tool_calls": (m.model_extra or {}).get("tool_calls"),
            }
            for m in self.messages
        ]


class CompletionRequest(_Generation):
    """The body of ``POST /v1/completions``: text to go on with, or several."""

    prompt: str | Annotated[list[str], Field(min_length=1, max_length=32)]
    max_tokens: int | None = Field(16, ge=1)
    logprobs: int | None = Field(None, ge=0, le=5)
    best_of: Literal[1] | None = None
    echo: Literal[False] | None = None
    suffix: Literal[""] | None = None

    @property
    def prompts(self) -> list[str]:
        """The texts."""
        return [self.prompt] if isinstance(self.prompt, str) else self.prompt

    def options(self, choice: int = 0) -> dict[str, Any]:
        """The fields of ``GenerationOptions`` that the caller set, for one of ``n`` choices."""
        return self._options(choice, self.max_tokens, self.logprobs)


class Error(BaseModel):
    """What went wrong, in words; of what kind; which parameter; a code for programs."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class Refusal(BaseModel):
    """The body of every answer that is an error."""

    error: Error


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": about}
    for status, about in {
        400: "The request cannot be used",
        401: "A wrong or missing key",
        403: "Not from here",
        404: "There is no such thing",
        405: "Not this method",
        408: "The body did not come in time",
        413: "The body is too large",
        429: "Too many requests",
        500: "The server failed",
        503: "The server cannot do this now",
    }.items()
}


def error_body(
    message: str, kind: str, code: str | None = None, param: str | None = None
) -> dict[str, Any]:
    """An error as OpenAI's clients read it."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
