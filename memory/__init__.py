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
        windows,
    )
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
    from .products import cosines
    from .prompt import CountTokens, Prompt
    from .reembedding import reembed
    from .references import carried
    from .rules import Assertion, FactExtractor, RuleExtractor
    from .settings import MemorySettings, Retention
    from .summarizers import (
        ExtractiveSummarizer,
        Line,
        Summarizer,
        WrittenSummarizer,
        seq2seq,
    )
    from .telling import StatementExtractor
    from .turns import Episode, Fact, NewTurn, Recall, Receipt, Stats, Subject, Turn, Verification
    from .withholding import Withhold

# By this a program can tell our package from a file called memory.py beside its script.
__distribution__ = "guardrail-memory"

__all__ = [
    "Assertion",
    "BadInput",
    "CountTokens",
    "DualMemory",
    "Embedded",
    "Embedder",
    "EmbedderMismatch",
    "EmbedderMissing",
    "Episode",
    "ExtractiveSummarizer",
    "Fact",
    "FactExtractor",
    "Line",
    "MemoryFault",
    "MemorySettings",
    "NewTurn",
    "Prompt",
    "PromptTooLong",
    "Recall",
    "Receipt",
    "Retention",
    "RuleExtractor",
    "StatementExtractor",
    "Stats",
    "StoreBroken",
    "StoreFault",
    "StoreTooNew",
    "StoreUnwritable",
    "Subject",
    "Summarizer",
    "Turn",
    "Verification",
    "Withhold",
    "WrittenSummarizer",
    "carried",
    "cosines",
    "default_embedder",
    "embed_text",
    "embed_texts",
    "load_embedder",
    "reembed",
    "seq2seq",
    "windows",
]

_MODULES = {
    "dual": "DualMemory",
    "embedding": "Embedded Embedder default_embedder embed_text embed_texts load_embedder windows",
    "errors": "BadInput EmbedderMismatch EmbedderMissing MemoryFault PromptTooLong StoreBroken "
    "StoreFault StoreTooNew StoreUnwritable",
    "prompt": "CountTokens Prompt",
    "products": "cosines",
    "reembedding": "reembed",
    "references": "carried",
    "rules": "Assertion FactExtractor RuleExtractor",
    "settings": "MemorySettings Retention",
    "summarizers": "ExtractiveSummarizer Line Summarizer WrittenSummarizer seq2seq",
    "telling": "StatementExtractor",
    "turns": "Episode Fact NewTurn Recall Receipt Stats Subject Turn Verification",
    "withholding": "Withhold",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
