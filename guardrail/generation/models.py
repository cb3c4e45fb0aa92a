"""Models: the default one, a local folder, a hub name, or one already loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from guardrail.errors import InvalidInput, ModelBroken, ModelNotFound
from guardrail.generation import default
from guardrail.generation.batching import Batch
from guardrail.generation.sharing import Turns
from guardrail.generation.template import ChatTemplate
from guardrail.recent import Recent, digest

__all__ = ["LoadedModel", "load", "wrap"]

_WINDOW_KEYS = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
_WINDOW_UNKNOWN = 2048
_COUNTED = 10_000  # prompts whose length is kept, at some 150 bytes each


@dataclass(slots=True)
class LoadedModel:
    """A causal LM with its tokenizer, ready to chat.

    ``window`` is the most tokens that prompt and reply may have together; ``vocab_size`` the width
    of the logits, which may be padded beyond the tokenizer; ``lock`` is held while it generates, a
    token at a time; ``batch`` decodes replies together.
    """

    model: Any
    tokenizer: Any
    name: str
    device: torch.device
    dtype: torch.dtype
    window: int
    vocab_size: int
    template: ChatTemplate
    lock: Turns = field(default_factory=Turns, repr=False)
    batch: Batch = field(init=False, repr=False)
    _counts: Recent[int] = field(default_factory=lambda: Recent(_COUNTED), init=False, repr=False)
    _counted: tuple[bytes, list[int]] = field(default=(b"", []), init=False, repr=False)

    def __post_init__(self) -> None:
        padding = self.tokenizer.pad_token_id
        self.batch = Batch(self.model, self.lock, 0 if padding is None else padding)

    def render(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The prompt as text, the opening of the reply included."""
        return self.template.render(messages)

    def encode(self, messages: Sequence[Mapping[str, str]]) -> torch.Tensor:
        """The prompt as token ids (1, n) on the model's device. What looks like a control token
        in a message's content is encoded as the letters it is made of. The longest that was counted
        since the last prompt is not encoded again: that is the prompt, its parts are shorter."""
        of, ids = self._counted
        self._counted = b"", []  # it would outlast an erasure
        if of != _digest(messages):
            ids = self.template.encode(messages)
        return torch.tensor([ids], device=self.device)

    def encode_text(self, text: str) -> torch.Tensor:
        """Text without a chat around it as token ids (1, n), as the tokenizer begins a text."""
        return torch.tensor([self.tokenizer.encode(text)], device=self.device)

    def count(self, messages: Sequence[Mapping[str, str]]) -> int:
        """How many tokens ``encode`` gives. The same pieces come up turn after turn, so counts are
        kept."""
        of = _digest(messages)
        if not (known := self._counts.known([of])):
            ids = self.template.encode(messages)
            if len(ids) > len(self._counted[1]):
                self._counted = of, ids
            known = {of: len(ids)}
            self._counts.keep(known)
        return known[of]


def _digest(messages: Sequence[Mapping[str, str]]) -> bytes:
    return digest(*(part for message in messages for item in message.items() for part in item))


def load(
    name: str | Path | None = None, *, device: str = "auto", dtype: str = "auto"
) -> LoadedModel:
    """Load a causal LM; ``None`` is the default model, which uses no network.

    ``device``: auto (cuda, else mps, else cpu) or a torch device. ``dtype``: auto, float32,
    bfloat16, float16.

    Raises ``ModelNotFound`` or ``ModelBroken``, and ``InvalidInput`` for a device or dtype that
    this machine does not have.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    place = _device(device)
    number = _dtype(dtype, place)
    folder = default.prepare_default() if name is None else _local(name)
    source = str(folder or name)
    offline = folder is not None
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=offline)
        with default.quiet():
            model: Any = AutoModelForCausalLM.from_pretrained(
                source, dtype=number, local_files_only=offline
            )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise _explain(source, offline, error) from error
    return wrap(model.to(place).eval(), tokenizer, name=default.NAME if name is None else str(name))


def wrap(model: Any, tokenizer: Any, *, name: str | None = None) -> LoadedModel:
    """A model and tokenizer already loaded. Raises ``InvalidInput`` without a tokenizer."""
    if tokenizer is None:
        raise InvalidInput("a model was passed without its tokenizer; pass tokenizer= as well")
    if tokenizer.pad_token_id is None and tokenizer.eos_token_id is not None:
        tokenizer.pad_token = tokenizer.eos_token
    config = model.config.get_text_config()
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        name=name or str(getattr(config, "_name_or_path", "") or type(model).__name__),
        device=model.device,
        dtype=model.dtype,
        window=_window(config),
        vocab_size=max(int(config.vocab_size), len(tokenizer)),
        template=ChatTemplate(tokenizer),
    )


def _local(name: str | Path) -> Path | None:
    """The folder that ``name`` is, or ``None`` for a hub name. Raises ``ModelNotFound``."""
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if isinstance(name, Path) or path.is_absolute() or str(name).startswith((".", "~")):
        raise ModelNotFound(f"there is no model folder at {path}; check the path")
    return None


def _device(wanted: str) -> torch.device:
    if wanted != "auto":
        try:
            device = torch.device(wanted)
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError, NotImplementedError):
            raise InvalidInput(f"device {wanted!r} is not to be had here; use auto") from None
        return device
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _dtype(wanted: str, device: torch.device) -> torch.dtype:
    """``auto``: bfloat16 where the hardware computes in it, else float32 (float16 on mps)."""
    names = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if wanted in names:
        return names[wanted]
    if wanted != "auto":
        raise InvalidInput(f"dtype {wanted!r} is unknown; use auto, {', '.join(names)}")
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "mps":
        return torch.float16
    # One token at a time, a CPU spends its time reading weights: half the bytes, most of the
    # speed, if the vector unit is wide enough to unpack them (26 against 17 tokens/s measured).
    wide = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return torch.bfloat16 if wide else torch.float32


def _window(config: Any) -> int:
    for key in _WINDOW_KEYS:
        value = getattr(config, key, None)
        if isinstance(value, int) and value > 0:
            return value
    return _WINDOW_UNKNOWN


def _explain(source: str, offline: bool, error: Exception) -> ModelNotFound:
    """The typed error for what went wrong while loading; ``source`` is no secret, its text is."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if offline:
        return ModelBroken(f"the model in {source} cannot be loaded: {first}")
    return ModelNotFound(
        f"no model {source!r} is cached here or to be had from the hub: {first} "
        "(check the name and the network, or leave --model out for the default model)"
    )
