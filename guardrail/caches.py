"""What can be made again, kept on disk: converted models, tables of vocabularies."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

__all__ = ["cache_folder", "keep"]


def cache_folder() -> Path:
    """``$GUARDRAIL_CACHE``, else the platform's cache folder."""
    named = os.environ.get("GUARDRAIL_CACHE")
    if named:
        return Path(named).expanduser()
    return user_cache_path("guardrail-memory", appauthor=False)


def keep(path: Path, tensors: Mapping[str, Any], header: Mapping[str, str] | None = None) -> None:
    """Write NumPy arrays as safetensors, beside their place and moved there, so that a reader finds
    them whole or not at all. Where that is not possible the next process makes them anew."""
    from safetensors.numpy import save_file

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            save_file(dict(tensors), made, dict(header) if header else None)
            made.replace(path)
    except OSError:
        return
