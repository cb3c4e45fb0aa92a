"""``guardrail serve``: the model behind OpenAI's API."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from guardrail.cli import options
from guardrail.cli.output import say
from guardrail.cli.session import open_chat, settings_from
from guardrail.errors import MissingDependency

__all__ = ["serve"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    model: options.Model = None,
    memory: options.MemoryFile = None,
    forget: options.ForgetFile = None,
    device: options.Device = None,
    dtype: options.Dtype = None,
) -> None:
    """Serve the chat over HTTP, compatible with OpenAI's clients. Set GUARDRAIL_API_KEY to ask
    for a key; other addresses than this machine's own are refused without one."""
    try:
        import uvicorn

        from guardrail.serving.app import make_app
    except ImportError as error:
        raise MissingDependency(
            f"{error.name} is not installed; mend it with: pip install 'guardrail-memory[server]'"
        ) from None
    key = os.environ.get("GUARDRAIL_API_KEY")
    if host not in _LOOPBACK and not key:
        raise typer.BadParameter(f"listening on {host} needs GUARDRAIL_API_KEY to be set")
    settings = settings_from(model=model, memory=memory, forget=forget, device=device, dtype=dtype)
    with open_chat(settings) as chat:
        say(f"serving {chat.model.name} on http://{host}:{port}/v1")
        uvicorn.run(make_app(chat, api_key=key), host=host, port=port, log_level="warning")
