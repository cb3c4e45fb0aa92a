"""Servers in processes of their own, and the clients that load them."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

__all__ = ["NoAnswer", "Server", "load", "serving", "soak"]

_SUBJECTS = "bread rivers clocks bridges whales paper glass wind chess tea maps snow".split()
_START_SECONDS = 120
_LEAST = 8  # replies in a round, however few clients


class NoAnswer(Exception):
    """A server did not give a reply in time."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, the model's name there, its process."""

    url: str
    model: str
    process: psutil.Process

    def megabytes(self) -> float:
        """Resident memory, of the process and its children."""
        return sum(float(one.memory_info().rss) for one in self._processes()) / 1e6

    def processor_seconds(self) -> float:
        """Time of processors that the process and its children have used."""
        times = [one.cpu_times() for one in self._processes()]
        return sum(float(time.user + time.system) for time in times)

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def serving(command: Sequence[str], model: str, targets: int = 0) -> Iterator[Server]:
    """The server that a command starts, warmed up by one reply; ours with so many targets.

    Raises ``NoAnswer``.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home, (Path(home) / "log").open("w") as log:
        if targets:
            names = "".join(f"  - name: Zorblatt Quimby {n}\n" for n in range(targets))
            (Path(home) / "forget.yaml").write_text(f"targets:\n{names}")
        environment = {
            **os.environ,
            "GUARDRAIL_HOME": home,
            "GUARDRAIL_RATE": "0",
            "HF_HUB_OFFLINE": "1",  # else a reply may wait for a hub that cannot be reached
            # Threads that wait for one another by spinning starve where the machine is shared.
            "OMP_WAIT_POLICY": "PASSIVE",
        }
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=environment, stdout=log, stderr=log
        )
        server = Server(f"http://127.0.0.1:{port}/v1", model, psutil.Process(process.pid))
        try:
            _wait_for(server)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(server: Server) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and server.process.is_running():
        with suppress(httpx.TransportError, httpx.HTTPStatusError):
            _ask(server, 0, 4, timeout=end - time.monotonic())
            return
        time.sleep(0.5)
    raise NoAnswer(f"no reply in {_START_SECONDS} s")


def _ask(server: Server, number: int, tokens: int, timeout: float = 600) -> dict[str, float]:
    """One streamed reply: seconds to the first text and to the end, and tokens."""
    prompt = f"Tell me about {_SUBJECTS[number % len(_SUBJECTS)]} in one long paragraph."
    body: dict[str, Any] = {
        "model": server.model,
        "messages": [{"role": "user", "content": prompt}],
        "stream": True,
        "max_tokens": tokens,
        "temperature": 0,
        "stream_options": {"include_usage": True},
    }
    start, first, said = time.perf_counter(), 0.0, 0
    url = f"{server.url}/chat/completions"
    with httpx.stream("POST", url, json=body, timeout=max(1.0, timeout)) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            if not line.startswith("data: {"):
                continue
            chunk = json.loads(line.removeprefix("data: "))
            if any(choice["delta"].get("content") for choice in chunk["choices"]):
                first = first or time.perf_counter() - start
            said = (chunk.get("usage") or {}).get("completion_tokens", said)
    return {"first": first, "total": time.perf_counter() - start, "tokens": said}


def load(server: Server, clients: int, tokens: int) -> dict[str, float]:
    """``clients`` at once, eight replies in all or one for each."""
    start, used = time.perf_counter(), server.processor_seconds()
    with ThreadPoolExecutor(clients) as pool:
        replies = list(pool.map(lambda n: _ask(server, n, tokens), range(max(_LEAST, clients))))
    seconds, used = time.perf_counter() - start, server.processor_seconds() - used
    said = sum(reply["tokens"] for reply in replies)
    return {
        "requests": len(replies),
        "requests_per_second": len(replies) / seconds,
        "tokens_per_second": said / seconds,
        "tokens_per_processor_second": said / used,
        "first_token_seconds": statistics.median(reply["first"] for reply in replies),
        "reply_seconds": statistics.median(reply["total"] for reply in replies),
        "megabytes": server.megabytes(),
    }


def soak(server: Server, seconds: float, tokens: int) -> dict[str, float]:
    """Eight clients for a time: memory by thirds, and what it grew by in an hour by a line through
    the last two thirds (the first is for warming up)."""
    start, replies = time.monotonic(), 0
    seen: list[tuple[float, float]] = []
    while (passed := time.monotonic() - start) < seconds:
        replies += int(load(server, 8, tokens)["requests"])
        seen.append((passed, server.megabytes()))
    thirds = [
        [m for at, m in seen if third <= 3 * at / seconds < third + 1] or [seen[-1][1]]
        for third in range(3)
    ]
    late = np.array([row for row in seen if row[0] >= seconds / 3])
    slope = float(np.polyfit(late[:, 0], late[:, 1], 1)[0]) if len(late) > 1 else 0.0
    return {
        "seconds": round(seconds),
        "replies": replies,
        **{
            f"megabytes_{name}_third": round(statistics.median(values), 1)
            for name, values in zip(("first", "second", "last"), thirds, strict=True)
        },
        "megabytes_per_hour": round(3600 * slope, 1),
    }
