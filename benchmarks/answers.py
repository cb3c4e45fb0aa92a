"""Answers kept as they come, a JSON line for each: a run that was cut off goes on from there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["Answers"]

_T = TypeVar("_T")


class Answers:
    """The answers of one run, by a key that says all that an answer depends on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Any] = dict(_read(path)) if path.exists() else {}

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
        with self._path.open("a", encoding="utf-8") as file:
            for key, given in answers:
                self._known[key] = given
                file.write(json.dumps([key, given], ensure_ascii=False) + "\n")
                file.flush()


def _batched(items: list[_T], size: int) -> Iterator[list[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _read(path: Path) -> Iterator[tuple[str, Any]]:
    """Whole lines only: the last one of a run that was cut off may be half."""
    for line in path.read_text("utf-8").splitlines():
        try:
            key, given = json.loads(line)
        except ValueError:
            continue
        yield key, given
