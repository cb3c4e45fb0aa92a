"""Servers over real sockets on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from guardrail.serving.app import make_app

if TYPE_CHECKING:
    from guardrail import GuardedChat
    from guardrail.generation.models import LoadedModel
    from memory.embedding import Embedder


@contextmanager
def serving(chat: GuardedChat, **parts: Any) -> Iterator[str]:
    """The address of a server over ``chat``, which is closed with it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = make_app(chat, **parts)
    config = uvicorn.Config(app, port=port, log_level="error", ws="none", server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
        chat.close()


@pytest.fixture
def tiny_chat(tiny: LoadedModel, embedder: Embedder) -> GuardedChat:
    """A chat whose replies are noise, at hundreds of tokens a second."""
    from guardrail import GuardedChat

    return GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, embedder=embedder, max_new_tokens=12
    )
