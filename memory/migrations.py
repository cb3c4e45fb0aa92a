"""The database's shape, in numbered steps. A step and its record share one transaction."""

from __future__ import annotations

from typing import Any

from .errors import StoreBroken, StoreTooNew

__all__ = ["APPLICATION", "MIGRATIONS", "migrate"]

APPLICATION = 0x676D656D  # "gmem": marks a file as ours

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES ('revision', 0), ('epoch', 0), ('unfinished', 0);
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user TEXT NOT NULL, conversation TEXT NOT NULL,
        role TEXT NOT NULL, speaker TEXT NOT NULL, text TEXT NOT NULL,
        time REAL NOT NULL  -- seconds since 1970, UTC
    );
    CREATE INDEX turns_by_scope ON turns (user, conversation, id);
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        turn INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        vector BLOB NOT NULL  -- float32, little endian, of length 1
    );
    CREATE INDEX chunks_by_turn ON chunks (turn);
    CREATE VIRTUAL TABLE words USING fts5 (body, tokenize = "porter unicode61");
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
    CREATE TABLE summaries (
        user TEXT NOT NULL, conversation TEXT NOT NULL,
        level INTEGER NOT NULL, block INTEGER NOT NULL, position INTEGER NOT NULL,
        turn INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        text TEXT NOT NULL, score REAL NOT NULL,
        PRIMARY KEY (user, conversation, level, block, position)
    ) WITHOUT ROWID;
    CREATE INDEX summaries_by_turn ON summaries (turn);
    CREATE TABLE summarised (
        user TEXT NOT NULL, conversation TEXT NOT NULL,
        upto INTEGER NOT NULL, turns INTEGER NOT NULL,
        PRIMARY KEY (user, conversation)
    ) WITHOUT ROWID;
    """,
)


def migrate(connection: Any) -> None:
    """Bring a database to the newest shape. A failing step leaves the file as it was.

    Raises ``StoreBroken`` for a file that is not ours, ``StoreTooNew`` for a newer one.
    """
    application = connection.pragma("application_id")
    version = connection.pragma("user_version")
    tables = next(connection.execute("SELECT count(*) FROM sqlite_schema"))[0]
    if application != APPLICATION and (tables or version):
        raise StoreBroken(
            "this is a SQLite database of another program, not a memory; choose another file"
        )
    if version > len(MIGRATIONS):
        raise StoreTooNew(
            f"the database has version {version}, this release knows {len(MIGRATIONS)}; "
            "upgrade guardrail-memory to open it"
        )
    if version == len(MIGRATIONS) and application == APPLICATION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited for the lock.
        for number in range(connection.pragma("user_version"), len(MIGRATIONS)):
            connection.execute(MIGRATIONS[number])
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
