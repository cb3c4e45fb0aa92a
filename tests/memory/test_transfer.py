"""Export and import: nothing lost, nothing half read."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest

from memory import BadInput, DualMemory, StoreUnwritable

from .conftest import HashEmbedder, opened


def filled(embedder: HashEmbedder) -> DualMemory:
    memory = opened(embedder=embedder)
    for number in range(300):
        memory.add("user", f"Łódź {number}\n🙂", user="ada" if number % 3 else "bo", speaker="S")
    return memory


def test_there_and_back(tmp_path: Path, hashing: HashEmbedder) -> None:
    memory = filled(hashing)
    assert memory.export(tmp_path / "out.jsonl", user=None) == 300
    assert stat.S_IMODE((tmp_path / "out.jsonl").stat().st_mode) == 0o600
    copy = opened(embedder=hashing)
    assert copy.import_(tmp_path / "out.jsonl") == 300
    for user in ("ada", "bo"):
        assert [(t.text, t.speaker, t.time) for t in copy.turns(user=user)] == [
            (t.text, t.speaker, t.time) for t in memory.turns(user=user)
        ]
    assert copy._store.rows("SELECT vector FROM chunks ORDER BY id") == memory._store.rows(
        "SELECT vector FROM chunks ORDER BY id"
    )
    assert copy.recall("Łódź 17", user="ada", k=1).episodes[0].text == "Łódź 17\n🙂"


def test_one_user_only(tmp_path: Path, hashing: HashEmbedder) -> None:
    assert filled(hashing).export(tmp_path / "bo.jsonl", user="bo") == 100
    assert "ada" not in (tmp_path / "bo.jsonl").read_text()


def test_into_another_embedder(tmp_path: Path, hashing: HashEmbedder) -> None:
    filled(hashing).export(tmp_path / "out.jsonl", user=None)
    other = opened(embedder=HashEmbedder("other", 16))
    assert other.import_(tmp_path / "out.jsonl") == 300
    assert other.recall("Łódź 17", user="ada", k=1).episodes[0].text == "Łódź 17\n🙂"


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["nonsense"], "not JSON Lines"),
        ([json.dumps({"format": "other"})], "no export of ours"),
        (["HEAD", json.dumps({"user": "a"})], "line 2: not a turn"),
        (["HEAD", "[1]"], "line 2: not a JSON object"),
        (["HEAD", "{"], "not JSON Lines"),
    ],
)
def test_a_wrong_file_is_not_read_in_part(
    tmp_path: Path, lines: list[str], complaint: str, hashing: HashEmbedder
) -> None:
    memory = opened(embedder=hashing)
    memory.add("user", "a turn in order")
    memory.export(tmp_path / "good.jsonl", user=None)
    head, good = (tmp_path / "good.jsonl").read_text().splitlines()
    body = [line.replace("HEAD", f"{head}\n{good}") for line in lines]
    if "line 2" in complaint:
        complaint = complaint.replace("2", "3")
    (tmp_path / "in.jsonl").write_text("\n".join(body))
    memory = opened(embedder=hashing)
    with pytest.raises(BadInput, match=complaint):
        memory.import_(tmp_path / "in.jsonl")
    assert memory.stats().turns == 0


def test_places_that_cannot_be_used(tmp_path: Path, hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    with pytest.raises(StoreUnwritable, match="cannot write the export"):
        memory.export(tmp_path / "no" / "out.jsonl", user=None)
    with pytest.raises(BadInput, match="cannot read"):
        memory.import_(tmp_path / "none.jsonl")


def test_an_imported_conversation_is_summarised(tmp_path: Path, hashing: HashEmbedder) -> None:
    """Soon and in the background, as one that was held here: it once had to wait for its next
    turn."""
    memory = opened(embedder=hashing)
    for talk in ("work", "home"):
        for number in range(130):
            memory.add("user", f"My brother {talk} lives at number {number}.", conversation=talk)
    memory.export(tmp_path / "out.jsonl", user=None)
    with opened(embedder=hashing) as copy:
        copy.import_(tmp_path / "out.jsonl")
        wanted = {talk: memory.summary(conversation=talk) for talk in ("work", "home")}
        end = time.monotonic() + 10
        while wanted != summaries(copy) and time.monotonic() < end:
            time.sleep(0.02)
        assert summaries(copy) == wanted
        assert all(wanted.values())


def test_a_conversation_with_all_but_its_last_turns_erased_is_summarised_at_once(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    """A file may say that the first 100,000,000,000 turns were erased: ten million blocks a second
    would take a hundred seconds."""
    memory = opened(embedder=hashing)
    memory.add("user", "My brother lives at number 7.")
    memory.export(tmp_path / "out.jsonl", user=None)
    far = (tmp_path / "out.jsonl").read_text().replace('"ordinal": 0', '"ordinal": 100000000000')
    (tmp_path / "out.jsonl").write_text(far)
    memory.import_(tmp_path / "out.jsonl")
    assert memory.summary() == "user: My brother lives at number 7."
    memory.add("user", "My sister is called Nora.")
    assert "Nora" in memory.summary()


def summaries(memory: DualMemory) -> dict[str, str]:
    return {talk: memory.recall("x", conversation=talk).summary for talk in ("work", "home")}


def test_a_second_import_goes_behind_the_first(tmp_path: Path, hashing: HashEmbedder) -> None:
    memory = filled(hashing)
    memory.export(tmp_path / "out.jsonl", user="bo")
    before = [turn.text for turn in memory.turns(user="bo")]
    memory.import_(tmp_path / "out.jsonl")
    assert [turn.text for turn in memory.turns(user="bo")] == before * 2


@pytest.mark.parametrize(
    "change", [{"ordinal": -1}, {"ordinal": 2**62}, {"ordinal": "x"}, {"facts": [["a", 1, 0, "b"]]}]
)
def test_a_line_with_a_wrong_place_or_fact_is_refused(
    change: dict[str, object], tmp_path: Path, hashing: HashEmbedder
) -> None:
    """A place too far away would leave no room for the next turn."""
    memory = opened(embedder=hashing)
    memory.add("user", "a turn in order")
    memory.export(tmp_path / "out.jsonl", user=None)
    head, line = (tmp_path / "out.jsonl").read_text().splitlines()
    changed = json.dumps({**json.loads(line), **change})
    (tmp_path / "in.jsonl").write_text("\n".join([head, changed]))
    with pytest.raises(BadInput, match="line 2: not a turn"):
        memory.import_(tmp_path / "in.jsonl")
    assert memory.stats().turns == 1
