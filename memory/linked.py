"""Writing what a turn states, with the statements before and after it that are of the same thing.

Candidates are found by the words of their sentences in an index and are few, however much was
said. A link is a matter of two sentences alone, so one erased takes its links along and leaves
those of the others as they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import apsw

from .linking import link
from .rules import Assertion
from .statements import read
from .turns import Turn
from .words import hashes

__all__ = ["write_facts"]

_TERMS = 12  # words of a sentence that are looked up
_LATEST = 40  # statements with a word that are looked at, the latest ones
_CANDIDATES = 12  # that are compared


def write_facts(connection: apsw.Connection, turn: Turn, stated: Sequence[Assertion]) -> None:
    """Store what a turn states, inside the caller's transaction. O(1) in what is stored."""
    written: dict[str, int] = {}
    for assertion in stated:
        connection.execute(
            "INSERT INTO facts (user, conversation, turn, subject, attribute, value, over, time, "
            "text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                turn.user,
                turn.conversation,
                turn.id,
                turn.speaker,
                assertion.attribute,
                assertion.value,
                int(assertion.over),
                turn.time.timestamp(),
                assertion.text,
            ),
        )
        # Once for each sentence: what rules found in it has their attributes beside.
        if assertion.text not in written:
            written[assertion.text] = connection.last_insert_rowid()
            _link(connection, turn, written[assertion.text], assertion.text)


def _link(connection: apsw.Connection, turn: Turn, fact: int, text: str) -> None:
    statement = read(text)
    words = hashes(dict.fromkeys(statement.content)).tolist()[:_TERMS]
    for other, time, told in _candidates(connection, turn, words):
        mine, its = statement, read(told)
        before = time > turn.time.timestamp()  # said later, though stored before: an import
        found = link(mine, its) if before else link(its, mine)
        if found is not None:
            connection.execute(
                "INSERT INTO links VALUES (?, ?, ?)",
                (*((other, fact) if before else (fact, other)), int(found.changed)),
            )
    connection.executemany(
        "INSERT OR IGNORE INTO fact_terms VALUES (?, ?, ?)",
        [(turn.user, word, fact) for word in words],
    )


def _candidates(
    connection: apsw.Connection, turn: Turn, words: Sequence[int]
) -> list[tuple[int, float, str]]:
    """The id, time and text of what the same speaker stated with most of the same words."""
    counts = Counter(
        fact
        for word in words
        for (fact,) in connection.execute(
            "SELECT fact FROM fact_terms WHERE user = ? AND term = ? ORDER BY fact DESC LIMIT ?",
            (turn.user, word, _LATEST),
        )
    )
    best = sorted(counts, key=lambda fact: (-counts[fact], -fact))[:_CANDIDATES]
    rows = [
        row
        for fact in best
        for row in connection.execute(
            "SELECT id, time, text FROM facts WHERE id = ? AND lower(subject) = lower(?)",
            (fact, turn.speaker),
        )
    ]
    return [(int(id_), float(time), str(text)) for id_, time, text in rows]
