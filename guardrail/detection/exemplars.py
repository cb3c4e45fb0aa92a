"""How near a text is to what typifies each target: one matrix product for all targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from guardrail.targets import Target

if TYPE_CHECKING:
    from memory.embedding import Embedder

__all__ = ["ExemplarIndex", "exemplar_texts"]

# What is asked of a thing known by its name alone.
_TEMPLATES = ("{}", "Who or what is {}?", "Tell me about {}.", "What is {} known for?")


def exemplar_texts(target: Target) -> list[str]:
    """The texts that stand for a target: questions made from its names, and what typifies
    it."""
    made = [template.format(name) for name in target.all_names for template in _TEMPLATES]
    return list(dict.fromkeys((*made, *target.texts)))


class ExemplarIndex:
    """The vectors of every target's exemplars, stacked so that targets are contiguous.

    ``cache`` maps a text to its vectors (n, d) and is filled as needed: passing the cache of the
    former index on makes adding a target cost only that target's own texts.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        embedder: Embedder,
        cache: dict[str, NDArray[np.float32]],
    ) -> None:
        from guardrail.memory_link import memory

        texts = [exemplar_texts(target) for target in targets]
        missing = list({text for group in texts for text in group if text not in cache})
        for embedded in memory.embed_texts(missing, embedder) if missing else ():
            cache[embedded.text] = embedded.vectors
        groups = [np.concatenate([cache[text] for text in group]) for group in texts]
        self.ids = [target.id for target in targets]
        self.cache = {text: cache[text] for group in texts for text in group}
        self._starts = np.cumsum([0, *(len(group) for group in groups)])[:-1]
        self._matrix = (
            np.concatenate(groups) if groups else np.zeros((0, embedder.dimension), np.float32)
        )

    def similarity(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The best cosine of any of ``vectors`` (n, d) with each target's exemplars: (targets,).

        Cost: one (n, d) x (d, exemplars) product.
        """
        if not self.ids:
            return np.zeros(0, np.float32)
        best = (vectors @ self._matrix.T).max(axis=0)
        return np.asarray(np.maximum.reduceat(best, self._starts), dtype=np.float32)
