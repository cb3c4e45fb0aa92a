"""What this process takes."""

from __future__ import annotations

from pathlib import Path

__all__ = ["rss_mb"]

_PAGE = 4096


def rss_mb() -> float:
    """MB of memory of this process now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6
