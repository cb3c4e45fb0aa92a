"""Settings of the program: arguments over environment over file; unknown keys are errors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from guardrail.errors import SettingsError

if TYPE_CHECKING:
    from guardrail.detection.model import Thresholds

__all__ = ["LOOPBACK", "Settings", "home", "load_settings"]

PREFIX = "GUARDRAIL_"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""This machine, as itself alone can reach it."""
# Variables of our prefix that are no settings: where things are, and secrets.
_PLACES = frozenset({"GUARDRAIL_HOME", "GUARDRAIL_CACHE", "GUARDRAIL_FORGET_KEY"})


def home() -> Path:
    """The folder of the user's own files: ``$GUARDRAIL_HOME``, else the platform's data folder."""
    named = os.environ.get("GUARDRAIL_HOME")
    return (
        Path(named).expanduser() if named else user_data_path("guardrail-memory", appauthor=False)
    )


class Settings(BaseSettings):
    """Everything that can be set, with its default.

    Read from ``guardrail.toml`` in ``home()`` and from variables ``GUARDRAIL_<NAME>``.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    model: str | None = Field(None, description="hub name or folder; none is the default model")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:1, mps")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    memory: Path = Field(default_factory=lambda: home() / "chat.db")
    forget: Path = Field(default_factory=lambda: home() / "forget.yaml")
    system: str = Field("", description="the system message; empty leaves the template's own")
    budget: int = Field(3500, ge=64, description="most tokens a prompt may have")
    max_new_tokens: int = Field(256, ge=1)
    temperature: float = Field(0.0, ge=0, description="0 takes the likeliest token")
    top_p: float = Field(1.0, gt=0, le=1)
    seed: int | None = None
    sentence_check: bool = Field(True, description="judge each sentence before it is shown")
    own_words: bool = Field(
        True, description="ask the model in the background what it knows of a target that is a name"
    )
    summaries: Literal["extractive", "model"] = Field(
        "extractive", description="who writes the memory's summaries, in the background"
    )
    meaning: bool = Field(
        False, description="discourage words of like meaning in restricted replies"
    )
    grey: float | None = Field(None, ge=0, le=1, description="score that restricts; none: shipped")
    sure: float | None = Field(None, ge=0, le=1, description="score for the policy; none: shipped")
    answer_grey: float | None = Field(
        None, ge=0, le=1, description="score of an answer that withholds it from a doubted question"
    )
    answer_sure: float | None = Field(
        None, ge=0, le=1, description="score of an answer that withholds it; none: shipped"
    )
    api_key: SecretStr | None = Field(None, description="the server's key, for all its users")
    api_keys: dict[str, SecretStr] = Field({}, description="users of the server with their keys")
    admin_key: SecretStr | None = Field(None, description="none: one is made at each start")
    admin_keys: dict[str, SecretStr] = Field({}, description="administrators with their keys")
    audit: Path = Field(default_factory=lambda: home() / "audit.jsonl")
    max_body: int = Field(1_000_000, ge=1000, description="bytes of a request")
    rate: int = Field(600, ge=0, description="requests a minute from one caller; 0: no limit")
    max_replies: int = Field(64, ge=1, description="replies under way or waiting")
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="of log lines; auto: text on a terminal, else JSON"
    )

    @property
    def thresholds(self) -> Thresholds | None:
        """The detector's operating point for prompts, ``None`` for the shipped one."""
        return _laid_over("prompt_at", self.grey, self.sure)

    @property
    def answer_thresholds(self) -> Thresholds | None:
        """The same for drafts of answers."""
        return _laid_over("answer_at", self.answer_grey, self.answer_sure)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over the file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=home() / "guardrail.toml")
        return init_settings, env_settings, file


def _laid_over(usual: str, grey: float | None, sure: float | None) -> Thresholds | None:
    if grey is None and sure is None:
        return None
    from guardrail.detection.model import Thresholds, shipped

    at: Thresholds = getattr(shipped(), usual)
    return Thresholds(at.grey if grey is None else grey, at.sure if sure is None else sure)


def load_settings(**overrides: Any) -> Settings:
    """The settings in force; ``None`` among ``overrides`` means "not given".

    Raises ``SettingsError`` naming the key, never its value.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields} | _PLACES
    for variable in os.environ:
        if variable.startswith(PREFIX) and variable not in known:
            names = ", ".join(sorted(known))
            raise SettingsError(f"unknown variable {variable}; known are {names}")
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise SettingsError(
            f"setting {key!r}: {first['msg']} (from an argument, {PREFIX}{key.upper()} "
            f"or {home() / 'guardrail.toml'})"
        ) from None
    except ValueError as error:  # a file that is not TOML
        raise SettingsError(f"cannot read {home() / 'guardrail.toml'}: {error}") from None
