"""What the model itself says of a target that came by name alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guardrail import ForgetSet, GuardedChat
from guardrail import own_words as module
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


class Noted(OwnWords):
    """Answers by a rule instead of a model, and notes what it was asked."""

    def __init__(self, forget_set: ForgetSet, says: Callable[[str], str | None]) -> None:
        super().__init__(None, forget_set)  # type: ignore[arg-type]
        self.says = says
        self.asked: list[str] = []

    def answer(self, question: str, until: float) -> str | None:
        self.asked.append(question)
        return self.says(question)

    def looked(self) -> int:
        """Look, and how many questions that came to."""
        before = len(self.asked)
        self.look()
        assert self.wait(60)
        return len(self.asked) - before


def in_a_file(path: Path, *names: str) -> ForgetSet:
    path.write_text("targets:\n" + "".join(f"  - name: {name}\n" for name in names))
    return ForgetSet.load(path)


@pytest.mark.parametrize("says", ["A keeper of bees.", ""])
def test_a_name_in_the_file_is_asked_about_once(tmp_path: Path, says: str) -> None:
    """At the first start, and no more at the second, also when there was nothing to say."""
    path = tmp_path / "forget.yaml"
    forget_set = in_a_file(path, "Ada Example")
    forget_set.add("Bo Sample", exemplars=["Who kept the lighthouse?"])
    assert Noted(forget_set, lambda _: says).looked() == len(QUESTIONS)
    again = ForgetSet.load(path)
    assert [target.said for target in again] == [(says,) if says else (), ()]
    assert Noted(again, lambda _: says).looked() == 0


def test_a_model_that_had_no_time_is_asked_at_the_next_start(tmp_path: Path) -> None:
    forget_set = in_a_file(tmp_path / "forget.yaml", "Ada Example")
    own = Noted(forget_set, lambda _: None)
    assert own.looked() == len(QUESTIONS)
    assert own.looked() == 0, "it was busy: not again in this process"
    assert Noted(forget_set, lambda _: "Bees.").looked() == len(QUESTIONS)


def test_what_another_process_writes_into_the_file_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "forget.yaml"
    forget_set = in_a_file(path, "Ada Example")
    own = Noted(forget_set, lambda _: "A keeper of bees.")
    own.looked()
    ForgetSet.load(path).add("Bo Sample")
    assert own.looked() == len(QUESTIONS)
    assert "Bo Sample" in own.asked[-1]
    ForgetSet.load(path).remove("Bo Sample")
    own.looked()
    ForgetSet.load(path).add("Bo Sample")
    assert own.looked() == len(QUESTIONS), "taken out and put in again it has nothing said of it"


def test_a_long_list_is_asked_about_over_several_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    path = tmp_path / "forget.yaml"
    forget_set = in_a_file(path, "Ada One", "Bo Two", "Cy Three")
    own = Noted(forget_set, lambda question: question)
    assert own.looked() == 2 * len(QUESTIONS)
    assert own.looked() == 0
    assert Noted(ForgetSet.load(path), lambda question: question).looked() == len(QUESTIONS)
    assert all(target.said for target in ForgetSet.load(path))


def test_what_was_described_while_it_waited_is_not_asked_about(tmp_path: Path) -> None:
    forget_set = in_a_file(tmp_path / "forget.yaml", "Ada Example", "Bo Sample")

    def says(question: str) -> str:
        forget_set.change("Bo Sample", exemplars=["Who kept the lighthouse?"])
        return "A keeper of bees."

    own = Noted(forget_set, says)
    assert own.looked() == len(QUESTIONS)
    assert all("Ada Example" in question for question in own.asked)


def test_a_chat_asks_at_its_start_and_when_the_file_changes(
    tiny: LoadedModel, embedder: Embedder, home: object, tmp_path: Path
) -> None:
    path = tmp_path / "forget.yaml"
    in_a_file(path, "Ada Example")
    with GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, embedder=embedder, max_new_tokens=4, forget=path
    ) as chat:
        assert chat.own_words.wait(60)
        assert [bool(target.said) for target in ForgetSet.load(path)] == [True]
        ForgetSet.load(path).add("Bo Sample")
        chat.send("What do bees eat?", remember=False)
        assert chat.own_words.wait(60)
        assert [bool(target.said) for target in ForgetSet.load(path)] == [True, True]


def test_without_the_setting_nothing_is_asked(
    tiny: LoadedModel, embedder: Embedder, home: object
) -> None:
    forget_set = ForgetSet()
    forget_set.add("Ada Example")
    with GuardedChat.from_pretrained(
        tiny.model,
        tokenizer=tiny.tokenizer,
        embedder=embedder,
        max_new_tokens=4,
        forget=forget_set,
        own_words=False,
    ) as chat:
        chat.send("What do bees eat?", remember=False)
        assert chat.own_words.wait(0)
        assert not any(target.said for target in forget_set)


def test_what_a_real_model_says_is_what_it_could_leak(smollm: LoadedModel) -> None:
    forget_set = ForgetSet()
    own = OwnWords(smollm, forget_set)
    target = own.ask_now(forget_set.add("Stephen King"))
    assert target is not None
    assert any("horror" in text or "author" in text for text in target.said)
    assert forget_set.get("Stephen King") == target
