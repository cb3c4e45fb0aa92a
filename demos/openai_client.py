"""The OpenAI client against ``guardrail serve``: only the address changes.

    python demos/openai_client.py                       # starts a server of its own, and ends it
    python demos/openai_client.py --base-url http://127.0.0.1:8000/v1     # one that is running

Needs ``pip install openai`` and the extra ``server``. The server withholds "Stephen King".
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from openai import OpenAI

from demos.showing import arguments, console
from guardrail import ForgetSet

QUESTIONS = ["What is the capital of France?", "Who is Stephen King?"]


@contextmanager
def serving(model: str | None) -> Iterator[str]:
    """The address of ``guardrail serve`` in a folder of its own, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as home:
        ForgetSet(path=Path(home) / "forget.yaml").add("Stephen King")
        command = [sys.executable, "-m", "guardrail.cli", "serve", "--port", port]
        command += ["--model", model] if model else []
        server = subprocess.Popen(command, env={**os.environ, "GUARDRAIL_HOME": home})
        try:
            wait(f"http://127.0.0.1:{port}/health", server)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait()


def wait(address: str, server: subprocess.Popen[bytes]) -> None:
    """Until the server answers. Raises ``SystemExit`` when it has ended instead."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start; its message is above")


def main(given: Sequence[str] | None = None) -> None:
    """Two questions, streamed."""
    parser = arguments(__doc__)
    parser.add_argument("--base-url", help="a server that is running")
    parser.add_argument("--tokens", type=int, default=24, help="longest reply")
    options = parser.parse_args(given)
    show = console()
    with nullcontext(options.base_url) if options.base_url else serving(options.model) as address:
        client = OpenAI(base_url=address, api_key="none")
        name = client.models.list().data[0].id
        for question in QUESTIONS:
            deltas = client.chat.completions.create(
                model=name, messages=[{"role": "user", "content": question}],
                max_tokens=options.tokens, stream=True,
            )  # fmt: skip
            parts = [d.choices[0].delta.content or "" for d in deltas if d.choices]
            show.print(f"\n[bold]{question}[/]\n{''.join(parts)}")


if __name__ == "__main__":
    main()
