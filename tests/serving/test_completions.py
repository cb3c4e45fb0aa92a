"""``/v1/completions`` and log-probabilities, with the real OpenAI client."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import openai
import pytest
import torch

from guardrail import GuardedChat, InvalidInput
from guardrail.decision import DECLINED
from tests.serving.conftest import serving

NAME = "Zanoni Quell"
ASK = [{"role": "user", "content": "Name a colour."}]
TEXT = "The colours of the rainbow are"


@pytest.fixture(scope="module")
def chat(tiny: Any, embedder: Any) -> GuardedChat:
    made = GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, embedder=embedder, max_new_tokens=8, own_words=False
    )
    made.forget(NAME)
    return made


@pytest.fixture(scope="module")
def client(chat: GuardedChat) -> Iterator[Any]:
    with (
        serving(chat) as url,
        openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as made,
    ):
        yield made


def test_text_is_gone_on_with(client: Any, tiny: Any) -> None:
    """The same tokens as transformers gives for the text without a chat template around it."""
    answer = client.completions.create(model="", prompt=TEXT, max_tokens=6)
    ids = torch.tensor([tiny.tokenizer.encode(TEXT)])
    expected = tiny.model.generate(ids, max_new_tokens=6, do_sample=False)[0, ids.shape[1] :]
    assert answer.object == "text_completion"
    assert answer.choices[0].text == tiny.tokenizer.decode(expected, skip_special_tokens=True)
    assert answer.usage.prompt_tokens == ids.shape[1]
    chunks = list(
        client.completions.create(
            model="", prompt=TEXT, max_tokens=6, stream=True, stream_options={"include_usage": True}
        )
    )
    said = "".join(chunk.choices[0].text for chunk in chunks if chunk.choices)
    assert said == answer.choices[0].text
    assert chunks[-1].usage.total_tokens == answer.usage.total_tokens


def test_several_prompts_and_choices(client: Any) -> None:
    prompts = [TEXT, f"The life of {NAME} began"]
    answer = client.completions.create(
        model="", prompt=prompts, n=2, max_tokens=5, seed=1, temperature=1
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert [choice.text for choice in answer.choices[2:]] == [DECLINED, DECLINED]
    assert answer.choices[0].text != answer.choices[1].text
    one = client.completions.create(model="", prompt=TEXT, max_tokens=1)
    assert answer.usage.prompt_tokens == one.usage.prompt_tokens  # a decline reads no prompt


def test_logprobs_of_a_chat(client: Any) -> None:
    whole = client.chat.completions.create(
        model="", messages=ASK, logprobs=True, top_logprobs=3, max_tokens=6
    )
    content = whole.choices[0].logprobs.content
    said = b"".join(bytes(token.bytes) for token in content).decode("utf-8", "replace")
    assert said == whole.choices[0].message.content
    for token in content:
        assert token.logprob <= 0
        assert token.token == token.top_logprobs[0].token  # greedy takes the likeliest
        assert [t.logprob for t in token.top_logprobs] == sorted(
            (t.logprob for t in token.top_logprobs), reverse=True
        )
        assert sum(math.exp(t.logprob) for t in token.top_logprobs) <= 1.001
    chunks = list(
        client.chat.completions.create(
            model="", messages=ASK, logprobs=True, top_logprobs=3, max_tokens=6, stream=True
        )
    )
    assert [t.token for t in chunks[-1].choices[0].logprobs.content] == [t.token for t in content]


def test_logprobs_of_a_text(client: Any) -> None:
    answer = client.completions.create(model="", prompt=TEXT, max_tokens=5, logprobs=2)
    told = answer.choices[0].logprobs
    assert "".join(told.tokens) == answer.choices[0].text
    assert told.text_offset[1] == len(told.tokens[0])
    assert all(len(top) <= 2 for top in told.top_logprobs)


def test_no_logprobs_where_something_was_withheld(
    client: Any, chat: GuardedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alternatives have passed no check, so a reply in doubt has none at all."""
    declined = client.completions.create(model="", prompt=f"Who is {NAME}?", logprobs=2)
    assert declined.choices[0].text == DECLINED
    assert declined.choices[0].logprobs is None
    monkeypatch.setattr(type(chat.guard), "allows", lambda *_: (False, ()))
    rolled = client.completions.create(model="", prompt=TEXT, logprobs=2)
    assert rolled.choices[0].logprobs is None


def test_an_alternative_that_begins_a_phrase_is_left_out(chat: GuardedChat, tiny: Any) -> None:
    """The model is made to want the name: neither it nor its beginnings are told."""
    from guardrail.logprobs import _may_come

    first, second = tiny.tokenizer.encode(" Zan", add_special_tokens=False)[:2]
    other = tiny.tokenizer.encode(" blue", add_special_tokens=False)[0]
    text = tiny.tokenizer.decode([first])
    assert not _may_come(chat.guard, tiny.tokenizer, "He met" + text, second)
    assert _may_come(chat.guard, tiny.tokenizer, "He met", other)


def test_what_cannot_be_used_is_said(client: Any, chat: GuardedChat) -> None:
    with pytest.raises(openai.BadRequestError, match="top_logprobs needs logprobs"):
        client.chat.completions.create(model="", messages=ASK, top_logprobs=2)
    with pytest.raises(openai.BadRequestError, match="prompt"):
        client.completions.create(model="", prompt=[])
    with pytest.raises(InvalidInput, match="empty message"):
        chat.complete(" ")


def test_tools_and_forms(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call of a tool in OpenAI's form, whole and streamed, and JSON on request."""
    import guardrail.tools

    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    call = guardrail.tools._call('{"name": "weather", "arguments": {"town": "Oslo"}}')
    monkeypatch.setattr(guardrail.tools, "_parsed", lambda _: ("", (call,)))
    whole = client.chat.completions.create(model="", messages=ASK, tools=[tool])
    assert whole.choices[0].finish_reason == "tool_calls"
    assert whole.choices[0].message.tool_calls[0].function.arguments == '{"town": "Oslo"}'
    chunks = list(client.chat.completions.create(model="", messages=ASK, tools=[tool], stream=True))
    calls = [c for chunk in chunks for c in chunk.choices[0].delta.tool_calls or ()]
    assert [c.function.name for c in calls] == ["weather"]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    monkeypatch.undo()
    form = {"name": "it", "schema": {"enum": ["red", "blue"]}}
    reply = client.chat.completions.create(
        model="", messages=ASK, response_format={"type": "json_schema", "json_schema": form}
    )
    assert reply.choices[0].message.content in ('"red"', '"blue"')


def weather(name: str = "weather", **properties: Any) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties or {"town": {"$ref": "#/$defs/Town"}},
        "required": list(properties or ["town"]),
        "additionalProperties": False,
        "$defs": {"Town": {"enum": ["Oslo", "Bergen"]}},
    }
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "rain"}}])
def test_a_call_that_must_come_comes(client: Any, choice: Any) -> None:
    """From a model whose replies are noise, whole and streamed: only the schema makes it call."""
    tools = [weather(), weather("rain")] if isinstance(choice, dict) else [weather()]
    asked = {"model": "", "messages": ASK, "tools": tools, "tool_choice": choice, "max_tokens": 90}
    whole = client.chat.completions.create(**asked)
    (call,) = whole.choices[0].message.tool_calls
    assert call.function.name == tools[-1]["function"]["name"]
    assert json.loads(call.function.arguments)["town"] in ("Oslo", "Bergen")
    assert whole.choices[0].finish_reason == "tool_calls"
    chunks = list(client.chat.completions.create(**asked, stream=True))
    calls = [c for chunk in chunks for c in chunk.choices[0].delta.tool_calls or ()]
    assert [c.function.arguments for c in calls] == [call.function.arguments]


def test_a_call_that_must_come_is_guarded(client: Any) -> None:
    """Neither does it say what is withheld, nor does it get round a decline."""
    tool = weather(who={"enum": [NAME, f"Mr {NAME}"]})
    asked = {"model": "", "tools": [tool], "tool_choice": "required", "max_tokens": 90}
    forced = client.chat.completions.create(messages=ASK, **asked)
    assert NAME not in forced.model_dump_json()
    about = [{"role": "user", "content": f"Who is {NAME}?"}]
    declined = client.chat.completions.create(messages=about, **asked)
    assert declined.choices[0].message.content == DECLINED
    assert declined.choices[0].message.tool_calls is None


def test_choices_of_tools_that_make_no_sense(client: Any) -> None:
    create = client.chat.completions.create
    with pytest.raises(openai.BadRequestError, match="names none of the tools"):
        create(model="", messages=ASK, tool_choice="required")
    rain = {"type": "function", "function": {"name": "rain"}}
    with pytest.raises(openai.BadRequestError, match="names none of the tools"):
        create(model="", messages=ASK, tools=[weather()], tool_choice=rain)
    with pytest.raises(openai.BadRequestError, match="response_format"):
        create(
            model="", messages=ASK, tools=[weather()], tool_choice="required",
            response_format={"type": "json_object"},
        )  # fmt: skip
    none = create(model="", messages=ASK, tools=[weather()], tool_choice="none")
    assert none.choices[0].message.tool_calls is None
    assert none.usage.prompt_tokens == create(model="", messages=ASK).usage.prompt_tokens
