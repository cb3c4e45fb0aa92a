"""A memory for long conversations, embedded, usable by itself.

``DualMemory`` is the door: a running summary and hybrid recall over one SQLite file, prompts inside
a token budget, erasure for real. Importing this package loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dual import DualMemory
    from .embedding import (
        Embedded,
        Embedder,
        default_embedder,
        embed_text,
        embed_texts,
        load_embedder,
    )
    from .episodic import Withhold
    from .errors import (
        BadInput,
        EmbedderMismatch,
        EmbedderMissing,
        MemoryFault,
        PromptTooLong,
        StoreBroken,
        StoreFault,
        StoreTooNew,
        StoreUnwritable,
    )
    from .prompt import Prompt
    from .turns import Episode, NewTurn, Recall, Receipt, Stats, Turn, Verification

# By this a program can tell our package from a file called memory.py beside its script.
__distribution__ = "guardrail-memory"

__all__ = [
    "BadInput",
    "DualMemory",
    "Embedded",
    "Embedder",
    "EmbedderMismatch",
    "EmbedderMissing",
    "Episode",
    "MemoryFault",
    "NewTurn",
    "Prompt",
    "PromptTooLong",
    "Recall",
    "Receipt",
    "Stats",
    "StoreBroken",
    "StoreFault",
    "StoreTooNew",
    "StoreUnwritable",
    "Turn",
    "Verification",
    "Withhold",
    "default_embedder",
    "embed_text",
    "embed_texts",
    "load_embedder",
]

_MODULES = {
    "dual": "DualMemory",
    "embedding": "Embedded Embedder default_embedder embed_text embed_texts load_embedder",
    "episodic": "Withhold",
    "errors": "BadInput EmbedderMismatch EmbedderMissing MemoryFault PromptTooLong StoreBroken "
    "StoreFault StoreTooNew StoreUnwritable",
    "prompt": "Prompt",
    "turns": "Episode NewTurn Recall Receipt Stats Turn Verification",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
