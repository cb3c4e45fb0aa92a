"""The faults of ``benchmarks.faults``: one run of each, and what was found afterwards."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from benchmarks.faults_writer import Hashed, exchange, write_exchanges
from memory import DualMemory, StoreFault

__all__ = [
    "Outcome",
    "crowd_of_processes",
    "crowd_of_threads",
    "damaged_file",
    "full_disk",
    "kill",
    "kill_while_erasing",
    "torn_log",
]

_ASKED = 5  # recalls after each fault


@dataclass
class Outcome:
    """Exchanges reported stored, and what of them was not as it should be."""

    reported: int = 0
    lost: int = 0
    half: int = 0
    wrong: int = 0
    refused: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.reported + other.reported,
            self.lost + other.lost,
            self.half + other.half,
            self.wrong + other.wrong,
            self.refused + other.refused,
        )


def kill(path: Path, seed: int) -> Outcome:
    """A process that writes is killed at a random moment, also while it opens the file."""
    random_ = random.Random(seed)
    writer = _writer(path, "w", 10_000)
    if random_.random() < 0.1:  # in the middle of making the file
        time.sleep(random_.uniform(0, 0.6))
    else:
        _line(writer)
        time.sleep(random_.expovariate(8))
    return _look(path, {"w": _killed(writer)}, random_)


def kill_while_erasing(path: Path, seed: int) -> Outcome:
    """A process that erases is killed; each exchange is whole afterwards, or gone whole."""
    random_ = random.Random(seed)
    with DualMemory(path, user="ann", embedder=Hashed()) as memory:
        write_exchanges(memory, "w", 40)
    eraser = _python("erase", path, "w", 40)
    _line(eraser)
    time.sleep(random_.uniform(0, 0.15))
    erased = max(0, _killed(eraser) - 1)
    found = _look(path, {"w": 40}, random_, gone=erased)
    with DualMemory(path, user="ann", embedder=Hashed()) as memory:
        # Opening finished what was begun.
        texts = [exchange("w", number)[0] for number in range(erased)]
        found.wrong += bool(texts) and not memory.verify(texts).clean
    return found


def crowd_of_processes(path: Path, seed: int) -> Outcome:
    """Four processes write one file at once."""
    writers = {name: _writer(path, name, 40) for name in "abcd"}
    done = {name: len(writer.communicate()[0].splitlines()) for name, writer in writers.items()}
    short = sum(40 - number for number in done.values())  # a writer that gave up
    found = _look(path, done, random.Random(seed))
    found.lost += short
    return found


def crowd_of_threads(path: Path, seed: int) -> Outcome:
    """Eight threads write through one memory while they recall."""
    names = "abcdefgh"
    with DualMemory(path, user="ann", embedder=Hashed()) as memory:
        threads = [Thread(target=write_exchanges, args=(memory, name, 25)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return _look(path, dict.fromkeys(names, 25), random.Random(seed))


def full_disk(path: Path, seed: int) -> Outcome:
    """The system refuses to let files grow while a process writes; it reports what it stored."""
    random_ = random.Random(seed)
    limit = random_.randrange(200_000, 900_000)
    writer = _python("write", path, "w", 10_000, limit=limit)
    output, _ = writer.communicate()
    found = _look(path, {"w": len(output.splitlines())}, random_)
    found.wrong += writer.returncode != 3  # it should have ended with StoreUnwritable
    return found


def torn_log(path: Path, seed: int) -> Outcome:
    """The log's end is cut off or changed, as after a power cut: a disk may lose what it had not
    yet written, so only that the rest is whole and in order is asked, nothing about the end."""
    random_ = random.Random(seed)
    writer = _writer(path, "w", 10_000)
    while int(_line(writer) or 30) < 30:
        pass
    _killed(writer)
    log = Path(f"{path}-wal")
    data = bytearray(log.read_bytes())
    if random_.random() < 0.5:
        data = data[: random_.randrange(len(data))]
    else:
        place = random_.randrange(len(data))
        data[place : place + 64] = random_.randbytes(64)
    log.write_bytes(data)
    return _look(path, {"w": 0}, random_)


def damaged_file(path: Path, seed: int) -> Outcome:
    """Bytes of the database itself are changed: it may refuse, it must not answer wrongly."""
    random_ = random.Random(seed)
    with DualMemory(path, user="ann", embedder=Hashed()) as memory:
        write_exchanges(memory, "w", 60)
    data = bytearray(path.read_bytes())
    place = random_.randrange(len(data) - 512)
    data[place : place + 512] = random_.randbytes(512)
    path.write_bytes(data)
    found = _look(path, {"w": 60}, random_)
    return Outcome(60, wrong=found.wrong, half=found.half, lost=found.lost, refused=found.refused)


def _look(
    path: Path, reported: dict[str, int], random_: random.Random, *, gone: int = 0
) -> Outcome:
    """Open the file as anybody would after a fault, and count."""
    found = Outcome(reported=sum(reported.values()))
    try:
        with DualMemory(path, user="ann", embedder=Hashed()) as memory:
            for name, number in reported.items():
                found += _compared(memory, name, number, gone, random_)
            memory.add("user", "it goes on", conversation="after")
    except StoreFault:
        found.refused += 1
    return found


def _compared(
    memory: DualMemory, name: str, reported: int, gone: int, random_: random.Random
) -> Outcome:
    """What is stored under a name beside what was reported."""
    texts = [turn.text for turn in memory.turns(conversation=name)]
    pairs = [exchange(name, number) for number in range(reported + len(texts) + 1)]
    there = set(texts)
    kept = [pair for pair in pairs if pair[0] in there and pair[1] in there]
    found = Outcome()
    found.half = sum((one in there) != (other in there) for one, other in pairs)
    found.half += _without_chunk(memory, name)
    found.lost = sum(pair not in kept for pair in pairs[min(gone + 1, reported) : reported])
    found.wrong = len(there - {text for pair in pairs for text in pair})
    for question, _ in random_.sample(kept, min(_ASKED, len(kept))):
        episodes = memory.recall(question, conversation=name).episodes
        found.wrong += question not in [episode.text for episode in episodes]
    return found


def _without_chunk(memory: DualMemory, name: str) -> int:
    sql = (
        "SELECT count(*) FROM turns WHERE conversation = ? "
        "AND NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.turn = turns.id)"
    )
    return int(memory._store.rows(sql, (name,))[0][0])


def _writer(path: Path, name: str, number: int) -> subprocess.Popen[str]:
    return _python("write", path, name, number)


def _python(
    task: str, path: Path, name: str, number: int, *, limit: int | None = None
) -> subprocess.Popen[str]:
    def confined() -> None:
        if limit is not None:  # a write beyond it fails, as on a full disk
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.faults_writer", task, str(path), name, str(number)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=confined,
    )


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _killed(process: subprocess.Popen[str]) -> int:
    """Kill it; how many exchanges it reported in all."""
    process.kill()
    output, _ = process.communicate()
    lines = [line for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return int(lines[-1]) if lines else 0
