"""Erasure by fact and by target, and what the receipt says went from where."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory import BadInput, DualMemory, Subject
from memory.embedding import Embedder

from .conftest import HashEmbedder, opened


def told(embedder: Embedder, *texts: str) -> DualMemory:
    memory = opened(embedder=embedder)
    for text in texts:
        role, _, said = text.partition(": ")
        memory.add(role, said)
    return memory


def left(memory: DualMemory) -> list[str]:
    return [turn.text for turn in memory.turns()]


HOME = (
    "user: I live in Tromso.",
    "assistant: Tromso is lovely in winter, so you live well there.",
    "user: I moved to Bergen in May.",
    "assistant: Bergen has a fish market.",
    "user: My sister works for a bank in Hamar.",
)


def test_a_fact_goes_with_what_repeats_it(embedder: Embedder) -> None:
    """By the record: the former home goes, the home of today and other facts stay."""
    memory = told(embedder, *HOME)
    former = next(fact for fact in memory.facts(history=True) if fact.value == "Tromso")
    receipt = memory.erase(fact=former)
    assert left(memory) == [text.partition(": ")[2] for text in HOME[2:]]
    assert receipt.facts == 1
    assert [fact.value for fact in memory.facts(history=True)] == ["Hamar", "Bergen"]


def test_a_fact_in_words(embedder: Embedder) -> None:
    """All that was said of the attribute, or of the one value that is named."""
    memory = told(embedder, *HOME)
    assert len(memory.erase(fact="home Bergen", preview=True).turns) == 2
    memory.erase(fact="home")
    assert left(memory) == [HOME[4].partition(": ")[2]]
    assert memory.erase(fact="employer").turns == ()


def test_a_fact_said_again_goes_everywhere(hashing: HashEmbedder) -> None:
    """Saying a fact again changes nothing, so that the list of facts has it once; the turns that
    say it are two."""
    memory = told(hashing, "user: I live in Tromso.", "user: As I said, I live in Tromso.")
    (fact,) = memory.facts()
    memory.erase(fact=fact)
    assert left(memory) == []


def test_a_target_goes_by_names_phrases_and_texts(embedder: Embedder) -> None:
    memory = told(
        embedder,
        "user: I read a novel by STEPHEN  King’s publisher.",
        "assistant: Richard Bachman is a pen name.",
        "user: Stephen King lives in Bangor, King said so.",
        "user: The Overlook Hotel burns down.",
        "assistant: The novel The Shining is about a haunted hotel in the mountains.",
        "user: Stephen called, all is fine.",
        "user: Nora plays the king.",
        "user: The king of spades is missing.",
        "user: I had a haunting tune in my head.",
    )
    king = Subject(
        name="Stephen King",
        aliases=("Richard Bachman",),
        phrases=("overlook hotel",),
        texts=("The Shining is a novel about a haunted hotel in the mountains.",),
    )
    assert memory.erase(target=king, preview=True).turns == (1, 2, 3, 4, 5)
    assert memory.erase(target="Stephen King").turns == (1, 3)


def test_a_part_of_a_name_counts_only_where_it_hardly_means_anybody_else(
    hashing: HashEmbedder,
) -> None:
    named = ["user: Joanne Rowling is here.", "user: We met Joanne Rowling.", "user: Rowling left."]
    others = ["user: Joanne Baker is not.", "user: Joanne sings.", "user: Growling dogs."]
    memory = told(hashing, *named, *others)
    memory.erase(target="Joanne Rowling")
    assert left(memory) == [text.partition(": ")[2] for text in others]


def test_a_name_in_a_script_without_spaces(hashing: HashEmbedder) -> None:
    memory = told(hashing, "user: 昨日村上春樹を読んだ", "user: 昨日寿司を食べた")
    memory.erase(target="村上春樹")
    assert left(memory) == ["昨日寿司を食べた"]


def test_all_that_is_given_must_fit(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    for year in (2020, 2021):
        for user in ("ada", "bo"):
            memory.add(
                "user", "I live in Tromso.", user=user, time=datetime(year, 1, 1, tzinfo=UTC)
            )
    memory.erase(fact="home", since=datetime(2021, 1, 1), user="ada")
    assert [turn.time.year for turn in memory.turns(user="ada")] == [2020]
    assert len(memory.turns(user="bo")) == 2


@pytest.mark.parametrize("wanted", [{"fact": " "}, {"target": ""}, {"target": Subject(name="")}])
def test_nothing_to_look_for_is_refused(hashing: HashEmbedder, wanted: dict[str, str]) -> None:
    """An empty name would stand in every turn."""
    with pytest.raises(BadInput, match="received an empty"):
        told(hashing, "user: hello there").erase(**wanted)  # type: ignore[arg-type]


def test_the_receipt_says_what_went_from_where(tmp_path: Path, hashing: HashEmbedder) -> None:
    path, out = tmp_path / "m.db", tmp_path / "out.jsonl"
    with opened(path, embedder=hashing) as memory:
        memory.add("user", "My locker combination is heliotrope 4711.")
        memory.add("user", "My sister is called Nora.")
        memory.summary()
        memory.export(out, user=None)
        preview = memory.erase(text="heliotrope", preview=True)
        assert preview.left == ("out.jsonl",)
        assert "out.jsonl" in preview.summary()
        receipt = memory.erase(text="heliotrope", exports=True)
        assert receipt.places == {
            "table turns": 1,
            "table chunks": 1,
            "vectors": 1,
            "full-text terms": 7,  # of the chunk four, of the fact three
            "table facts": preview.facts,
            "table summaries": 2,
            "export out.jsonl": 1,
        }
        assert receipt.left == ()
        assert memory.verify(["heliotrope 4711"]).clean
    with opened(tmp_path / "copy.db", embedder=hashing) as copy:
        assert copy.import_(out) == 1
        assert left(copy) == ["My sister is called Nora."]


def test_exports_are_left_alone_unless_asked_for_and_the_receipt_names_them(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    out, other = tmp_path / "out.jsonl", tmp_path / "other.jsonl"
    memory = told(hashing, "user: heliotrope", "user: gentian")
    for path in (out, other):
        memory.export(path, user=None)
    other.write_text(json.dumps({"text": "heliotrope"}))  # a file of somebody else's by now
    before = out.read_bytes()
    assert memory.erase(text="heliotrope").left == ("out.jsonl",)
    assert out.read_bytes() == before
    assert "file out.jsonl" in memory.verify(["heliotrope"]).found
    memory.erase(text="gentian", exports=True)
    assert b"gentian" not in out.read_bytes()
    assert other.read_text() == json.dumps({"text": "heliotrope"})
