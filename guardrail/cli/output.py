"""What the commands print: data on stdout, words and progress on stderr."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from rich.console import Console
from rich.progress import track
from rich.table import Table

__all__ = ["configure_logs", "hint", "print_json", "print_table", "progress", "say", "working"]

T = TypeVar("T")

# soft_wrap: what is piped keeps its lines; no highlighting: text is shown as it is.
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def say(text: str) -> None:
    """One message to the person, on stderr."""
    _err.print(text)


def hint(text: str) -> None:
    """A side remark to the person, on stderr, dimmed where the terminal can."""
    _err.print(text, style="dim")


def print_json(value: Any) -> None:
    """Data for programs: one JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Data for people: a table on stdout, as wide as the terminal."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    Console(highlight=False, markup=False).print(table)


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner on a terminal while something takes its time; silent in a pipe."""
    if not _err.is_terminal:
        yield
        return
    with _err.status(what):
        yield


def progress(items: Sequence[T], what: str) -> Iterable[T]:
    """The items, with a progress bar on a terminal; silent in a pipe."""
    return track(items, description=what, console=_err, disable=not _err.is_terminal)


def configure_logs(level: str = "warning") -> None:
    """Log lines go to stderr; they never hold what was asked or answered."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(colors=_err.is_terminal),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _plain(cell: object) -> str:
    """Text for one table cell: control characters could drive the terminal, so they are shown."""
    return "".join(ch if ch.isprintable() or ch == " " else " " for ch in str(cell))
