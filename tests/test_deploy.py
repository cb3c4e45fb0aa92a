"""The container and the service: what would make either unsafe or stale is an error."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
SYSTEMD = shutil.which("systemd-analyze")


def instructions(text: str) -> list[tuple[str, str]]:
    """A Dockerfile's instructions in order, continuation lines joined."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split()[0], line.split(None, 1)[1]) for line in joined.splitlines() if line]


def complaints(text: str) -> list[str]:
    """What a careful reader would hold against a Dockerfile."""
    steps = instructions(text)
    found = [f"{name} is no instruction" for name, _ in steps if name != name.upper()]
    last = dict(steps)
    if not re.fullmatch(r"[\w./-]+:[\w.-]+", last.get("FROM", "")) or ":latest" in last["FROM"]:
        found.append("the base image has no version")
    if last.get("USER", "root") in ("root", "0"):
        found.append("it runs as root")
    found += [
        f"{name} starts a shell, which keeps SIGTERM to itself"
        for name in ("ENTRYPOINT", "CMD")
        if name in last and not last[name].startswith("[")
    ]
    if "ENTRYPOINT" not in last and "CMD" not in last:
        found.append("nothing is started")
    found += [f"{n} is missing" for n in ("HEALTHCHECK", "VOLUME", "EXPOSE") if n not in last]
    for name, value in steps:
        if name == "RUN" and re.search(r"pip install(?![^&]*(-c constraints|--no-deps))", value):
            found.append("pip installs without the tested versions")
        if name in ("ENV", "ARG") and re.search(r"(KEY|SECRET|TOKEN|PASSWORD)=\S", value):
            found.append("a secret stands in a layer")
        if name == "ADD":
            found.append("ADD fetches and unpacks; use COPY")
    return found


def test_nothing_is_wrong_with_the_container() -> None:
    assert complaints((DEPLOY / "Dockerfile").read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("USER guardrail", "USER root"),
        ("3.12-slim", "latest"),
        ("-c constraints.txt", ""),
        ('["guardrail", "serve", "--host", "0.0.0.0"]', "guardrail serve"),
        ("ENV ", "ENV GUARDRAIL_API_KEY=abc "),
        ("VOLUME /data\n", ""),
    ],
)
def test_the_reader_of_containers_is_careful(good: str, bad: str) -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert good in text
    assert complaints(text.replace(good, bad, 1)) != []


def test_the_container_copies_what_the_package_needs() -> None:
    steps = instructions((DEPLOY / "Dockerfile").read_text("utf-8"))
    copied = {name for step, value in steps if step == "COPY" for name in value.split()[:-1]}
    assert {"guardrail", "memory", "pyproject.toml", "constraints.txt"} <= copied
    assert all((ROOT / name).exists() for name in copied)
    check = next(value for step, value in steps if step == "HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    compile(command[2], "healthcheck", "exec")


def service() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((DEPLOY / "guardrail.service").read_text("utf-8"))
    return unit


def test_the_service_is_confined() -> None:
    """No root, no writable system, no key in the unit, and time for replies under way."""
    unit = service()["Service"]
    confined = "DynamicUser NoNewPrivileges ProtectHome PrivateTmp ProtectKernelModules".split()
    assert all(unit[name] == "yes" for name in confined)
    assert unit["ProtectSystem"] == "strict"
    assert unit["UMask"] == "0077"
    assert "KEY" not in unit["Environment"]
    from guardrail.cli.serve import _GRACE

    assert int(unit["TimeoutStopSec"]) > _GRACE


@pytest.mark.skipif(SYSTEMD is None, reason="no systemd-analyze on this machine")
def test_systemd_finds_nothing_wrong_with_the_service(tmp_path: Path) -> None:
    """Its command is not installed here, so another stands for it."""
    text = (DEPLOY / "guardrail.service").read_text("utf-8")
    unit = tmp_path / "guardrail.service"
    unit.write_text(text.replace("/opt/guardrail/bin/guardrail", "true"), encoding="utf-8")
    done = subprocess.run(
        [str(SYSTEMD), "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "guardrail.service" not in done.stderr, done.stderr
