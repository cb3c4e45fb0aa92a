"""The embedder: its vectors, and under several threads."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from memory import default_embedder
from memory.embedding import SentenceEmbedder, _bundled


class Slow:
    """A model that notes its batches, and begins one only when it may."""

    dimension = 1

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun, self.may = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 1): the length of each text."""
        self.batches.append(list(texts))
        self.begun.set()
        assert self.may.wait(10)
        if "bad" in texts:
            raise ValueError("no such text")
        return np.array([[len(text)] for text in texts], np.float32)


def together(texts: Sequence[Sequence[str]]) -> tuple[Slow, list[Future[NDArray[np.float32]]]]:
    """Each asked for by a thread of its own while the first batch is under way."""
    model = Slow()
    embedder = SentenceEmbedder(lambda: model, "slow", 1)
    with ThreadPoolExecutor(len(texts)) as pool:
        asked = [pool.submit(embedder.encode, texts[0])]
        assert model.begun.wait(10)
        asked += [pool.submit(embedder.encode, each) for each in texts[1:]]
        while len(embedder._waiting) < len(texts) - 1:
            pass
        model.may.set()
    return model, asked


def test_what_comes_meanwhile_is_one_batch_and_each_gets_its_own() -> None:
    texts = [["a"], ["bb", "ccc"], ["dddd"], ["e" * 5, "f" * 6]]
    model, asked = together(texts)
    assert [len(batch) for batch in model.batches] == [1, 5]
    for one, made in zip(texts, asked, strict=True):
        assert made.result()[:, 0].tolist() == [len(text) for text in one]


def test_a_text_that_fails_spoils_no_others() -> None:
    _, asked = together([["a"], ["bad"], ["dddd"]])
    with pytest.raises(ValueError, match="no such text"):
        asked[1].result()
    assert asked[0].result().tolist() == [[1]]
    assert asked[2].result().tolist() == [[4]]


def test_the_default_makes_the_vectors_of_sentence_transformers() -> None:
    """Texts of all lengths in one batch, so that some are padded and some are cut; each alone."""
    from sentence_transformers import SentenceTransformer

    said = "Ines has moved to Bergen, where she keeps bees. "
    texts = [said, said[:-1], said * 9, said * 90, "", "  x  ", "naïve Łódź 🙂 東京", "a\nb\tc\x00"]
    texts += ["[CLS] and [SEP]", "é" * 3000, "Was it 10:30?"]
    right = SentenceTransformer(str(_bundled()), local_files_only=True).encode(
        texts, normalize_embeddings=True, show_progress_bar=False
    )
    made = default_embedder()
    assert made.encode(texts) == pytest.approx(right, abs=2e-6)
    assert np.concatenate([made.encode([text]) for text in texts]) == pytest.approx(right, abs=2e-6)
    assert made.dimension == right.shape[1]


def test_the_default_does_not_wait_for_a_library_to_be_imported() -> None:
    """sentence-transformers takes four seconds."""
    code = (
        "import sys; from memory import default_embedder; default_embedder().encode(['x']); "
        "assert not {'sentence_transformers', 'transformers', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
