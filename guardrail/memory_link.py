"""The one place where ``guardrail`` reaches ``memory``.

``memory`` is a common name for a file in a chatbot's folder, and Python takes the script's folder
first. A stranger there is named plainly instead of failing later with a missing attribute.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from guardrail.errors import MissingDependency

__all__ = ["memory"]


def _ours() -> ModuleType:
    try:
        found = importlib.import_module("memory")
    except ModuleNotFoundError as error:
        if error.name != "memory":
            raise
        raise MissingDependency(
            "the package 'memory' of guardrail-memory is not installed; "
            "mend it with: pip install --force-reinstall --no-deps guardrail-memory"
        ) from None
    if getattr(found, "__distribution__", None) != "guardrail-memory":
        place = getattr(found, "__file__", None) or "a folder without __init__.py on sys.path"
        raise MissingDependency(
            f"'import memory' found {place}, which is not the memory of guardrail-memory; "
            "rename that file or run from another folder"
        )
    return found


memory = _ours()
