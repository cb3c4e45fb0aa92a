"""Every error the library raises on purpose, in one small tree.

::

    GuardrailError
    ├── CopyRefused            a copy or a pickle that would have no guard
    ├── ForgetFileError        a forget file that cannot be read, with the key and the line
    ├── InvalidInput           a message, name or argument that cannot be used
    │   └── PromptTooLong      a prompt that cannot fit, even alone
    ├── MissingDependency      an optional package is not installed
    ├── ModelNotFound          no such model here or on the hub
    │   └── ModelBroken        a model was found and could not be loaded
    ├── SettingsError          a settings file or variable that cannot be used
    ├── StorageError           a file could not be written
    └── UnsupportedGeneration  a decoding mode in which the ban could not be kept

``memory`` has its own base class, ``memory.MemoryFault``, because it works without this package.
Each message names what was received and what mends it, and never holds forgotten text.
"""

from __future__ import annotations

__all__ = [
    "CopyRefused",
    "ForgetFileError",
    "GuardrailError",
    "InvalidInput",
    "MissingDependency",
    "ModelBroken",
    "ModelNotFound",
    "PromptTooLong",
    "SettingsError",
    "StorageError",
    "UnsupportedGeneration",
]


class GuardrailError(Exception):
    """Base class of every error raised on purpose by ``guardrail``."""


class CopyRefused(GuardrailError, TypeError):
    """What is guarded was to be copied or pickled; the copy would have no guard."""


class ForgetFileError(GuardrailError):
    """A forget file cannot be read; the message names the file, the key and the line."""


class InvalidInput(GuardrailError, ValueError):
    """An argument or a message cannot be used as it is."""


class PromptTooLong(InvalidInput):
    """The message and the system text alone are longer than the prompt budget."""


class MissingDependency(GuardrailError, ImportError):
    """An optional package is missing; the message holds the pip command that installs it."""


class ModelNotFound(GuardrailError):
    """No model of that name is installed, cached, or to be had."""


class ModelBroken(ModelNotFound):
    """A model was found, but its files cannot be loaded."""


class SettingsError(GuardrailError):
    """A setting is unknown or has a value that cannot be used."""


class StorageError(GuardrailError):
    """A file or folder could not be read or written."""


class UnsupportedGeneration(GuardrailError):
    """A decoding mode was asked for in which the ban could not be kept, so it is refused."""
