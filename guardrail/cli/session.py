"""Making the chat that a command asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrail.cli.output import configure_logs, say, working
from guardrail.settings import Settings, load_settings
from guardrail.targets import ForgetSet

if TYPE_CHECKING:
    from guardrail.chat import GuardedChat
    from memory import DualMemory

__all__ = ["noted", "open_chat", "open_forget_set", "open_memory", "settings_from"]


def settings_from(**options: Any) -> Settings:
    """Settings with the options that were given laid over them."""
    settings = load_settings(**options)
    configure_logs(settings.log_level, settings.log_format)
    return settings


@contextmanager
def open_chat(settings: Settings) -> Iterator[GuardedChat]:
    """The chat, ready to answer; its memory is closed at the end."""
    from guardrail.chat import GuardedChat
    from guardrail.generation import default

    if settings.model is None and not default.default_is_ready() and default.find_wheel():
        say("Preparing the default model, once: about 20 seconds.")
    with working("Loading the model"):
        chat = GuardedChat.from_pretrained(
            memory=_made(settings.memory), forget=settings.forget, settings=settings
        )
        chat.guard.prepare()
    with chat:
        yield chat


@contextmanager
def open_memory(path: Path | None) -> Iterator[DualMemory]:
    """The memory alone."""
    from guardrail.memory_link import memory

    settings = settings_from(memory=path)
    with memory.DualMemory(_made(settings.memory)) as store:
        yield store


def open_forget_set(path: Path | None) -> ForgetSet:
    """The forget set of the settings; a file not there yet is an empty set."""
    return ForgetSet.load(settings_from(forget=path).forget, missing_ok=True)


def noted(action: str) -> AbstractContextManager[dict[str, int | bool]]:
    """An act of the person in the terminal, in the audit log; see ``Audit.act``."""
    from guardrail.serving.audit import Audit, at_the_command_line

    return Audit(load_settings().audit).act(action, at_the_command_line())


def _made(path: Path) -> Path:
    """``path`` with its folder made, so that a first start needs no preparation."""
    from guardrail.errors import StorageError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot make the folder {path.parent}: {error.strerror}; "
            "choose another place with --memory or GUARDRAIL_HOME"
        ) from None
    return path
