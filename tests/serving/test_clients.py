"""Other real clients, by changing only the address; and the server against its own description."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from langchain_core.messages import HumanMessage

from guardrail import GuardedChat
from guardrail.decision import DECLINED
from guardrail.serving.access import Access
from guardrail.serving.app import make_app
from guardrail.serving.limits import Limits
from tests.serving.conftest import serving

with warnings.catch_warnings():  # of their own
    warnings.simplefilter("ignore")
    import schemathesis
    import schemathesis.specs.openapi.schemas  # here, where the stack is shallow: CPython gh-106905
    from langchain_openai import ChatOpenAI, OpenAI
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider
    from schemathesis.specs.openapi.checks import positive_data_acceptance

NAME = "Zanoni Quell"
KEY = "a-key-of-the-test"
ABOUT = f"Who is {NAME}?"
OTHER = "How do tides work?"


@pytest.fixture(scope="module")
def chat(tiny: Any, embedder: Any) -> GuardedChat:
    made = GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, embedder=embedder, max_new_tokens=6, own_words=False
    )
    made.forget(NAME)
    return made


@pytest.fixture(scope="module")
def url(chat: GuardedChat) -> Iterator[str]:
    with serving(chat, access=Access(api_key=KEY)) as address:
        yield f"{address}/v1"


def test_langchain(url: str) -> None:
    model = ChatOpenAI(base_url=url, api_key=KEY, model="any", max_retries=0)
    whole = model.invoke(OTHER).text
    assert whole
    assert "".join(chunk.text for chunk in model.stream([HumanMessage(OTHER)])) == whole
    assert model.invoke(ABOUT).text == DECLINED
    scored = model.bind(logprobs=True, top_logprobs=2).invoke(OTHER)
    assert scored.response_metadata["logprobs"]["content"]
    text = OpenAI(base_url=url, api_key=KEY, model="any", max_retries=0, max_tokens=5)
    assert text.invoke("The sea is")
    assert text.invoke(ABOUT) == DECLINED


def test_pydantic_ai(url: str) -> None:
    async def talk() -> tuple[str, str]:
        async with openai.AsyncOpenAI(base_url=url, api_key=KEY) as client:
            model = OpenAIChatModel("any", provider=OpenAIProvider(openai_client=client))
            agent = Agent(model, instructions="Be brief.")
            first = await agent.run(OTHER)
            second = await agent.run(ABOUT, message_history=first.new_messages())
            return first.output, second.output

    first, second = asyncio.run(talk())
    assert first
    assert second == DECLINED


def test_wrong_keys_are_slowed_down(tiny: Any, embedder: Any) -> None:
    chat = GuardedChat.from_pretrained(tiny.model, tokenizer=tiny.tokenizer, embedder=embedder)
    with serving(chat, access=Access(api_key=KEY)) as address, httpx.Client() as http:
        wrong = {"Authorization": "Bearer wrong"}
        seen = [http.get(f"{address}/v1/models", headers=wrong).status_code for _ in range(70)]
        assert seen[:60] == [401] * 60
        assert seen[-1] == 429
        right = {"Authorization": f"Bearer {KEY}"}
        assert http.get(f"{address}/v1/models", headers=right).status_code == 200


def test_the_server_is_what_it_says(chat: GuardedChat) -> None:
    """Generated calls, right and wrong, of every route: no 500, and answers as described."""
    app = make_app(chat, access=Access(api_key=KEY, admin_key="admin"), limits=Limits(rate=0))
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    found: list[Any] = list(described.get_all_operations())
    operations = [one.ok() for one in found]
    assert {"/v1/chat/completions", "/v1/completions", "/admin/memory/erase"} <= {
        operation.path for operation in operations
    }
    for operation in operations:
        _call(operation)


def _call(operation: Any) -> None:
    generates = operation.path.endswith("completions")

    @settings(
        max_examples=6 if generates else 25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def calls(case: Any) -> None:
        if generates and isinstance(case.body, dict):
            case.body |= {"max_tokens": 2, "n": 1}
        answer = case.call(headers={"Authorization": "Bearer admin"})
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])

    calls()
