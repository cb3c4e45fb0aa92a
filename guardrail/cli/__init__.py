"""The ``guardrail`` command.

Exit codes: 0 done; 1 it could not be done, and the message on stderr names what mends it; 2 wrong
usage; 130 stopped with Ctrl-C. Data goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    from guardrail.cli.app import run

    return run(sys.argv[1:] if arguments is None else arguments)
