"""Erasure is real: afterwards no byte of the files holds it, and everything else is still there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest

from memory import DualMemory, removal
from memory.embedding import Embedder
from memory.scope import Scope

from .conftest import HashEmbedder, opened

SECRET = "heliotrope-4711"


def filled(path: Path, embedder: HashEmbedder) -> DualMemory:
    memory = opened(path, embedder=embedder)
    for number in range(60):
        memory.add("user", f"I like the number {number} and the town of Farby {number}")
        if number % 20 == 7:
            memory.add("user", f"My password is {SECRET}, remember it")
    memory.summary()
    memory.recall("password")
    return memory


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_no_byte_is_left(tmp_path: Path, hashing: HashEmbedder) -> None:
    path = tmp_path / "m.db"
    memory = filled(path, hashing)
    assert SECRET.encode() in bytes_of(path)
    assert not memory.verify([SECRET]).clean
    receipt = memory.erase(text=SECRET)
    assert len(receipt.turns) == 3
    assert receipt.chunks == 3
    assert receipt.summaries > 0
    assert not receipt.incomplete
    for trace in (SECRET.encode(), b"heliotrop", b"4711", b"password"):
        assert trace not in bytes_of(path)
    assert memory.verify([SECRET, "My password is"]).clean
    assert memory.stats().turns == 60
    assert "heliotrope" not in memory.summary()
    assert all("password" not in e.text for e in memory.recall("password heliotrope").episodes)
    memory.close()
    assert b"heliotrop" not in bytes_of(path)


def test_the_vector_is_gone_too(tmp_path: Path, hashing: HashEmbedder) -> None:
    """A vector gives its text away to anyone who has the embedder and a guess."""
    path = tmp_path / "m.db"
    memory = opened(path, embedder=hashing)
    turn = memory.add("user", SECRET)
    vector = hashing.encode([SECRET])[0].astype("<f4").tobytes()
    assert vector in bytes_of(path)
    memory.erase(turn_ids=[turn.id])
    assert vector not in bytes_of(path)
    memory.close()


def test_verification_can_fail(tmp_path: Path, hashing: HashEmbedder) -> None:
    """The check itself: a stray copy in each kind of place is found."""
    path = tmp_path / "m.db"
    memory = opened(path, embedder=hashing)
    memory.add("user", "harmless")
    assert memory.verify([SECRET]).clean
    summary = "INSERT INTO summaries VALUES ('ann', 'talk', 7, 0, 1, ?, 1.0)"
    memory._store.rows(summary, (SECRET,))
    assert "table summaries.text" in memory.verify([SECRET]).found
    memory._store.rows("DELETE FROM summaries")
    vector = hashing.encode([SECRET])[0].astype("<f4").tobytes()
    chunk = "INSERT INTO chunks (turn, question, terms, vector) VALUES (1, 0, x'', ?)"
    memory._store.rows(chunk, (vector,))
    assert "vectors" in memory.verify([SECRET]).found
    memory.close()
    with path.open("ab") as file:
        file.write(SECRET.upper().encode())
    memory = opened(path, embedder=hashing)
    assert any(place.startswith("file") for place in memory.verify([SECRET]).found)


def test_a_preview_removes_nothing(tmp_path: Path, hashing: HashEmbedder) -> None:
    memory = filled(tmp_path / "m.db", hashing)
    receipt = memory.erase(text=SECRET, preview=True)
    assert receipt.preview
    assert len(receipt.turns) == 3
    assert memory.stats().turns == 63
    assert SECRET not in receipt.summary()


def test_with_a_reader_it_says_incomplete_and_finishes_later(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    """SQLite cannot empty its log while another connection reads from it."""
    path = tmp_path / "m.db"
    memory = filled(path, hashing)
    memory._store.rows("PRAGMA busy_timeout = 50")
    reader = apsw.Connection(str(path))
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM turns").fetchall()
    receipt = memory.erase(text=SECRET)
    assert receipt.incomplete
    assert "next start" in receipt.summary()
    assert all(SECRET not in turn.text for turn in memory.turns())
    reader.close()
    memory.close()
    opened(path, embedder=hashing).close()
    assert b"heliotrop" not in bytes_of(path)


def test_by_time_and_by_user(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    for year in (2020, 2021, 2022):
        memory.add("user", f"in {year}", time=datetime(year, 1, 1, tzinfo=UTC))
    memory.add("user", "of another", user="bo")
    since, until = datetime(2021, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC)
    memory.erase(since=since, until=until)
    assert [turn.text for turn in memory.turns()] == ["in 2020", "in 2022"]
    memory.forget_user("ann")
    assert memory.turns() == []
    assert len(memory.turns(user="bo")) == 1


def test_what_is_left_is_recalled_as_before(tmp_path: Path, hashing: HashEmbedder) -> None:
    memory = filled(tmp_path / "m.db", hashing)
    before = memory.recall("town of Farby 31", k=1).episodes
    memory.erase(text=SECRET)
    after = memory.recall("town of Farby 31", k=1).episodes
    assert [e.text for e in after] == [e.text for e in before]


@pytest.mark.parametrize(
    "fact",
    [
        "My phone number is 555 0199.",
        "You can call me on my phone, the number is 555 0199.",
        "So your phone number is 555 0199, I noted it.",
    ],
)
def test_a_query_finds_it_in_other_words(fact: str, embedder: Embedder) -> None:
    memory = opened(embedder=embedder)
    others = [
        "We had soup for lunch and it rained.",
        "The train to Bergen leaves at nine.",
        "I bought a blue bicycle with seven gears.",
    ]
    for text in (*others, fact):
        memory.add("user", text)
    memory.erase("my phone number")
    assert [turn.text for turn in memory.turns()] == others


def test_a_query_finds_turns_that_only_share_the_particular(embedder: Embedder) -> None:
    """A number or a name that is plainly the fact's is followed to where the fact has no name."""
    memory = opened(embedder=embedder)
    others = ["The courier rang twice.", "There were 40 people at the fair on Monday.", "Hi Anna!"]
    planted = ["My phone number is 555 0199.", "Tell the courier to try 555 0199 on Monday."]
    for text in (*others, *planted):
        memory.add("user", text)
    receipt = memory.erase("my phone number", preview=True)
    assert len(receipt.turns) == 2
    assert memory.erase("my phone number").turns == receipt.turns
    assert [turn.text for turn in memory.turns()] == others


@pytest.mark.parametrize(
    ("query", "planted"),
    [
        ("my weight", ["My weight is 94 kilos.", "At 94 kilos my knees hurt."]),
        ("my email address", ["My email address is wren@post.example.", "Bill wren@post.example."]),
        (
            "my drinking",
            ["I drink too much whisky.", "Is whisky before noon bad?", "My wife found the whisky."],
        ),
    ],
)
def test_a_query_follows_measures_addresses_and_words_that_stand_for_the_fact(
    query: str, planted: list[str], embedder: Embedder
) -> None:
    memory = opened(embedder=embedder)
    others = ["The cable is 94 meters long.", "My knees hurt.", "My wife found the keys at noon."]
    for text in (*others, *planted):
        memory.add("user", text)
    memory.erase(query)
    assert [turn.text for turn in memory.turns()] == others


def test_a_word_of_the_fact_that_is_used_of_other_things_is_not_followed(
    embedder: Embedder,
) -> None:
    """The debts were in euros, and so was a kitchen, which went along with them: three turns very
    near to the query outweighed four that were not."""
    memory = opened(embedder=embedder)
    others = [
        "The limit for Lucinda's kitchen is 21,510 euros.",
        "I put the 21,510 euros for Lucinda's kitchen in the sheet.",
        "The fitter told her that 21,510 euros buy a plain kitchen.",
        "With 21,510 euros the kitchen will have no marble.",
    ]
    planted = [
        "All my debts together are 3,480 euros.",
        "I cannot sleep over debts of 3,480 euros.",
        "My brother must not know of the 3,480 euros of debts.",
    ]
    for text in (*others, *planted):
        memory.add("user", text)
    memory.erase("my debts")
    assert [turn.text for turn in memory.turns()] == others


def test_an_erasure_cut_off_before_the_log_was_emptied_is_finished_at_the_next_opening(
    tmp_path: Path, hashing: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after kill -9 between the deletion and the emptying of the log."""
    path = tmp_path / "m.db"
    memory = filled(path, hashing)

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(memory._store, "truncate_log", killed)
        with pytest.raises(KeyboardInterrupt):
            memory.erase(text=SECRET)
    assert memory._store.meta("unfinished") == 1
    assert SECRET.encode() in bytes_of(path)
    with opened(path, embedder=hashing) as again:
        assert again._store.meta("unfinished") == 0
        assert SECRET.encode() not in bytes_of(path)
    memory.close()


def test_no_statement_outlasts_the_deletion(tmp_path: Path, hashing: HashEmbedder) -> None:
    """One that did, with the thread of the summaries at work, made the emptying of the log fail one
    time in a few hundred: "locked", with the text still in it."""
    memory = filled(tmp_path / "m.db", hashing)
    running: set[int] = set()
    open_at_commit: list[int] = []

    def note(event: dict[str, Any]) -> None:
        if event["code"] == apsw.SQLITE_TRACE_STMT:
            if event["sql"] == "COMMIT":
                open_at_commit.append(len(running))
            running.add(event["id"])
        else:
            running.discard(event["id"])

    mask = apsw.SQLITE_TRACE_STMT | apsw.SQLITE_TRACE_PROFILE
    with memory._store.connection() as connection:
        connection.trace_v2(mask, note)
        removal.remove(memory._store, Scope("ann"), [1, 2])
        connection.trace_v2(0)
    assert open_at_commit == [0]


def test_a_log_that_is_locked_is_no_failure_of_the_deletion(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    """It once said that nothing was changed, when the turns were gone and their bytes were not."""
    path = tmp_path / "m.db"
    memory = filled(path, hashing)
    with memory._store.connection() as connection:
        still_reading = connection.execute("SELECT id FROM turns")
        next(still_reading)
        assert memory.erase(text=SECRET).incomplete
        still_reading.close()
    memory.close()
    opened(path, embedder=hashing).close()
    assert SECRET.encode() not in bytes_of(path)
