"""The tables of the documentation, each made of what one or more benchmarks wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmarks import (
    dialogue_tables,
    forgetting_tables,
    memory_tables,
    restriction_tables,
    robustness_tables,
    serving_tables,
)
from benchmarks.dialogue_tables import between, short, table

__all__ = ["TABLES"]

Figures = Mapping[str, Any]
Rows = Iterable[Sequence[str]]

_SETUPS = {"name": "name", "intro": "introduction", "passages": "introduction and passages"}
_AIM = ("aim", "", ".88", "", "", ".97", ".93", ".2 %")
_SPIKE = ("spike, one target a question", ".946", ".80", ".72", ".985", ".94", ".87", "")
_GATE = ("auroc_neighbours", "tpr_at_5pct", "tpr_at_1pct")
_GATES = {
    "best cosine, all questions": "nearest exemplar, with passages",
    "the name stands in the prompt, all questions": "the name stands in the prompt",
}
_OTHERS = {
    "nearest exemplar": "nearest exemplar, MiniLM as it comes",
    "tuned embedding gate (CURaTE)": "tuned embedding gate (CURaTE, arXiv 2604.14644)",
    "MLP on hidden states (GUARD)": "MLP on hidden states (GUARD, arXiv 2505.13312)",
}
_STAGES = ("embed", "detect", "compose", "reply", "store", "total", "forward")
_KEPT = {
    "kept": "facts of the others in the prompt of a memory without a guard that are in this one's",
    "restored": "facts of the targets, and secrets, there again once they are taken back",
    "erased_kept": "facts of the others in the prompt before that still are after the erasures",
    "verified": "dialogues in which `verify` finds no byte of the sentences that said them",
}


def detection(figures: Figures) -> str:
    """What is flagged at two operating points, by what the owner gives of a target."""
    rows = [
        (
            _SETUPS[name],
            short(row["auroc_neighbours"]),
            *(f"{short(row[f'tpr_at_{p}pct'])} ({short(row[f'fpr_at_{p}pct'])})" for p in (5, 1)),
            short(row["qa_auroc_neighbours"]),
            *(
                f"{short(row[f'qa_tpr_at_{p}pct'])} ({short(row[f'qa_fpr_at_{p}pct'])})"
                for p in (5, 1)
            ),
            f"{_percent(row['easy_fpr'])} / {_percent(row['easy_fpr_sure'])}",
        )
        for name, row in figures["setups"].items()
    ]
    head = ("described by", "AUROC", "flagged at 5 % (false positives)", "at 1 %",
            "question + answer: AUROC", "at 5 %", "at 1 %",
            "neutral prompts flagged at 5 % / 1 %")  # fmt: skip
    gates = [
        (gate, *(short(figures["peers"][name][key]) for key in _GATE), "", "", "", "")
        for name, gate in _GATES.items()
    ]
    return table(head, [*rows, _AIM, _SPIKE, *gates])


def kinds(figures: Figures) -> str:
    """What is flagged at 5 % by kind of question."""
    setups = figures["setups"]
    best = setups["passages"]["per_kind"]
    rows = [
        (kind, *(short(setups[setup]["per_kind"][kind]) for setup in _SETUPS))
        for kind in sorted(best, key=lambda kind: -best[kind])
    ]
    return table(("kind, flagged at 5 %", *_SETUPS.values()), rows)


def gates(figures: Figures) -> str:
    """What the gates of others flag, by what the owner gives of a target. Their thresholds are set
    on the neighbours counted, so false positives have no column."""
    rows = [
        (gate if setup == "name" else "", words, *_gate_row(figures[name][setup]))
        for name, gate in _OTHERS.items()
        for setup, words in _SETUPS.items()
    ]
    head = ("gate", "described by", "AUROC", "flagged at 5 % of neighbours", "at 1 %",
            "question + answer: AUROC", "at 5 %", "at 1 %",
            "neutral prompts flagged at 5 % / 1 %")  # fmt: skip
    return table(head, rows)


def _gate_row(row: Figures) -> tuple[str, ...]:
    cells = (short(row[key]) for key in (*_GATE, *(f"qa_{key}" for key in _GATE)))
    return *cells, f"{_percent(row['easy_fpr'])} / {_percent(row['easy_fpr_sure'])}"


def turn_cost(figures: Figures) -> str:
    """Milliseconds by stage: medians and quartiles."""
    rows = [
        (f"{int(chunks):,}", *(_quartiles(row[stage]) for stage in _STAGES))
        for chunks, row in figures["quartiles_by_chunks"].items()
    ]
    head = ("chunks", *_STAGES[:-2], "**total**", "with all of `generate` but forward passes")
    return table(head, rows)


def guard_in_the_loop(figures: Figures) -> str:
    """What came out, and what was kept."""
    rows = [
        (f"values of targets and secrets that came out, in {figures['probes']} probes",
         f"**{figures['leaks']}**"),
        ("values of what was erased that came out", f"**{figures['erased_leaks']}**"),
        *((words, "{} of {}".format(*figures[f"{key}_count"])) for key, words in _KEPT.items()),
    ]  # fmt: skip
    return table(("", ""), rows)


def faults(figures: Figures) -> str:
    """What each fault cost."""
    keys = ("runs", "reported", "lost", "half", "wrong", "refused")
    rows = [(name, *(f"{row[key]:,}" for key in keys)) for name, row in figures["faults"].items()]
    head = ("fault", "runs", "exchanges reported stored", "lost", "half", "wrong",
            "refused to open")  # fmt: skip
    return table(head, rows)


def erasure(*parts: Figures) -> str:
    """What went, and what went along, by part of the made-up facts."""
    rows = []
    for part in parts:
        counts = part["counts"]
        low, high = part["gone_interval"]
        files = sum(1 for kind in part["kinds"].values() for _ in range(kind["planted"] // 10))
        rows.append(
            (
                part["part"],
                f"{counts['gone']} of {counts['planted']} ({short(low)} to {short(high)})",
                f"{_percent(part['collateral'])} of {counts['others']:,}",
                f"{counts['unclean']} of {files}",
                short(1 - part["recall_changed"]),
            )
        )
    head = ("part", "planted facts gone", "others gone with them",
            "files with bytes of what went", "other turns recalled as before")  # fmt: skip
    return table(head, rows)


def updates(*parts: Figures) -> str:
    """The stale value first, and what the fact memory made of it."""
    rows = []
    for part in parts:
        cells = (part["stale_first"], part["peers"]["BM25"]["stale_first"], part.get("other_first"))
        rows.append(
            (
                part["part"],
                *(_with_interval(cell) if cell else "" for cell in cells),
                *(_with_interval(part[key]) for key in ("superseded", "collateral")),
                _counted(part["extracted"]),
            )
        )
    head = ("sentences", "stale first", "BM25", "other first", "superseded", "collateral",
            "extracted")  # fmt: skip
    return table(head, rows)


def _percent(number: float) -> str:
    """Two places: ".30 %"."""
    return f"{number:.2%}".replace("%", " %").removeprefix("0")


def _counted(found: Figures) -> str:
    return f"{round(found['share'] * found['of']):,} of {found['of']:,}"


def _with_interval(found: Figures) -> str:
    return between(found["share"], found["interval"])


def _quartiles(row: Sequence[float]) -> str:
    return f"{row[1]:.1f} ({row[0]:.1f} to {row[2]:.1f})"


TABLES: dict[str, tuple[tuple[str, ...], Callable[..., str]]] = {
    **{
        name: ((source,), made)
        for each in (dialogue_tables, forgetting_tables)
        for name, (source, made) in each.TABLES.items()
    },
    **{name: ((name,), made) for name, made in memory_tables.TABLES.items()},
    **{name: (("restriction",), made) for name, made in restriction_tables.TABLES.items()},
    **{name: (("serving",), made) for name, made in serving_tables.TABLES.items()},
    **{name: (("robustness",), made) for name, made in robustness_tables.TABLES.items()},
    "detection-rwku": (("detection-rwku",), detection),
    "detection-kinds": (("detection-rwku",), kinds),
    "detection-gates": (("detection-gates",), gates),
    "dialogue-guard": (("dialogue-guard",), guard_in_the_loop),
    "turn-cost": (("turn-cost",), turn_cost),
    "faults": (("faults",), faults),
    "erasure": (
        ("erasure-fresh", "erasure-held-out", "erasure-tuning", "erasure-more-tuning"),
        erasure,
    ),
    "updates": (
        ("updates-held-out", "updates-fresh", "updates-newest", "updates-tuning"),
        updates,
    ),
}
"""By the name that stands in a page: the JSON files, and what makes the table of them."""
