"""Exports are erased from like the memory: also what it forgot before, and what a kill left."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from memory import DualMemory, Subject
from memory.embedding import Embedder

from .conftest import HashEmbedder, opened

START = datetime(2024, 1, 1, tzinfo=UTC)
SAID = (
    ("ruth", "My phone number is 555 0199."),
    ("ruth", "Tell the courier to try 555 0199."),
    ("ruth", "I live in Tromso."),
    ("ruth", "Stephen King wrote about a haunted hotel in the mountains."),
    ("omar", "My phone number is 555 0199."),
    ("ruth", "The lamp was on the table."),
)


def talk(path: Path, embedder: Embedder) -> DualMemory:
    memory = opened(path, embedder=embedder)
    for day, (user, text) in enumerate(SAID):
        memory.add("user", text, user=user, time=START + timedelta(days=day))
    return memory


def lines(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text().splitlines()[1:]]


def but(*gone: int) -> list[str]:
    return [text for number, (_, text) in enumerate(SAID) if number not in gone]


@pytest.mark.parametrize(
    ("wanted", "gone"),
    [
        ({"query": "my phone number"}, (0, 1)),
        ({"text": "TROMSO"}, (2,)),
        ({"fact": "home"}, (2,)),
        ({"target": "Stephen King"}, (3,)),
        ({"target": Subject(name="Nobody Else", texts=(SAID[3][1],))}, (3,)),
        ({"until": START + timedelta(days=2)}, (0, 1)),
        ({"everything": True}, (0, 1, 2, 3, 5)),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_the_memory_forgot_before_goes_from_exports_too(
    wanted: dict[str, Any], gone: tuple[int, ...], tmp_path: Path, embedder: Embedder
) -> None:
    """Once only turns that were still stored went: the line of one erased earlier stayed."""
    out = tmp_path / "out.jsonl"
    with talk(tmp_path / "m.db", embedder) as memory:
        memory.export(out, user=None)
        assert memory.erase(**wanted, user="ruth").left == ("out.jsonl",)
        assert lines(out) == but()
        texts = [SAID[number][1] for number in gone if number not in (0, 1)]
        assert memory.verify(texts).clean == (not texts)
        preview = memory.erase(**wanted, user="ruth", exports=True, preview=True)
        receipt = memory.erase(**wanted, user="ruth", exports=True)
        assert receipt.turns == ()
        assert receipt.exports == preview.exports == {"out.jsonl": len(gone)}
        assert receipt.places["export out.jsonl"] == len(gone)
        assert lines(out) == but(*gone)
        assert memory.verify(texts).clean
        again = memory.erase(**wanted, user="ruth", exports=True)
        assert (again.exports, again.left) == ({}, ())


def test_a_user_who_is_forgotten_goes_from_exports(tmp_path: Path, hashing: HashEmbedder) -> None:
    out = tmp_path / "out.jsonl"
    memory = talk(tmp_path / "m.db", hashing)
    memory.export(out, user=None)
    memory.erase(text="Tromso", user="ruth")
    memory.forget_user("ruth")
    assert memory.forget_user("ruth", exports=True).exports == {"out.jsonl": 5}
    assert lines(out) == [SAID[4][1]]
    assert len(memory.turns(user="omar")) == 1


def test_an_export_that_was_read_is_known_and_so_is_one_that_was_away(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    """The file of another memory, imported here, holds the words as any export does."""
    out, away = tmp_path / "out.jsonl", tmp_path / "away"
    talk(tmp_path / "m.db", hashing).export(out, user=None)
    memory = opened(tmp_path / "other.db", embedder=hashing)
    memory.import_(out)
    assert "file out.jsonl" in memory.verify(["Tromso"]).found
    out.rename(away)  # as on a disk that is taken out
    memory.export(tmp_path / "second.jsonl", user=None)
    receipt = memory.erase(text="Tromso", user="ruth", exports=True)
    assert receipt.exports == {"second.jsonl": 1}
    away.rename(out)
    assert not memory.verify(["Tromso"]).clean
    assert memory.erase(text="Tromso", user="ruth", exports=True).exports == {"out.jsonl": 1}
    assert memory.verify(["Tromso"]).clean
    assert lines(out) == but(2)


def test_what_a_killed_writer_left_is_found_and_removed(
    tmp_path: Path, hashing: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an export beside its place, its last line cut in the middle of a letter."""
    out = tmp_path / "out.jsonl"
    memory = talk(tmp_path / "m.db", hashing)
    memory.add("user", "Zażółć gęślą jaźń.", user="ruth")
    memory.export(out, user=None)
    whole = out.read_bytes()
    half = tmp_path / ".out.jsonl.x1.unfinished"
    half.write_bytes(whole[: whole.index("źń".encode()) + 1])
    out.unlink()
    assert memory.erase(text="Tromso", user="ruth").left == (half.name,)
    assert f"file {half.name}" in memory.verify(["Tromso"]).found
    assert memory.erase(text="Zażółć", user="ruth", exports=True).exports == {half.name: 1}
    assert not half.exists()
    assert memory.verify(["Tromso", "Zażółć"]).clean


@pytest.mark.parametrize(
    "spelled", ["ŁÓDŹ is home", "\\u0141\\u00d3D\\u0179 is home", "łódź  is home"]
)
def test_verification_reads_a_line_however_it_is_spelled(
    spelled: str, tmp_path: Path, hashing: HashEmbedder
) -> None:
    out = tmp_path / "out.jsonl"
    memory = opened(tmp_path / "m.db", embedder=hashing)
    memory.add("user", "x")
    memory.export(out, user=None)
    head, line = out.read_text().splitlines()
    out.write_text("\n".join([head, line.replace('"x"', f'"{spelled}"')]))
    assert "file out.jsonl" in memory.verify(["Łódź is home"]).found
    assert memory.erase(text="łódź is", exports=True).exports == {"out.jsonl": 1}
    assert memory.verify(["Łódź is home"]).clean


def test_a_line_that_is_wrong_in_part_is_erased_all_the_same(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    """Without its vectors and facts, as an older release or an editor may leave it."""
    out = tmp_path / "out.jsonl"
    memory = talk(tmp_path / "m.db", hashing)
    memory.export(out, user=None)
    head, *rest = out.read_text().splitlines()
    plain = [{**json.loads(line), "vectors": ["AAAA"]} for line in rest]
    for line in plain:
        del line["facts"]
    out.write_text("\n".join([head, *map(json.dumps, plain)]))
    memory.forget_user("ruth")
    assert memory.erase(fact="home", user="ruth", exports=True).exports == {"out.jsonl": 1}
    assert memory.erase("phone number", user="ruth", exports=True).exports["out.jsonl"] >= 1
    assert SAID[4][1] in lines(out)


def test_an_export_behind_a_link_is_the_one_that_is_known(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    """The link was once replaced by a file of its own, and the store knew of the other."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (tmp_path / "latest.jsonl").symlink_to(kept / "out.jsonl")
    memory = talk(tmp_path / "m.db", hashing)
    for _ in range(2):
        memory.export(tmp_path / "latest.jsonl", user=None)
        assert (tmp_path / "latest.jsonl").is_symlink()
    memory.erase(text="Tromso", user="ruth", exports=True)
    assert lines(tmp_path / "latest.jsonl") == but(2)
    assert memory.verify(["Tromso"]).clean


def test_who_she_is_depends_on_what_was_said_before_in_an_export_too(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    out = tmp_path / "out.jsonl"
    memory = opened(tmp_path / "m.db", embedder=hashing)
    said = ["Marta Lund came.", "She was late.", *"abcdefg", "Ada Bell came.", "She was early."]
    for text in said:
        memory.add("user", text)
    memory.export(out, user=None)
    memory.erase(turn_ids=[2, 11])
    receipt = memory.erase(target="Marta Lund", exports=True)
    assert receipt.turns == (1,)
    assert lines(out) == said[2:]
