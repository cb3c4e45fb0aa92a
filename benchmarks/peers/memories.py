"""Conversation memories that others publish, each given the same pieces and the same embedder.

What was assumed of each stands with it. mem0 and txtai are in no extra, as they bring a hundred
packages; what is not installed is left out: ``pip install mem0ai qdrant-client txtai``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable

from benchmarks.peers.hema import Hema, HemaForgetting
from benchmarks.peers.peer import PIECES, Peer

__all__ = ["PEERS"]


class Mem0(Peer):
    """mem0 with ``infer=False`` and qdrant in RAM. Its own door to an embedder loads models by
    name, so ours is put in its place. Its search by words needs models that it would fetch."""

    needs = ("mem0", "qdrant_client")

    def store(self, texts: list[str], turn_of: list[int]) -> None:
        """See ``Peer``."""
        os.environ |= {"MEM0_TELEMETRY": "False", "MEM0_DIR": tempfile.mkdtemp()}
        from mem0 import Memory
        from qdrant_client import QdrantClient

        nobody = {"provider": "openai", "config": {"api_key": "none"}}  # never asked
        where = {"client": QdrantClient(":memory:"), "embedding_model_dims": 384}
        self._memory = Memory.from_config(
            {
                "llm": nobody,
                "embedder": nobody,
                "vector_store": {"provider": "qdrant", "config": where},
                "history_db_path": ":memory:",
            }
        )
        self._memory.embedding_model = self
        for text, turn in zip(texts, turn_of, strict=True):
            said = [{"role": "user", "content": text}]
            self._memory.add(said, user_id="u", infer=False, metadata={"turn": turn})

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        """What mem0 asks of an embedder."""
        return self.vector(text)

    def found(self, query: str) -> Iterable[int]:
        """See ``Peer``."""
        found = self._memory.search(query, filters={"user_id": "u"}, top_k=PIECES, threshold=0.0)
        return (row["metadata"]["turn"] for row in found["results"])


class LangChain(Peer):
    """LangChain's vector store in RAM, which its memories of a conversation search."""

    needs = ("langchain_core",)

    def store(self, texts: list[str], turn_of: list[int]) -> None:
        """See ``Peer``."""
        from langchain_core.embeddings import Embeddings
        from langchain_core.vectorstores import InMemoryVectorStore

        peer = self

        class Shared(Embeddings):
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return [peer.vector(text) for text in texts]

            def embed_query(self, text: str) -> list[float]:
                return peer.vector(text)

        self._store = InMemoryVectorStore(Shared())
        self._store.add_texts(texts, [{"turn": turn} for turn in turn_of])

    def found(self, query: str) -> Iterable[int]:
        """See ``Peer``."""
        rows = self._store.similarity_search(query, k=PIECES)
        return (row.metadata["turn"] for row in rows)


class LlamaIndex(Peer):
    """LlamaIndex's ``VectorMemory``, each piece a message of its own: its default joins a user's
    message with the replies to it, of which the embedder would read the beginning."""

    needs = ("llama_index",)

    def store(self, texts: list[str], turn_of: list[int]) -> None:
        """See ``Peer``."""
        from llama_index.core.base.llms.types import ChatMessage
        from llama_index.core.embeddings import BaseEmbedding
        from llama_index.core.memory import VectorMemory

        peer = self

        class Shared(BaseEmbedding):
            def _get_text_embedding(self, text: str) -> list[float]:
                return peer.vector(text)

            def _get_query_embedding(self, query: str) -> list[float]:
                return peer.vector(query)

            async def _aget_query_embedding(self, query: str) -> list[float]:
                return peer.vector(query)

        self._memory = VectorMemory.from_defaults(
            embed_model=Shared(), retriever_kwargs={"similarity_top_k": PIECES}
        )
        self._memory.batch_by_user_message = False
        for text, turn in zip(texts, turn_of, strict=True):
            self._memory.put(ChatMessage(role="user", content=text, additional_kwargs={"t": turn}))

    def found(self, query: str) -> Iterable[int]:
        """See ``Peer``."""
        return (int(said.additional_kwargs["t"]) for said in self._memory.get(query))


class Txtai(Peer):
    """txtai's hybrid: FAISS and its own BM25, even weights."""

    needs = ("txtai",)

    def store(self, texts: list[str], turn_of: list[int]) -> None:
        """See ``Peer``."""
        from txtai import Embeddings

        self._turn_of = turn_of
        transform = lambda read: self.embedder.encode(read)  # noqa: E731 - txtai calls all else
        self._index = Embeddings(method="external", transform=transform, hybrid=True)
        self._index.index(list(enumerate(texts)))

    def found(self, query: str) -> Iterable[int]:
        """See ``Peer``."""
        return (self._turn_of[place] for place, _ in self._index.search(query, PIECES))


PEERS: dict[str, type[Peer]] = {
    "HEMA": Hema,
    "HEMA, forgetting": HemaForgetting,
    "mem0": Mem0,
    "LlamaIndex": LlamaIndex,
    "LangChain": LangChain,
    "txtai hybrid": Txtai,
}
