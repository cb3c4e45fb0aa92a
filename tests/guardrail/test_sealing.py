"""The forget file encrypted with a key from the environment."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from guardrail import ForgetFileError, ForgetSet, MissingDependency
from guardrail.sealing import VARIABLE

NAME = "Ada Example"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A forget file that was written with a key."""
    monkeypatch.setenv(VARIABLE, Fernet.generate_key().decode())
    path = tmp_path / "forget.yaml"
    ForgetSet(path=path).add(NAME, secrets=["tango-seven"])
    return path


def test_nothing_of_it_stands_on_disk(path: Path) -> None:
    for file in path.parent.iterdir():
        data = file.read_bytes()
        assert b"Ada" not in data
        assert b"tango" not in data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [target.name for target in ForgetSet.load(path)] == [NAME]


def test_it_can_be_changed_with_the_key_and_not_without(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = ForgetSet.load(path)
    targets.add("Bo Sample")
    assert len(ForgetSet.load(path)) == 2
    before = path.read_bytes()
    for wrong in ("", Fernet.generate_key().decode()):
        monkeypatch.setenv(VARIABLE, wrong)
        with pytest.raises(ForgetFileError, match=VARIABLE) as caught:
            ForgetSet.load(path)
        assert wrong not in str(caught.value) or not wrong
        with pytest.raises(ForgetFileError):
            ForgetSet(path=path).add("Cy Third")
    assert path.read_bytes() == before
    assert len(targets) == 2  # what was read before stays withheld


def test_a_file_in_clear_is_read_and_then_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "forget.yaml"
    ForgetSet(path=path).add(NAME)
    assert NAME in path.read_text()
    monkeypatch.setenv(VARIABLE, Fernet.generate_key().decode())
    ForgetSet.load(path).add("Bo Sample")
    assert NAME.encode() not in path.read_bytes()
    assert len(ForgetSet.load(path)) == 2


def test_what_is_wrong_with_a_key_is_said_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "not-a-key")
    with pytest.raises(ForgetFileError, match="32 bytes") as caught:
        ForgetSet(path=tmp_path / "forget.yaml").add(NAME)
    assert "not-a-key" not in str(caught.value)
    assert not (tmp_path / "forget.yaml").exists()


def test_without_the_package_it_does_not_write_in_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, Fernet.generate_key().decode())
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    with pytest.raises(MissingDependency, match=r"guardrail-memory\[crypt\]"):
        ForgetSet(path=tmp_path / "forget.yaml").add(NAME)
    assert not (tmp_path / "forget.yaml").exists()
