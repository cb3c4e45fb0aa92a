"""What ``guardrail doctor`` looks at for the server: what was found, and what mends it."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import stat
from importlib.util import find_spec
from pathlib import Path

from guardrail.settings import LOOPBACK, home, load_settings

__all__ = ["closed_files", "keys", "page", "port"]

_PAGE = ("index.html", "app.js", "style.css", "vendor")
_SECONDS = 2.0


def keys(host: str) -> tuple[str, str]:
    """Whether the calls of strangers are kept out."""
    settings = load_settings()
    asked = "a key for all" if settings.api_key else f"{len(settings.api_keys)} users with a key"
    if not (settings.api_key or settings.api_keys):
        asked = "no key is asked for"
        if host not in LOOPBACK:
            return f"{asked} on {host}", "set GUARDRAIL_API_KEY, or api_keys in guardrail.toml"
    own = "set" if settings.admin_key else "made at each start"
    if settings.admin_keys:
        own += f", and {len(settings.admin_keys)} administrators with their own"
    return f"{asked}; administration key {own}", ""


def port(host: str, number: int) -> tuple[str, str]:
    """Whether the port can be listened on, or this server does already."""
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(kind, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            tried.bind((host, number))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and _is_ours(host, number):
                return f"{host}:{number}: the server is running", ""
            why = os.strerror(error.errno) if error.errno else str(error)
            return f"{host}:{number}: {why}", "guardrail serve --port NUMBER, with a free one"
    return f"{host}:{number} is free", ""


def _is_ours(host: str, number: int) -> bool:
    call = http.client.HTTPConnection(host, number, timeout=_SECONDS)
    try:
        call.request("GET", "/health")
        return call.getresponse().read(100) == b'{"status":"ok"}'
    except (OSError, http.client.HTTPException):
        return False
    finally:
        call.close()


def closed_files() -> tuple[str, str]:
    """Whether others on this machine can read what is to be forgotten, said, or a key."""
    settings = load_settings()
    paths = [settings.forget, settings.memory, settings.audit, home() / "guardrail.toml"]
    there = [path for path in paths if path.is_file()]
    open_ = [path for path in there if os.name == "posix" and _others_may(path)]
    if open_:
        names = " ".join(map(str, open_))
        return f"others may read {names}", f"chmod 600 {names}"
    return f"{len(there)} files, for their owner alone", ""


def _others_may(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def page() -> tuple[str, str]:
    """Whether the server and the files of its page are there."""
    mend = "pip install 'guardrail-memory[server]'"
    missing = [name for name in ("fastapi", "uvicorn", "prometheus_client") if not find_spec(name)]
    if missing:
        return f"{', '.join(missing)} not installed; only serve needs it: {mend}", ""
    import guardrail

    folder = Path(guardrail.__file__).parent / "serving" / "page"
    gone = [name for name in _PAGE if not (folder / name).exists()]
    if gone:
        return f"{', '.join(gone)} missing in {folder}", f"{mend} --force-reinstall"
    return "installed, with its page", ""
