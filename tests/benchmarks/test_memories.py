"""Memories of others in the benchmark of recall: each finds by the shared embedder."""

from __future__ import annotations

import pytest

from benchmarks.peers.memories import PEERS, Peer, installed
from memory import NewTurn
from tests.memory.conftest import HashEmbedder

TURNS = [NewTurn(role="user", text=f"chatter {number} {number * 7}") for number in range(20)]
SAID = NewTurn(role="user", text="we planted plum trees behind the shed")


@pytest.mark.parametrize("name", ["HEMA", "LangChain", "LlamaIndex"])
def test_a_peer_ranks_the_turn_with_the_words_first(name: str) -> None:
    peer = PEERS[name](HashEmbedder())
    peer.fill([*TURNS, SAID, *TURNS])
    ranked = peer.rank("plum trees behind the shed")
    assert ranked[0] == len(TURNS)
    assert len(ranked) == len(set(ranked)) <= 50


def test_a_peer_whose_package_is_missing_is_not_installed() -> None:
    class Missing(Peer):
        needs = ("json", "no_such_package_at_all")

    assert not installed(Missing)
    assert installed(PEERS["HEMA"])
