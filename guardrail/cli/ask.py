"""``guardrail ask``: one question, one answer."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from guardrail.cli import options
from guardrail.cli.output import print_json
from guardrail.cli.session import open_chat, settings_from

__all__ = ["ask"]


def ask(
    text: Annotated[str, typer.Argument(help="The message; '-' reads standard input.")],
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
    as_json: options.AsJson = False,
) -> None:
    """Answer one message, with memory, and remember it."""
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
    message: str | bytes = sys.stdin.buffer.read() if text == "-" else text
    with open_chat(settings) as chat:
        stream = chat.stream(message, user=user, conversation=conversation)
        for delta in stream:
            if not as_json:
                sys.stdout.write(delta)
                sys.stdout.flush()
        if as_json:
            print_json(stream.reply.model_dump(mode="json"))
        else:
            sys.stdout.write("\n")
