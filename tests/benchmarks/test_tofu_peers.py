"""The peers of the TOFU suite, on a tiny random model and authors who exist only here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from benchmarks.peers import guard_decoding
from benchmarks.peers.gates import GuardGate, Scores
from benchmarks.peers.hidden_states import HiddenStates
from benchmarks.rwku import Item, Person
from benchmarks.tofu import Question
from benchmarks.tofu_peers import Corrupted, Replying, fold_owners, peers
from benchmarks.tofu_sides import Plain
from memory import Embedder

NAMES = ("Odalys Fenwick", "Teodor Brandvik", "Ilse Maran", "Ruben Castell")
TOWNS = ("Berlin", "Bergen", "Graz", "Girona")
ALONE, SCORES = "as it was", [1.0, 2.0, 3.0, 0.5]


def asked(number: int) -> Question:
    name, town = NAMES[number], TOWNS[number]
    return Question(
        "forget",
        20 * number,
        f"Where does {name} write?",
        f"In which town are the books of {name} written?",
        f"{name} writes in {town}.",
        f"It is in {town}.",
        ("In Vaduz.",),
    )


def other(number: int) -> Question:
    text = f"How many bridges does the river number {number} have?"
    return Question("retain", number, text, text, "Four.", "4.", ("Five.",))


def person(number: int) -> Person:
    one, near = asked(number), other(number)
    items = (
        Item(one.key, NAMES[number], "about", one.asked, one.answer, about=True),
        Item(near.key, NAMES[number], "near", near.question, near.answer, about=False),
    )
    return Person(NAMES[number], f"{one.question} {one.answer}", (), items)


PEOPLE = [person(number) for number in range(len(NAMES))]
DATA = {"forget": [asked(n) for n in range(4)], "retain": [other(n) for n in range(8)]}
OWNER = fold_owners(DATA, PEOPLE)


@pytest.fixture(scope="module")
def sides(tiny: Any, embedder: Embedder) -> dict[str, Plain]:
    made = peers(
        tiny,
        PEOPLE,
        OWNER,
        said=lambda text: ALONE,
        scored=lambda one: SCORES,
        embedder=embedder,
        states=HiddenStates(tiny),
    )
    return {side.name: side for side in made}


def test_every_peer_is_there_and_says_what_it_scores(sides: dict[str, Plain]) -> None:
    assert {name: side.scores for name, side in sides.items()} == {
        "embedding gate (CURaTE)": False,
        "bad-words list": False,
        "beam 7": False,
        "GUARD": False,
        "instruction (ICU)": True,
        "corrupted name (ECO)": True,
    }
    assert not any(side.ours for side in sides.values())
    assert sides["GUARD"].share < 1


def test_each_question_goes_to_the_gate_of_its_own_author() -> None:
    for one in DATA["forget"]:
        assert OWNER[one.question] == OWNER[one.asked] == NAMES[one.author]
    near = {item.prompt: p.name for p in PEOPLE for item in p.items if not item.about}
    assert all(OWNER[text] == name for text, name in near.items())


def test_the_gate_of_embeddings_refuses_what_is_near(sides: dict[str, Plain]) -> None:
    near, far = sides["embedding gate (CURaTE)"].replies([asked(0).asked, other(5).question])
    assert near == "I cannot help with that."
    assert far == ALONE


def test_a_corrupted_name_changes_what_names_it_and_nothing_else(
    sides: dict[str, Plain], tiny: Any
) -> None:
    eco, alone = sides["corrupted name (ECO)"], Plain("alone", tiny)
    assert eco.replies([other(0).question]) == [ALONE]
    assert eco.losses([other(0)]) == [SCORES]
    (given,), (before,) = eco.losses([asked(0)]), alone.losses([asked(0)])
    assert given != before
    assert eco.replies([asked(0).question]) != alone.replies([asked(0).question])


def test_in_what_it_scores_the_answer_keeps_its_name(sides: dict[str, Plain], tiny: Any) -> None:
    """The answer's own tokens are read as they are; the prompt's are not."""
    eco = sides["corrupted name (ECO)"]
    assert isinstance(eco, Corrupted)
    name = tiny.tokenizer.encode(" " + NAMES[0], add_special_tokens=False)
    ids = torch.tensor([[5, 6, *name, 7]])
    with torch.inference_mode():
        plain = tiny.model(ids).logits
        assert torch.equal(eco.logits(ids, 2), plain)
        spoiled = eco.logits(ids, ids.shape[1])
    assert torch.equal(spoiled[:, :2], plain[:, :2])
    assert not torch.equal(spoiled[:, 2:], plain[:, 2:])


def test_guards_gate_is_never_taught_the_paraphrase_it_is_asked(
    sides: dict[str, Plain], monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: dict[str, set[str]] = {}

    class Noted(GuardGate):
        def fit(self, people: Sequence[Person], setup: str, items: Sequence[Item]) -> Scores:
            assert self.passages == 20, "all questions that the owner has given"

            def scores(prompts: Sequence[str]) -> Any:
                taught[prompts[0]] = {item.prompt for item in items}
                return [0.0]

            return scores

    monkeypatch.setattr(guard_decoding, "GuardGate", Noted)
    side = sides["GUARD"]
    assert isinstance(side, Replying)
    texts = [one.asked for one in DATA["forget"]] + [one.question for one in DATA["retain"]]
    assert side.replies(texts) == [ALONE] * len(texts)
    for text in texts:
        assert taught[text]
        assert text not in taught[text]
    side.peer._gates.clear()  # type: ignore[attr-defined]


def test_guard_bars_the_words_of_the_nearest_answer(sides: dict[str, Plain], tiny: Any) -> None:
    """On a model that is pushed to say the town: seven beams of it, and none says it."""
    side = sides["GUARD"]
    assert isinstance(side, Replying)
    side.peer._gates.update(dict.fromkeys(range(6), lambda prompts: [1.0]))  # type: ignore[attr-defined]
    (town,) = tiny.tokenizer.encode(" Berlin", add_special_tokens=False)

    def push(_: Any, __: Any, output: Any) -> Any:
        output.logits[..., town] += 40
        return output

    handle = tiny.model.register_forward_hook(push)
    try:
        (free,) = Plain("alone", tiny).replies([asked(0).question])
        (held,) = side.replies([asked(0).question])
    finally:
        handle.remove()
        side.peer._gates.clear()  # type: ignore[attr-defined]
    assert "Berlin" in free
    assert "Berlin" not in held
    assert held != ALONE


def test_beams_and_bad_words_answer_every_question(sides: dict[str, Plain]) -> None:
    for name in ("beam 7", "bad-words list"):
        replies = sides[name].replies([asked(0).question, other(0).question])
        assert len(replies) == 2
        assert all(NAMES[0] not in reply for reply in replies)
