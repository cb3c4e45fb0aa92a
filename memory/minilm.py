"""The default embedder: all-MiniLM-L6-v2 in a few calls of torch.

sentence-transformers makes the same vectors of it (a test compares them), but takes half as long
again for a short text and seconds to import, and nearly everybody embeds with this model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

__all__ = ["MiniLM"]

_LAYERS, _HEADS, _WIDTH, _EPSILON = 6, 12, 384, 1e-12
_MOST = 256  # word pieces of a text that are read
_BATCH = 64


class MiniLM:
    """Texts to unit vectors (384,). ``folder`` holds ``model.safetensors`` and ``tokenizer.json``,
    as the model is published; ``device`` is by default the fastest here."""

    dimension = _WIDTH

    def __init__(self, folder: Path, device: str | None = None) -> None:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        self._device = _device(device)
        weights = load_file(folder / "model.safetensors", device=str(self._device))
        self._words = weights["embeddings.word_embeddings.weight"]
        # Where a word stands, and that the text is the first of a pair: the same for every text.
        first = weights["embeddings.token_type_embeddings.weight"][0]
        self._places = weights["embeddings.position_embeddings.weight"][:_MOST] + first
        self._norm = _Part.of(weights, "embeddings.LayerNorm")
        self._layers = [_Layer.of(weights, f"encoder.layer.{n}") for n in range(_LAYERS)]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 384), each row of length 1. Texts of like length are read together."""
        ids = [read.ids for read in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        vectors = np.empty((len(ids), _WIDTH), np.float32)
        for start in range(0, len(ids), _BATCH):
            places = order[start : start + _BATCH]
            vectors[places] = self._vectors([ids[place] for place in places])
        return vectors

    def _vectors(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Of texts (b,) as word pieces, padded to the longest: (b, 384)."""
        import torch
        from torch.nn.functional import normalize

        sizes = torch.tensor([len(each) for each in ids])
        longest = int(sizes.max())
        padded = torch.tensor([[*each, *[0] * (longest - len(each))] for each in ids])
        there = (torch.arange(longest) < sizes[:, None]).to(self._device)
        # Without padding there is no mask, with which attention would be slower.
        mask = there[:, None, None] if int(sizes.min()) < longest else None
        with torch.inference_mode():
            states = self._words[padded.to(self._device)] + self._places[:longest]
            states = self._norm.normalised(states)
            for layer in self._layers:
                states = layer.after(states, mask)
            # Of all the pieces of a text the mean; its length does not matter.
            whole = (states * there[..., None]).sum(1)
            return np.asarray(normalize(whole, dim=1).cpu().numpy(), np.float32)


@dataclass(frozen=True, slots=True)
class _Part:
    """A linear map or a normalisation."""

    weight: torch.Tensor
    bias: torch.Tensor

    @classmethod
    def of(cls, weights: dict[str, torch.Tensor], *names: str) -> _Part:
        """The part of this name, or several of them side by side."""
        import torch

        joined = (torch.cat([weights[f"{n}.{kind}"] for n in names]) for kind in ("weight", "bias"))
        return cls(*joined)

    def applied(self, states: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import linear

        return linear(states, self.weight, self.bias)

    def normalised(self, states: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import layer_norm

        return layer_norm(states, (_WIDTH,), self.weight, self.bias, _EPSILON)


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer of BERT."""

    asked: _Part
    attended: _Part
    first_norm: _Part
    inner: _Part
    outer: _Part
    second_norm: _Part

    @classmethod
    def of(cls, weights: dict[str, torch.Tensor], name: str) -> _Layer:
        """The layer of this name."""
        return cls(
            _Part.of(weights, *(f"{name}.attention.self.{n}" for n in ("query", "key", "value"))),
            _Part.of(weights, f"{name}.attention.output.dense"),
            _Part.of(weights, f"{name}.attention.output.LayerNorm"),
            _Part.of(weights, f"{name}.intermediate.dense"),
            _Part.of(weights, f"{name}.output.dense"),
            _Part.of(weights, f"{name}.output.LayerNorm"),
        )

    def after(self, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """States (b, n, 384) after this layer; ``mask`` (b, 1, 1, n): what is no padding."""
        from torch.nn.functional import gelu, scaled_dot_product_attention

        b, n, width = states.shape
        parts = self.asked.applied(states).view(b, n, 3, _HEADS, width // _HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = self.attended.applied(seen.transpose(1, 2).reshape(b, n, width))
        states = self.first_norm.normalised(states + seen)
        return self.second_norm.normalised(
            states + self.outer.applied(gelu(self.inner.applied(states)))
        )


def _device(name: str | None) -> torch.device:
    import torch

    if name is not None:
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
