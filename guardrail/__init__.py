"""Withhold what a chat model must not say, at inference time, and remember what it should.

``GuardedChat`` is the whole thing; ``Guard`` is the withholding alone, for any ``generate`` call.
Importing this package loads no torch: names load what they need when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrail._lazy import lazy_exports

if TYPE_CHECKING:
    from guardrail.chat import GuardedChat
    from guardrail.detection import TargetScore, Verdict
    from guardrail.errors import (
        CopyRefused,
        ForgetFileError,
        GuardrailError,
        InvalidInput,
        MissingDependency,
        ModelBroken,
        ModelNotFound,
        PromptTooLong,
        SettingsError,
        StorageError,
        UnsupportedGeneration,
    )
    from guardrail.guard import Guard
    from guardrail.reply import Reply, ReplyStream
    from guardrail.settings import Settings
    from guardrail.targets import ForgetSet, Policy, Target
    from guardrail.wrapping import wrap

__version__ = "0.1.0"

__all__ = [
    "CopyRefused",
    "ForgetFileError",
    "ForgetSet",
    "Guard",
    "GuardedChat",
    "GuardrailError",
    "InvalidInput",
    "MissingDependency",
    "ModelBroken",
    "ModelNotFound",
    "Policy",
    "PromptTooLong",
    "Reply",
    "ReplyStream",
    "Settings",
    "SettingsError",
    "StorageError",
    "Target",
    "TargetScore",
    "UnsupportedGeneration",
    "Verdict",
    "wrap",
]

_ERRORS = (
    "CopyRefused ForgetFileError GuardrailError InvalidInput MissingDependency ModelBroken "
    "ModelNotFound PromptTooLong SettingsError StorageError UnsupportedGeneration"
).split()

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "GuardedChat": "chat",
        "Guard": "guard",
        "Verdict": "detection",
        "TargetScore": "detection",
        "Reply": "reply",
        "ReplyStream": "reply",
        "Settings": "settings",
        "ForgetSet": "targets",
        "Policy": "targets",
        "Target": "targets",
        "wrap": "wrapping",
        **dict.fromkeys(_ERRORS, "errors"),
    },
)
