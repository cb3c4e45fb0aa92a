"""The one place where ``guardrail`` reaches ``memory``.

``memory`` is a common name for a file in a chatbot's folder, and Python takes the script's folder
first. A stranger there is named plainly instead of failing later with a missing attribute.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from guardrail.errors import MissingDependency
from guardrail.targets import ForgetSet

if TYPE_CHECKING:
    from memory import Subject

__all__ = ["as_subject", "memory"]


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


def as_subject(name: str, forget_set: ForgetSet) -> Subject:
    """What the memory has to know of a target, by its id or one of its names, to erase it; a name
    that is in no forget set stands for itself."""
    target = forget_set.get(name)
    if target is None:
        return memory.Subject(name=name)  # type: ignore[no-any-return]
    return memory.Subject(  # type: ignore[no-any-return]
        name=target.name,
        aliases=target.aliases,
        phrases=(*target.phrases, *target.secrets),
        texts=target.exemplars,
    )
