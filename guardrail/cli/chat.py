"""``guardrail chat``: talking to the model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from guardrail.cli import options
from guardrail.cli.commands import Commands
from guardrail.cli.output import hint, say
from guardrail.cli.session import open_chat, settings_from
from guardrail.errors import GuardrailError
from guardrail.memory_link import memory as memory_package
from guardrail.scope import ScopeArguments

if TYPE_CHECKING:
    from guardrail.chat import GuardedChat
    from guardrail.reply import Reply

__all__ = ["chat"]

_PROMPT = "you> "


def chat(
    model: options.Model = None,
    memory: options.MemoryFile = None,
    forget: options.ForgetFile = None,
    device: options.Device = None,
    dtype: options.Dtype = None,
    system: options.System = None,
    max_new_tokens: options.MaxNewTokens = None,
    temperature: options.Temperature = None,
    user: options.User = "default",
    conversation: options.Conversation = "default",
) -> None:
    """Talk to the model; /help lists what else can be typed. Lines from a pipe are messages."""
    settings = settings_from(
        model=model,
        memory=memory,
        forget=forget,
        device=device,
        dtype=dtype,
        system=system,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
    )
    with open_chat(settings) as opened:
        Session(opened, user, conversation).run()


class Session:
    """A person and a chat, line by line."""

    def __init__(self, chat: GuardedChat, user: str, conversation: str) -> None:
        self._chat = chat
        self._scope = ScopeArguments(user=user, conversation=conversation)
        self._commands = Commands(chat, self._scope)
        self._interactive = sys.stdin.isatty()

    def run(self) -> None:
        """Until the input ends or /quit."""
        if self._interactive:
            hint(f"{self._chat.model.name}. /help lists commands, Ctrl-D leaves.")
        for line in self._lines():
            try:
                if line.startswith("/"):
                    if not self._commands.run(line):
                        return
                elif line.strip():
                    self._answer(line)
            except (GuardrailError, memory_package.MemoryFault) as error:
                say(f"error: {error}")
            except KeyboardInterrupt:
                hint("\n(stopped; this reply is not remembered)")

    def _lines(self) -> Iterator[str]:
        if not self._interactive:
            for raw in sys.stdin.buffer:
                yield raw.decode("utf-8", errors="replace").rstrip("\r\n")
            return
        with suppress(ImportError):
            # Line editing and this session's history. Deliberately never saved to a file: it
            # would keep what was erased.
            import readline  # noqa: F401
        while True:
            try:
                yield input(_PROMPT)
            except EOFError:
                sys.stdout.write("\n")
                return
            except KeyboardInterrupt:
                sys.stdout.write("\n")

    def _answer(self, line: str) -> None:
        with self._chat.stream(line, **self._scope) as stream:
            for delta in stream:
                sys.stdout.write(delta)
                sys.stdout.flush()
            sys.stdout.write("\n")
            sys.stdout.flush()
            self._commands.last = stream.reply
        if self._interactive:
            hint(footnote(stream.reply))


def footnote(reply: Reply) -> str:
    """One line under a reply: what was recalled and withheld, and how long it took."""
    notes = [f"{reply.usage.prompt_tokens} prompt tokens"] if reply.usage.prompt_tokens else []
    if reply.recalled:
        notes.append(f"{len(reply.recalled)} recalled")
    if reply.withheld:
        notes.append("something was withheld: /why")
    notes.append(f"{reply.timings.get('total', 0) / 1000:.1f} s")
    return "(" + ", ".join(notes) + ")"
