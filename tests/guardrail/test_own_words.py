"""What the model itself says of a target that came by name alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from guardrail import ForgetSet, GuardedChat
from guardrail.generation.models import LoadedModel
from guardrail.own_words import QUESTIONS, OwnWords
from memory import Embedder


@pytest.fixture
def asking(tiny: LoadedModel) -> Iterator[OwnWords]:
    """Over a model whose answers are noise, which is as good as any for when and where."""
    own = OwnWords(tiny, ForgetSet())
    yield own
    own.close()


def added(own: OwnWords, name: str) -> Any:
    target = own._forget_set.add(name, aliases=["Another Name"])
    own.ask(target)
    return target


def test_it_is_kept_apart_from_what_the_owner_wrote(asking: OwnWords) -> None:
    target = added(asking, "Ada Example")
    assert asking.wait(60)
    found = asking._forget_set.get(target.id)
    assert found is not None
    assert 0 < len(found.said) <= len(QUESTIONS)
    assert found.exemplars == ()
    assert found.texts == found.said
    assert found.model_copy(update={"said": ()}) == target


def test_it_gives_way_to_a_turn(asking: OwnWords) -> None:
    """While a turn is under way nothing is asked, and the answer under way stops."""
    with asking.giving_way():
        target = added(asking, "Ada Example")
        assert not asking.wait(0.5)
        assert not asking._loaded.lock.locked()
    assert asking.wait(60)
    found = asking._forget_set.get(target.id)
    assert found is not None
    assert found.said


def test_a_target_taken_out_meanwhile_stays_out(asking: OwnWords) -> None:
    with asking.giving_way():
        asking._forget_set.remove(added(asking, "Ada Example").id)
    assert asking.wait(60)
    assert len(asking._forget_set) == 0


def test_closing_does_not_wait_for_the_answers(asking: OwnWords) -> None:
    with asking.giving_way():
        target = added(asking, "Ada Example")
        asking.close()
    found = asking._forget_set.get(target.id)
    assert found is not None
    assert not found.said
    assert not asking._loaded.lock.locked()


def test_a_chat_asks_about_a_name_and_not_about_what_was_described(
    tiny: LoadedModel, embedder: Embedder, home: object
) -> None:
    with GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, embedder=embedder, max_new_tokens=4
    ) as chat:
        chat.forget("Ada Example")
        chat.forget("Bo Sample", exemplars=["Who kept the lighthouse?"])
        assert chat.own_words.wait(60)
        assert [bool(target.said) for target in chat.forget_set] == [True, False]
