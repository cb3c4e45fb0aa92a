"""Answers kept as they come, a JSON line for each: a run that was cut off goes on from there.

The first line is what they depend on, such as model and seed; those of another run are put aside.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["Answers", "depends_on"]

_T = TypeVar("_T")


class Answers:
    """The answers of one run. With its ``stamp``, a key says all that an answer depends on."""

    def __init__(self, path: Path, stamp: Mapping[str, Any]) -> None:
        self._path = path
        lines = list(_read(path)) if path.exists() else []
        mine = lines[:1] == [dict(stamp)]
        self._known: dict[str, Any] = dict(lines[1:]) if mine else {}
        if mine:
            if not path.read_text("utf-8").endswith("\n"):
                self._append("\n")
            return
        if path.exists():
            aside = path.replace(path.with_name(f"{path.name}.old"))
            print(f"{path} is of another run: put aside as {aside}", file=sys.stderr)
        path.write_text(json.dumps(dict(stamp)) + "\n", "utf-8")

    def all(
        self,
        side: str,
        items: Sequence[_T],
        key: Callable[[_T], str],
        answer: Callable[[list[_T]], Iterable[Any]],
        batch: int,
    ) -> list[Any]:
        """The answer of ``side`` to each item; the missing ones are asked for in batches."""
        missing = [item for item in items if f"{side}|{key(item)}" not in self._known]
        for group in _batched(missing, batch):
            self._keep(
                (f"{side}|{key(item)}", given)
                for item, given in zip(group, answer(group), strict=True)
            )
        return [self._known[f"{side}|{key(item)}"] for item in items]

    def _keep(self, answers: Iterable[tuple[str, Any]]) -> None:
        for key, given in answers:
            self._known[key] = given
            self._append(json.dumps([key, given], ensure_ascii=False) + "\n")

    def _append(self, text: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text)


def depends_on(arguments: argparse.Namespace, tokens: int) -> dict[str, Any]:
    """What the answers of a suite depend on besides side and item."""
    adapter = arguments.adapter and str(arguments.adapter)
    named = {key: getattr(arguments, key) for key in ("suite", "model", "seed", "device")}
    return {**named, "adapter": adapter, "tokens": tokens}


def _batched(items: list[_T], size: int) -> Iterator[list[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _read(path: Path) -> Iterator[Any]:
    """Whole lines only: the last one of a run that was cut off may be half."""
    for line in path.read_text("utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue
