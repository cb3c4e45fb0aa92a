"""The database's shape, in numbered steps. A step and its record share one transaction."""

from __future__ import annotations

from typing import Any

from .errors import StoreBroken, StoreTooNew

__all__ = ["APPLICATION", "MIGRATIONS", "migrate"]

APPLICATION = 0x676D656D  # "gmem": marks a file as ours

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES ('revision', 0), ('unfinished', 0);
    CREATE TABLE users (
        user TEXT PRIMARY KEY,
        revision INTEGER NOT NULL,  -- grows with every change
        epoch INTEGER NOT NULL      -- grows when something is taken away
    ) WITHOUT ROWID;
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user TEXT NOT NULL, conversation TEXT NOT NULL,
        ordinal INTEGER NOT NULL,   -- place in its conversation
        role TEXT NOT NULL, speaker TEXT NOT NULL,
        time REAL NOT NULL,         -- seconds since 1970, UTC
        pinned INTEGER NOT NULL DEFAULT 0,
        recalls INTEGER NOT NULL DEFAULT 0,
        recalled INTEGER,           -- the conversation's length when last recalled
        text TEXT NOT NULL
    );
    CREATE INDEX turns_by_user ON turns (user);
    CREATE UNIQUE INDEX turns_by_place ON turns (user, conversation, ordinal);
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        turn INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        question INTEGER NOT NULL,  -- asks rather than tells
        terms BLOB NOT NULL,        -- CRC-32 of each stemmed content word, little endian
        vector BLOB NOT NULL,       -- float32, little endian, of length 1
        text TEXT                   -- NULL: the whole turn
    );
    CREATE INDEX chunks_by_turn ON chunks (turn);
    CREATE TABLE facts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user TEXT NOT NULL, conversation TEXT NOT NULL,
        turn INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        subject TEXT NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL,
        over INTEGER NOT NULL,      -- says that it no longer holds
        time REAL NOT NULL, text TEXT NOT NULL
    );
    CREATE INDEX facts_by_scope ON facts (user, conversation);
    CREATE INDEX facts_by_turn ON facts (turn);
    CREATE TABLE summaries (
        user TEXT NOT NULL, conversation TEXT NOT NULL,
        block INTEGER NOT NULL,     -- of 100 turns; -1 is the summary of finished blocks
        position INTEGER NOT NULL,
        turn INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        text TEXT NOT NULL, score REAL NOT NULL,
        PRIMARY KEY (user, conversation, block, position)
    ) WITHOUT ROWID;
    CREATE INDEX summaries_by_turn ON summaries (turn);
    CREATE TABLE blocks (
        user TEXT NOT NULL, conversation TEXT NOT NULL, block INTEGER NOT NULL,
        upto INTEGER NOT NULL,      -- the place after the last turn (or block) taken in
        PRIMARY KEY (user, conversation, block)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE fact_terms (       -- CRC-32 of the stemmed content words of a fact's sentence
        user TEXT NOT NULL, term INTEGER NOT NULL,
        fact INTEGER NOT NULL REFERENCES facts (id) ON DELETE CASCADE,
        PRIMARY KEY (user, term, fact)
    ) WITHOUT ROWID;
    CREATE INDEX fact_terms_by_fact ON fact_terms (fact);
    CREATE TABLE links (            -- two sentences of the same thing
        newer INTEGER NOT NULL REFERENCES facts (id) ON DELETE CASCADE,
        older INTEGER NOT NULL REFERENCES facts (id) ON DELETE CASCADE,
        changed INTEGER NOT NULL,   -- they say different things of it
        PRIMARY KEY (newer, older)
    ) WITHOUT ROWID;
    CREATE INDEX links_by_older ON links (older);
    """,
)


def migrate(connection: Any) -> None:
    """Bring a database to the newest shape. A failing step leaves the file as it was.

    Raises ``StoreBroken`` for a file that is not ours, ``StoreTooNew`` for a newer one.
    """
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited for the lock.
        for number in range(_version(connection), len(MIGRATIONS)):
            connection.execute(MIGRATIONS[number])
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: Any) -> int:
    application = connection.pragma("application_id")
    version = int(connection.pragma("user_version"))
    tables = next(connection.execute("SELECT count(*) FROM sqlite_schema"))[0]
    if application != APPLICATION and (tables or version or application):
        raise StoreBroken(
            "this is a SQLite database of another program, not a memory; choose another file"
        )
    if version > len(MIGRATIONS):
        raise StoreTooNew(
            f"the database has version {version}, this release knows {len(MIGRATIONS)}; "
            "upgrade guardrail-memory to open it"
        )
    return version
