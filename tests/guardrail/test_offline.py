"""A whole chat with every internet socket blocked, from a cold start in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = """
import socket

def refuse(*_):
    raise SystemExit("the network was used")

socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = socket.create_connection = refuse

from guardrail import GuardedChat

with GuardedChat.from_pretrained(memory="chat.db", forget="forget.yaml", max_new_tokens=16) as chat:
    print(chat.send("What is the capital of France?").text)
    chat.forget("Stephen King")
    print(chat.send("Who is Stephen King?").text)
    print(len(chat.erase("capital of France").turns))
"""


def test_no_network_at_run_time(tmp_path: Path, smollm: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    capital, declined, erased = done.stdout.splitlines()
    assert "Paris" in capital
    assert declined.startswith("I can't help with that")
    assert int(erased) >= 1
