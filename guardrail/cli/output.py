"""What the commands print: data on stdout, words and progress on stderr."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table
from structlog.typing import EventDict

__all__ = [
    "configure_logs",
    "counted",
    "hint",
    "print_json",
    "print_table",
    "progress",
    "say",
    "working",
]

T = TypeVar("T")
_OTHERS = ("memory", "uvicorn")  # who logs through the standard library

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


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """Takes how much is done, and of how much, for a bar on a terminal; silent in a pipe."""
    with Progress(console=_err, disable=not _err.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def done(so_far: int, all_: int) -> None:
            bar.update(task, completed=so_far, total=all_)

        yield done


def configure_logs(level: str = "warning", form: str = "auto") -> None:
    """Log lines go to stderr, ours and those of the memory and of the HTTP server alike: as JSON
    (``form`` "json"), for people ("text"), or "auto", for people on a terminal. They never hold
    what was asked or answered."""
    as_json = form == "json" or (form == "auto" and not _err.is_terminal)
    console = structlog.dev.ConsoleRenderer(colors=_err.is_terminal)
    rendered: Any = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else console
    stamped: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        _without_trace,
    ]
    structlog.configure(
        processors=[*stamped, rendered],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    form_of = structlog.stdlib.ProcessorFormatter
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        form_of(foreign_pre_chain=stamped, processors=[form_of.remove_processors_meta, rendered])
    )
    for name in _OTHERS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level.upper())


def _without_trace(_: object, __: str, told: EventDict) -> EventDict:
    """Of an error only its kind: its text may hold anything, and a trace holds it too."""
    error = told.pop("exc_info", None)
    kind = error[0] if isinstance(error, tuple) else type(error)
    return {**told, "error": kind.__name__} if error and kind is not None else told


def _plain(cell: object) -> str:
    """Text for one table cell: control characters could drive the terminal, so they are shown."""
    return "".join(ch if ch.isprintable() or ch == " " else " " for ch in str(cell))
