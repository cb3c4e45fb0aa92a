"""The forget file encrypted, with a key from the variable ``GUARDRAIL_FORGET_KEY``.

The key is one of Fernet (AES-128-CBC with HMAC-SHA256): 32 bytes in URL-safe base64, made with
``python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"``.
A file in clear is still read, and is encrypted at its next change.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from guardrail.errors import ForgetFileError, MissingDependency

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

__all__ = ["VARIABLE", "seal", "unseal"]

VARIABLE = "GUARDRAIL_FORGET_KEY"
_MARK = b"# guardrail-memory forget file, encrypted\n"


def seal(data: bytes) -> bytes:
    """What is written to disk: encrypted when there is a key, else as it is.

    Raises ``ForgetFileError`` for a key that is none, ``MissingDependency``.
    """
    key = _key()
    return data if key is None else _MARK + key.encrypt(data) + b"\n"


def unseal(path: Path, data: bytes) -> bytes:
    """What ``seal`` was given. Raises ``ForgetFileError`` without the right key."""
    if not data.startswith(_MARK):
        return data
    key = _key()
    if key is None:
        raise ForgetFileError(f"{path} is encrypted; put its key into {VARIABLE}")
    from cryptography.fernet import InvalidToken

    try:
        return key.decrypt(data[len(_MARK) :].strip())
    except InvalidToken:
        raise ForgetFileError(
            f"{path} cannot be decrypted: the key in {VARIABLE} is another one, or the file was "
            "changed"
        ) from None


def _key() -> Fernet | None:
    """The key in force. The environment is read each time, so no copy of it is kept."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    try:
        from cryptography.fernet import Fernet
    except ModuleNotFoundError:
        raise MissingDependency(
            f"{VARIABLE} is set, and the package that encrypts is missing; mend it with: "
            "pip install 'guardrail-memory[crypt]'"
        ) from None
    try:
        return Fernet(named)
    except ValueError:
        raise ForgetFileError(
            f"{VARIABLE} holds no key: it has to be 32 bytes in URL-safe base64, as "
            "cryptography.fernet.Fernet.generate_key() makes them"
        ) from None
