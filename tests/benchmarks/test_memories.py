"""Memories of others in the benchmark of recall: each finds by the shared embedder."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.peers.hema import Hema, HemaForgetting, kept
from benchmarks.peers.memories import PEERS
from benchmarks.peers.peer import Peer, installed
from benchmarks.recall_data import Question, Talk
from benchmarks.recall_tuning import SETTINGS, left_out
from memory import NewTurn
from tests.memory.conftest import HashEmbedder

TURNS = [NewTurn(role="user", text=f"chatter {number} {number * 7}") for number in range(20)]
SAID = NewTurn(role="user", text="we planted plum trees behind the shed")


@pytest.mark.parametrize("name", ["HEMA", "HEMA, forgetting", "LangChain", "LlamaIndex"])
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


def test_hema_forgets_what_was_retrieved_lately_as_it_is_printed() -> None:
    """Of two turns equally old the one that all later turns are near to goes, the one that nobody
    came back to stays. The first pruning takes others, which were retrieved for want of better."""
    rows = np.eye(200, dtype=np.float32)
    again, quiet = 20, 21
    rows[quiet + 1 :] = 0.436 * rows[quiet + 1 :] + 0.9 * rows[again]
    left = kept(rows, np.arange(200))
    assert again not in left
    assert quiet in left
    assert len(left) == 200 - 5 - 9  # 5 % of what is there, twice


def test_hema_compresses_a_few_hundred_pieces_without_warnings(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """FAISS said some hundred times of each conversation that it wants 9,984 pieces."""
    peer = Hema(HashEmbedder())
    chatter = [NewTurn(role="user", text=f"{n} {n * n} {n % 7} it {n % 11} is") for n in range(400)]
    peer.fill([*chatter, SAID])
    assert peer.rank("plum trees behind the shed")[0] == len(chatter)
    assert peer._index.chain.size() == 1  # rotated, so not the flat index of a short one
    out, err = capfd.readouterr()
    assert not out + err


def test_hemas_summaries_quote_the_best_of_each_hundred_turns() -> None:
    peer = HemaForgetting(HashEmbedder())
    lost = NewTurn(role="user", text="My name is Ada and I live in Oslo.")
    peer.fill([*TURNS * 5, lost, *TURNS])
    assert 100 in peer.summarised
    assert len(peer.summarised) <= 3


def test_left_out_judges_a_conversation_by_the_weights_of_the_others() -> None:
    """Where only the words of the other conversations tell the right turn, the share of words that
    is chosen is not the one that would be best at home."""
    talks = [_talk(number) for number in range(3)]
    found = left_out(talks, HashEmbedder(), 0)
    assert found["questions"] == 3
    assert sum(found["words, meaning, neighbours"].values()) == 3
    names = {", ".join(map(str, setting.values())) for setting in SETTINGS}
    assert set(found["words, meaning, neighbours"]) <= names


def _talk(number: int) -> Talk:
    question = Question("plum trees behind the shed", "single-hop", frozenset({len(TURNS)}))
    return Talk(f"talk {number}", (*TURNS, SAID, *TURNS), (question,))
