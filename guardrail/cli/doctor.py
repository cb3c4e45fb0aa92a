"""``guardrail doctor`` and ``guardrail setup``: what is here, what is missing, what mends it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer
from pydantic import BaseModel

from guardrail.cli import options, server_checks
from guardrail.cli.output import print_json, print_table, progress, say
from guardrail.errors import GuardrailError
from guardrail.memory_link import memory as memory_package

__all__ = ["doctor", "setup"]


class Finding(BaseModel):
    """One thing looked at: whether it is in order, what was found, the command that mends it."""

    what: str
    ok: bool
    found: str
    mend: str = ""


def doctor(
    as_json: options.AsJson = False,
    host: Annotated[str, typer.Option(help="Where the server is to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    """What was found, what is missing, and the command that mends it. Exit code 1 if not ready."""
    server: dict[str, Callable[[], tuple[str, str]]] = {
        "server": server_checks.page,
        "server's keys": partial(server_checks.keys, host),
        "server's port": partial(server_checks.port, host, port),
        "files' modes": server_checks.closed_files,
    }
    checks = list({**_CHECKS, **server}.items())
    findings = [_look(what, look) for what, look in progress(checks, "Looking")]
    if as_json:
        print_json([finding.model_dump() for finding in findings])
    else:
        rows = [("ok" if f.ok else "MISSING", f.what, f.found, f.mend) for f in findings]
        print_table(("", "what", "found", "mend it with"), rows)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def setup(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before downloading.")] = False,
) -> None:
    """Get the default model, after saying how large it is and asking."""
    from guardrail.generation import default

    def confirm(question: str) -> bool:
        return yes or typer.confirm(question, err=True)

    path = default.setup(confirm)
    say(f"the default model is ready in {path}")


def _look(what: str, look: Callable[[], tuple[str, str]]) -> Finding:
    """A finding; ``look`` gives what was found and, if that is not enough, what mends it."""
    try:
        found, mend = look()
    except (GuardrailError, memory_package.MemoryFault, ImportError, OSError) as error:
        return Finding(what=what, ok=False, found=str(error))
    return Finding(what=what, ok=not mend, found=found, mend=mend)


def _python() -> tuple[str, str]:
    found = f"{platform.python_version()} at {sys.executable}"
    return found, "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer"


def _torch() -> tuple[str, str]:
    import torch

    if torch.cuda.is_available():
        device = torch.cuda.get_device_name()
    else:
        device = "mps" if torch.backends.mps.is_available() else "cpu"
    return f"{torch.__version__} on {device}", ""


def _transformers() -> tuple[str, str]:
    import transformers

    return str(transformers.__version__), ""


def _model() -> tuple[str, str]:
    from guardrail.generation import default

    if default.default_is_ready():
        return "ready", ""
    if default.find_wheel() is not None:
        return "downloaded; it is unpacked at first use", ""
    return "not here", "guardrail setup"


def _embedder() -> tuple[str, str]:
    embedder = memory_package.default_embedder()
    embedder.encode(["loaded and working"])
    return embedder.name, ""


def _memory() -> tuple[str, str]:
    from guardrail.settings import load_settings

    path = load_settings().memory
    if not path.exists():
        return f"{path} (made at first use)", ""
    with memory_package.DualMemory(path) as store:
        return f"{path}: {store.stats().turns} turns", ""


def _forget() -> tuple[str, str]:
    from guardrail.settings import load_settings
    from guardrail.targets import ForgetSet

    path = load_settings().forget
    return f"{path}: {len(ForgetSet.load(path, missing_ok=True))} targets", ""


_CHECKS: dict[str, Callable[[], tuple[str, str]]] = {
    "python": _python,
    "torch": _torch,
    "transformers": _transformers,
    "default model": _model,
    "embedder": _embedder,
    "memory": _memory,
    "forget file": _forget,
}
