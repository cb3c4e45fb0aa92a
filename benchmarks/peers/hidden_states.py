"""What a causal LM makes of a text: the vector that GUARD's gate looks at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from guardrail.generation.models import LoadedModel

__all__ = ["HiddenStates"]

_LONGEST = 256  # tokens of a text that are looked at
_BATCH = 16


class HiddenStates:
    """The states of the penultimate layer, their mean over a text's tokens (GUARD, arXiv
    2505.13312), in the form of an embedder, so that they can be kept on disk like one's vectors.
    Not of unit length."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded

    @property
    def name(self) -> str:
        """Whose states they are."""
        return f"penultimate states of {self._loaded.name}"

    @property
    def dimension(self) -> int:
        """The width of the model."""
        return int(self._loaded.model.config.get_text_config().hidden_size)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, dimension). Texts of like length go through the model together."""
        encode = self._loaded.tokenizer.encode
        ids = [encode(text)[:_LONGEST] or encode(" ") for text in texts]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        found = np.zeros((len(ids), self.dimension), np.float32)
        for start in range(0, len(order), _BATCH):
            some = order[start : start + _BATCH]
            found[some] = self._means([ids[at] for at in some])
        return found

    def _means(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        lengths = torch.tensor([len(one) for one in ids])
        longest = int(lengths.max())
        there = torch.arange(longest)[None] < lengths[:, None]
        padded = torch.zeros(len(ids), longest, dtype=torch.long)
        padded[there] = torch.tensor([token for one in ids for token in one])
        device = self._loaded.device
        with torch.inference_mode():
            hidden = self._loaded.model(
                padded.to(device), attention_mask=there.long().to(device), output_hidden_states=True
            ).hidden_states[-2]
        summed = (hidden.float().cpu() * there[:, :, None]).sum(dim=1)
        means: NDArray[np.float32] = (summed / lengths[:, None]).numpy()
        return means
