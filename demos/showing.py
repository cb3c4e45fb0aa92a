"""What the demos share: where they print, and the arguments that several of them take."""

from __future__ import annotations

import argparse

from rich.console import Console

__all__ = ["arguments", "console"]


def console() -> Console:
    """As wide as the terminal; 110 columns where the output goes elsewhere."""
    return Console(width=None if Console().is_terminal else 110, highlight=False)


def arguments(story: str | None) -> argparse.ArgumentParser:
    """A parser that says the first line of the demo's docstring, with ``--model``."""
    parser = argparse.ArgumentParser(description=(story or "").split("\n")[0])
    parser.add_argument("--model", help="hub name or folder; default SmolLM2-135M-Instruct")
    return parser
