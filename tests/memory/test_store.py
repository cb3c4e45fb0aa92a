"""The store: what is committed is there, what is not is not, whoever else is at the file."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
import stat
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest

from memory import (
    BadInput,
    DualMemory,
    EmbedderMismatch,
    NewTurn,
    StoreBroken,
    StoreFault,
    StoreTooNew,
    StoreUnwritable,
    migrations,
)

from .conftest import HashEmbedder, opened

LONG_AGO = datetime(2020, 5, 1, 9, 30, tzinfo=UTC)


def texts(memory: DualMemory, **scope: Any) -> list[str]:
    return [turn.text for turn in memory.turns(**scope)]


def test_turns_come_back_as_they_were_given(tmp_path: Path, hashing: HashEmbedder) -> None:
    with opened(tmp_path / "m.db", embedder=hashing) as memory:
        stored = memory.add("user", "Łódź\n 🙂 \t", speaker="Ada", time=LONG_AGO)
    with opened(tmp_path / "m.db", embedder=hashing) as memory:
        assert memory.turns() == [stored]
    assert (stored.text, stored.speaker, stored.time) == ("Łódź\n 🙂 \t", "Ada", LONG_AGO)


def test_the_files_are_private(tmp_path: Path, hashing: HashEmbedder) -> None:
    with opened(tmp_path / "m.db", embedder=hashing) as memory:
        memory.add("user", "x")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_scopes_are_kept_apart(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    memory.add("user", "lemon cake", user="ada", conversation="one")
    memory.add("user", "lemon tart", user="ada", conversation="two")
    memory.add("user", "lemon pie", user="bo", conversation="one")
    found = memory.recall("lemon", user="ada", conversation="one").episodes
    assert [episode.text for episode in found] == ["lemon cake"]
    found = memory.recall("lemon", user="ada", conversation=None).episodes
    assert {episode.text for episode in found} == {"lemon cake", "lemon tart"}
    assert texts(memory, user="bo", conversation=None) == ["lemon pie"]
    assert memory.conversations(user="ada") == ["two", "one"]
    assert memory.summary(user="nobody") == ""


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda m: m.add("user", " \n"), "empty text"),
        (lambda m: m.add("user", "half a \ud83d pair"), "lone surrogate at 7"),
        (lambda m: m.add("user", "x", user=""), "user is ''"),
        (lambda m: m.add("user", "x", conversation=None), "needs a conversation"),
        (lambda m: m.recall(""), "empty query"),
        (lambda m: m.recall("x", k=0), "k is 0"),
        (lambda m: m.recall("x", user=None), "user is None"),
        (lambda m: m.erase(), "say what to erase"),
        (lambda m: m.erase("x", everything=True), "say what to erase"),
        (lambda m: m.erase(text=" "), "empty text to erase"),
        (lambda m: m.add_turns([NewTurn(role="user", text="x")], embedded=[]), "1 turns and 0"),
    ],
)
def test_bad_input(call: Any, complaint: str, hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    with pytest.raises(BadInput, match=complaint):
        call(memory)
    assert memory.stats().turns == 0


def test_several_turns_are_stored_whole_or_not_at_all(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    with pytest.raises(BadInput):
        memory.add_turns([NewTurn(role="user", text="first"), NewTurn(role="user", text=" ")])
    assert memory.stats().turns == 0
    assert memory.recall("first").episodes == ()


def test_a_megabyte_is_remembered_and_found(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    filler = "nothing to see here at all today. " * 15_000
    memory.add("user", filler + " The keyword is heliotrope. " + filler)
    episode = memory.recall("heliotrope keyword").episodes[0]
    assert "heliotrope" in episode.text
    assert len(episode.text) < 1100


def test_a_closed_memory_says_so(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    memory.close()
    memory.close()
    with pytest.raises(StoreFault, match="closed"):
        memory.add("user", "x")


def test_no_database(tmp_path: Path, hashing: HashEmbedder) -> None:
    path = tmp_path / "m.db"
    path.write_bytes(b"These are my letters. " * 500)
    with pytest.raises(StoreBroken, match="damaged or no database"):
        opened(path, embedder=hashing)
    assert path.read_bytes().startswith(b"These are my letters.")


def test_another_programs_database(tmp_path: Path, hashing: HashEmbedder) -> None:
    path = tmp_path / "m.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name)")
    other.close()
    with pytest.raises(StoreBroken, match="another program"):
        opened(path, embedder=hashing)


def test_a_newer_database(tmp_path: Path, hashing: HashEmbedder) -> None:
    path = tmp_path / "m.db"
    opened(path, embedder=hashing).close()
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(StoreTooNew, match=r"version 99.*upgrade"):
        opened(path, embedder=hashing)


def test_a_torn_database(tmp_path: Path, hashing: HashEmbedder) -> None:
    path = tmp_path / "m.db"
    with opened(path, embedder=hashing) as memory:
        for number in range(200):
            memory.add("user", f"turn number {number}")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreBroken, match="restore a copy"):
        opened(path, embedder=hashing).turns()


def test_a_text_whose_bytes_are_no_text(tmp_path: Path, hashing: HashEmbedder) -> None:
    """SQLite sees nothing wrong in it; it came up as a bare UnicodeDecodeError."""
    path = tmp_path / "m.db"
    with opened(path, embedder=hashing) as memory:
        memory.add("user", "turn number one of some")
    path.write_bytes(path.read_bytes().replace(b"number one of", b"number \x96ne of"))
    with opened(path, embedder=hashing) as memory, pytest.raises(StoreBroken, match="is damaged"):
        memory.turns()


def test_another_embedder(tmp_path: Path, hashing: HashEmbedder) -> None:
    """Vectors of two models compared with each other are nonsense that looks like an answer."""
    opened(tmp_path / "m.db", embedder=hashing).close()
    with pytest.raises(EmbedderMismatch, match=r"'hash' \(64 numbers\), opened with 'other'"):
        opened(tmp_path / "m.db", embedder=HashEmbedder("other"))


def test_no_folder(tmp_path: Path, hashing: HashEmbedder) -> None:
    with pytest.raises(StoreUnwritable, match="no folder"):
        opened(tmp_path / "no" / "m.db", embedder=hashing)
    with pytest.raises(StoreUnwritable, match="is a folder"):
        opened(tmp_path, embedder=hashing)


def test_a_full_disk_loses_nothing(tmp_path: Path, hashing: HashEmbedder) -> None:
    """The limit on pages is SQLite's own way of a full disk; it raises the same error."""
    with opened(tmp_path / "m.db", embedder=hashing) as memory:
        memory.add("user", "before")
        pages = memory._store.rows("PRAGMA page_count")[0][0]
        memory._store.rows(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreUnwritable, match="disk is full"):
            memory.add("user", "word " * 20_000)
        assert texts(memory) == ["before"]
        memory._store.rows("PRAGMA max_page_count = 1000000")
        memory.add("user", "after")
    with opened(tmp_path / "m.db", embedder=hashing) as memory:
        assert texts(memory) == ["before", "after"]


def test_a_read_only_file_is_named(tmp_path: Path, hashing: HashEmbedder) -> None:
    """Opened through SQLite's own immutable flag, because tests may run as root."""
    path = tmp_path / "m.db"
    opened(path, embedder=hashing).close()
    memory = opened(path, embedder=hashing)
    memory._store.rows("PRAGMA query_only = ON")
    with pytest.raises(StoreUnwritable, match="read-only"):
        memory.add("user", "x")


def test_a_failing_migration_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hashing: HashEmbedder
) -> None:
    path = tmp_path / "m.db"
    with opened(path, embedder=hashing) as memory:
        memory.add("user", "kept")
    steps = (*migrations.MIGRATIONS, "CREATE TABLE extra (x); SELECT nonsense FROM nowhere")
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", steps)
        with pytest.raises(apsw.SQLError):
            opened(path, embedder=hashing)
    with opened(path, embedder=hashing) as memory:
        assert texts(memory) == ["kept"]
        assert memory._store.rows("PRAGMA user_version") == [(len(migrations.MIGRATIONS),)]
        assert not memory._store.rows("SELECT 1 FROM sqlite_schema WHERE name = 'extra'")


def write_for_ever(path: str, started: Any) -> None:
    memory = opened(path, embedder=HashEmbedder())
    number = 0
    while True:
        memory.add_turns(
            [
                NewTurn(role="user", text=f"question {number}"),
                NewTurn(role="assistant", text=f"answer {number}"),
            ]
        )
        number += 1
        started.set()


@pytest.mark.parametrize("delay", [0.0, 0.013, 0.037, 0.101])
def test_kill_9_leaves_whole_turns(tmp_path: Path, delay: float, hashing: HashEmbedder) -> None:
    """After any kill: every finished exchange, no half one, and its chunks with it."""
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    path = str(tmp_path / "m.db")
    process = context.Process(target=write_for_ever, args=(path, started))
    process.start()
    assert started.wait(60)
    time.sleep(delay)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with opened(path, embedder=hashing) as memory:
        found = texts(memory)
        assert len(found) >= 2
        assert found == [
            f"{kind} {n}" for n in range(len(found) // 2) for kind in ("question", "answer")
        ]
        assert memory._store.rows("SELECT count(*) FROM chunks") == [(len(found),)]
        assert memory._store.rows("PRAGMA integrity_check") == [("ok",)]
        memory.add("user", "goes on")


def write_some(path: str, name: str) -> None:
    with opened(path, embedder=HashEmbedder()) as memory:
        for number in range(25):
            memory.add("user", f"{name} {number}")


def test_many_processes_write_one_file(tmp_path: Path, hashing: HashEmbedder) -> None:
    context = multiprocessing.get_context("spawn")
    path = str(tmp_path / "m.db")
    watcher = opened(path, embedder=hashing)
    assert watcher.recall("a 1").episodes == ()
    processes = [context.Process(target=write_some, args=(path, name)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert watcher.stats().turns == 75
    # What others wrote is recalled by an instance that was open all along.
    assert watcher.recall("b 17", k=1).episodes[0].text == "b 17"
    watcher.close()


def test_many_threads_use_one_memory(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(20):
                memory.add("user", f"{name} {number}", conversation=name)
                memory.recall(f"{name} {number}", conversation=name)
                memory.summary(conversation=name)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is looked at below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert memory.stats().turns == 80


def test_a_copy_taken_with_its_log_is_whole(tmp_path: Path, hashing: HashEmbedder) -> None:
    memory = opened(tmp_path / "m.db", embedder=hashing)
    memory.add("user", "first")
    for end in ("", "-wal"):
        shutil.copy(f"{tmp_path / 'm.db'}{end}", f"{tmp_path / 'copy.db'}{end}")
    with opened(tmp_path / "copy.db", embedder=hashing) as copy:
        assert texts(copy) == ["first"]
    memory.close()
