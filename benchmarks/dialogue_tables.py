"""The tables of the documentation about long dialogues."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["TABLES", "between", "short", "table"]

Figures = Mapping[str, Any]

_COMPARED = ("history, truncated", "compact only", "HEMA as published", "ours")
_BESIDE = ("HEMA as published, notes beside the question",)
_STAGES = ("embed", "retrieve", "compose", "store", "summarise")


def recall(figures: Figures) -> str:
    """What stood in the prompt and how it was found, by length and side."""
    rows = [
        (
            f"{int(length):,}" if name == _COMPARED[0] else "",
            _ours(name),
            str(row["questions"]),
            _share(row, "in_prompt"),
            _share(row, "stale_only"),
            *_found(row),
            f"{row['tokens_mean']:,.0f} ({row['tokens_max']:,})",
        )
        for length, name, row in _rows(figures)
    ]
    head = ("turns", "", "questions", "answer in the prompt", "only the outdated one", "P@5",
            "R@50", "AUPRC", "tokens, mean (max)")  # fmt: skip
    return table(head, rows)


def casual(figures: Figures) -> str:
    """The same in casual talk, and whether the person stood there too."""
    rows = [
        (
            f"{int(length):,}" if name == _COMPARED[0] else "",
            _ours(name),
            str(row["questions"]),
            _share(row, "in_prompt"),
            _share(row, "attributable"),
            _share(row, "stale_only"),
            *_found(row),
        )
        for length, name, row in _rows(figures)
    ]
    head = ("turns", "", "questions", "answer in the prompt", "and whose it is",
            "only the outdated one", "P@5", "R@50", "AUPRC")  # fmt: skip
    return table(head, rows)


def answers(figures: Figures) -> str:
    """What the model made of the prompts."""
    rows = [
        (
            f"{int(length):,}" if name == _COMPARED[0] else "",
            _ours(name),
            str(row["answered_of"]),
            _share(row, "in_prompt"),
            _share(row, "answered"),
            f"{row['answered_of_in_prompt']:.2f}" if "answered_of_in_prompt" in row else "",
            _share(row, "answered_stale"),
        )
        for length, name, row in _rows(figures)
    ]
    head = ("turns", "", "read", "in the prompt, of all", "answered", "of those in the prompt",
            "answered with the outdated one")  # fmt: skip
    return table(head, rows)


def ablations(figures: Figures) -> str:
    """HEMA's table: a part changed, at every length from which on it can matter."""
    rows = []
    for length, sides in figures["by_length"].items():
        if int(length) < 500:
            continue
        for name, row in sides.items():
            if name in ("history, truncated",):
                continue
            rows.append(
                (
                    f"{int(length):,}" if name == "compact only" else "",
                    _ours(name),
                    _share(row, "in_prompt"),
                    _share(row, "stale_only"),
                    *_found(row),
                    f"{row['tokens_mean']:,.0f}",
                    f"{row.get('chunks', ''):,.0f}" if "chunks" in row else "",
                )
            )
    head = ("turns", "", "answer in the prompt", "only the outdated one", "P@5", "R@50", "AUPRC",
            "tokens", "chunks left")  # fmt: skip
    return table(head, rows)


def costs(figures: Figures) -> str:
    """What a turn and a dialogue cost."""
    rows = []
    for length, sides in figures["by_length"].items():
        ours, hema = sides["ours"], sides["HEMA as published"]
        rows.append(
            (
                f"{int(length):,}",
                *(
                    f"{ours[f'{stage}_cpu_ms']:.1f} ({ours[f'{stage}_ms']:.1f})"
                    for stage in _STAGES
                ),
                f"{hema['retrieve_cpu_ms']:.1f} ({hema['retrieve_ms']:.1f})",
                f"{ours['file_bytes_per_turn'] / 1000:.1f}",
                f"{ours['ram_mb']:.0f}" if "ram_mb" in ours else "",
            )
        )
    head = ("turns", "embed", "recall", "recall and compose", "store the exchange", "summarise",
            "HEMA's recall", "file, kB a turn", "RAM, MB")  # fmt: skip
    return table(head, rows)


def front(figures: Figures) -> str:
    """The shortest and the longest dialogues, for the front page."""
    lengths = sorted(figures["by_length"], key=int)
    first, last = lengths[0], lengths[-1]
    rows = []
    for name in _COMPARED:
        early, late = (figures["by_length"][length][name] for length in (first, last))
        rows.append(
            (
                _ours(name),
                _share(early, "in_prompt"),
                _share(late, "in_prompt"),
                *(
                    short(late[key]) if key in late else ""
                    for key in ("p_at_5", "r_at_50", "auprc")
                ),
                f"{late['tokens_max']:,}",
            )
        )
    asked = [f"answer in the prompt, {int(length):,} turns" for length in (first, last)]
    found = [f"{name}, {int(last):,}" for name in ("P@5", "R@50", "AUPRC", "largest prompt")]
    head = ("", *asked, *found)
    return table(head, rows)


def _rows(figures: Figures) -> Iterable[tuple[str, str, Figures]]:
    for length, sides in figures["by_length"].items():
        for name in (*_COMPARED, *_BESIDE):
            if name in sides:
                yield length, name, sides[name]


def _ours(name: str) -> str:
    return f"**{name}**" if name == "ours" else name


def _share(row: Figures, key: str) -> str:
    """A share with its interval, empty where it was not measured."""
    if key not in row:
        return ""
    return between(row[key], row[f"{key}_interval"])


def _found(row: Figures) -> list[str]:
    """Three means of how the evidence ranked, with half their intervals."""
    return [
        f"{short(row[key])} ± {short(max(abs(end - row[key]) for end in row[f'{key}_interval']))}"
        if key in row
        else ""
        for key in ("p_at_5", "r_at_50", "auprc")
    ]


def short(number: float) -> str:
    """Two places, never 1 or 0 for what is not."""
    if number in (0, 1):
        return f"{number:.0f}"
    return f"{min(max(number, 0.001), 0.999):.3f}".lstrip("0")


def between(number: float, interval: Iterable[float]) -> str:
    """With its interval in brackets."""
    return f"{short(number)} ({' to '.join(map(short, interval))})"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """In Markdown."""
    lines = [list(head), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


TABLES: dict[str, tuple[str, Callable[[Figures], str]]] = {
    "dialogue-short": ("dialogue-plain", front),
    "dialogue-recall": ("dialogue-plain", recall),
    "dialogue-casual": ("dialogue-casual", casual),
    "dialogue-answers": ("dialogue-answers", answers),
    "dialogue-ablations": ("dialogue-plain", ablations),
    "dialogue-costs": ("dialogue-costs", costs),
}
"""By the name that stands in a page: the JSON file, and what makes the table of it."""
