"""What a turn costs beside the model's own work: by stage, by how much is remembered.

    python -m benchmarks.turn_cost [--chunks 1000,10000] [--targets 100] [--tokens N] [--json F]

A made-up dialogue (``benchmarks.dialogue_maker``) of so many turns is remembered, so many people
who do not occur in it are targets, and facts of it are asked for in a new chat that answers with
the model; each turn is stored, and a second is left for reading the reply, in which the memory gets
ready for the next. Milliseconds: ``embed`` the message, ``detect``, ``compose`` (recall and the
prompt), ``reply`` (what making the reply takes longer than transformers' ``generate``: the checks
of sentences, as far as they do not run beside the decoding, and inside it the masks), ``store``;
``total`` is the whole turn less ``generate`` without the masks. ``forward`` is ``total`` with all
of ``generate`` but the model's forward passes in it as well. A reply that is cut at ``--tokens``
has its last sentence checked after the end, not while its end is decoded; ``cut`` says how many
were. HEMA's paper gives 180 ms a turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.dialogue_maker import make_dialogue
from benchmarks.dialogue_memories import remember
from benchmarks.dialogue_words import LAST, MEN, TOPICS, WOMEN
from guardrail.chat import ALONE, GuardedChat
from guardrail.generation.engine import Generation
from guardrail.generation.models import LoadedModel, load
from guardrail.restriction.processor import GuardLogitsProcessor
from guardrail.settings import Settings
from guardrail.targets import ForgetSet, Target
from memory import DualMemory, embed_texts

STAGES = ("embed", "detect", "compose", "reply", "store", "total", "forward")
_WARM = 3  # turns before the first that counts
_READING = 1.0  # seconds
_TOKENS = 256  # the default of the settings


def main() -> None:
    """Measure, print a table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", default="1000,10000")
    parser.add_argument("--targets", type=int, default=100)
    parser.add_argument("--questions", type=int, default=24)
    parser.add_argument("--tokens", type=int, default=_TOKENS, help="of a reply, at most")
    parser.add_argument("--model", help="hub name or folder; default SmolLM2-135M-Instruct")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    loaded = load(given.model, device=given.device)
    sizes = [int(size) for size in given.chunks.split(",")]
    table = {
        str(size): measure(size, given.targets, given.questions, given.tokens, loaded)
        for size in sizes
    }
    figures = {
        "model": loaded.name,
        "targets": given.targets,
        "chunks": sizes[-1],
        **{f"{stage}_ms": table[str(sizes[-1])][stage][1] for stage in STAGES},
        "quartiles_by_chunks": table,
    }
    show(table)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


def measure(
    chunks: int, targets: int, questions: int, tokens: int, loaded: LoadedModel
) -> dict[str, Any]:
    """Quartiles of each stage with so many chunks remembered."""
    dialogue = make_dialogue(chunks, 0)
    rows: list[dict[str, float]] = []
    cut: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        memory = DualMemory(Path(folder) / "memory.db", **ALONE)
        read = embed_texts([turn.text for turn in dialogue.turns], memory.embedder)
        remember(dialogue, read, memory)
        memory.embedder.clear()
        settings = Settings(own_words=False, max_new_tokens=tokens)
        guard_chat = GuardedChat(loaded, memory=memory, settings=settings)
        for target in strangers(targets):
            guard_chat.forget_set.add(target)
        guard_chat.guard.prepare()
        with guard_chat as chat, decoding_time(loaded.model) as spent:
            for fact in dialogue.facts[: questions + _WARM]:
                spent.clear()
                reply = chat.send(fact.question)
                rows.append(_stages(reply.timings, spent))
                cut.append(reply.finish_reason == "length")
                time.sleep(_READING)
    first = min(_WARM, len(rows) - 2)
    rows = rows[first:]
    return {
        "questions": len(rows),
        "cut": sum(cut[first:]),
        **{
            stage: [round(q, 2) for q in statistics.quantiles([row[stage] for row in rows], n=4)]
            for stage in STAGES
        },
    }


def _stages(timings: Mapping[str, float], spent: dict[str, float]) -> dict[str, float]:
    row = {stage: timings.get(stage, 0.0) for stage in ("embed", "detect", "compose", "store")}
    decoding = spent["generate"] - spent["masks"]
    row["reply"] = timings.get("generate", 0.0) - decoding
    return row | {
        "total": timings["total"] - decoding,
        "forward": timings["total"] - spent["forward"],
    }


@contextmanager
def decoding_time(model: Any) -> Iterator[dict[str, float]]:
    """Milliseconds of ``generate``, of the masks inside it, and of the forward passes of the model,
    while open."""
    spent: dict[str, float] = defaultdict(float)
    started: list[float] = []

    def ended(*_: object) -> None:
        spent["forward"] += _since(started.pop())

    hooks = [
        model.register_forward_pre_hook(lambda *_: started.append(time.perf_counter())),
        model.register_forward_hook(ended),
    ]
    masks = _timed(GuardLogitsProcessor, "__call__", "masks", spent)
    with _timed(Generation, "_generate", "generate", spent), masks:
        yield spent
    for hook in hooks:
        hook.remove()


@contextmanager
def _timed(owner: type, method: str, name: str, spent: dict[str, float]) -> Iterator[None]:
    """Add the milliseconds of every call of a method to ``spent``, while open."""
    plain = getattr(owner, method)

    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return plain(*arguments, **named)
        finally:
            spent[name] += _since(start)

    setattr(owner, method, timed)
    try:
        yield
    finally:
        setattr(owner, method, plain)


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def strangers(number: int) -> ForgetSet:
    """Targets with a passage each, who do not occur in the dialogues."""
    names = [f"{first} {last}" for last in LAST[::2] for first in (*WOMEN, *MEN)[::2]]
    return ForgetSet(
        Target(name=name, exemplars=(f"{name} is known for a book about {TOPICS[i % 20]}.",))
        for i, name in enumerate(names[:number])
    )


def show(table: dict[str, dict[str, Any]]) -> None:
    """Medians and quartiles, one row a size."""
    shown = Table("chunks", *STAGES, title="milliseconds: median (first and third quartile)")
    for size, row in table.items():
        cells = (f"{row[s][1]:.1f} ({row[s][0]:.1f}, {row[s][2]:.1f})" for s in STAGES)
        shown.add_row(size, *cells)
    Console(width=140).print(shown)


if __name__ == "__main__":
    main()
