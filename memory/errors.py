"""Every error the memory raises on purpose.

::

    MemoryFault
    ├── BadInput            a text, scope or argument that cannot be used
    │   └── PromptTooLong   system text and message alone are over the budget
    ├── EmbedderMismatch    the database was made with another embedder
    ├── EmbedderMissing     the embedder is not installed or cannot be loaded
    └── StoreFault          the database
        ├── StoreBroken     damaged, or no database of ours
        ├── StoreTooNew     written by a newer release
        └── StoreUnwritable disk full, read-only, locked

Messages name what was received and what mends it, and never hold remembered text.
"""

from __future__ import annotations

__all__ = [
    "BadInput",
    "EmbedderMismatch",
    "EmbedderMissing",
    "MemoryFault",
    "PromptTooLong",
    "StoreBroken",
    "StoreFault",
    "StoreTooNew",
    "StoreUnwritable",
]


class MemoryFault(Exception):
    """Base class of every error raised on purpose by ``memory``."""


class BadInput(MemoryFault, ValueError):
    """A text, a scope or an argument cannot be used as it is."""


class PromptTooLong(BadInput):
    """The system text and the message alone are over the token budget."""


class EmbedderMismatch(MemoryFault):
    """The vectors of the database come from another embedder than the one given."""


class EmbedderMissing(MemoryFault):
    """The embedder is not installed, or its files cannot be loaded."""


class StoreFault(MemoryFault):
    """The database cannot be used."""


class StoreBroken(StoreFault):
    """The file is damaged, or is no memory database."""


class StoreTooNew(StoreFault):
    """The database was written by a newer release."""


class StoreUnwritable(StoreFault):
    """The database cannot be written: disk full, read-only, or locked for too long."""
