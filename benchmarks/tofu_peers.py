"""The published ideas that ours is compared with on TOFU: those of the RWKU suite, asked its
questions, each author in place of a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from benchmarks import forgetting_sides as rwku
from benchmarks.decoding import Decoder
from benchmarks.peers.corruption import Corruption
from benchmarks.peers.guard_decoding import GuardDecoding
from benchmarks.peers.refusal import Refusal
from benchmarks.peers.words import BadWords, Beams
from benchmarks.rwku import Item, Person
from benchmarks.tofu import AUTHOR, Question
from benchmarks.tofu_sides import TOKENS, Losses, Partly, Plain, Side, instruction
from benchmarks.train_detector import fold_of
from guardrail.generation.models import LoadedModel
from memory.embedding import Embedder

__all__ = ["Corrupted", "Replying", "fold_owners", "peers"]


@dataclass
class Replying(Plain):
    """A peer of the RWKU suite. It changes replies alone, or takes the place of one: it scores
    nothing. ``owner`` is the author whose gate a question is put to: its own where it has one, so
    that no gate was taught its paraphrase."""

    peer: rwku.Side = field(kw_only=True)
    owner: Mapping[str, str] = field(kw_only=True)
    scores: bool = False
    batch: int = 16  # seven beams of each

    def replies(self, texts: list[str]) -> list[str]:
        """Its replies to questions."""
        asked = [
            rwku.Asked(Item(text, self.owner[text], "", text, "", about=False), open=False)
            for text in texts
        ]
        return [str(reply) for reply in self.peer.answer(asked)]


@dataclass
class Corrupted(Partly):
    """The embeddings of the authors' names are zero wherever a question has them
    (``benchmarks.peers.corruption``). In what it scores, the prompt is corrupted and no answer."""

    peer: Corruption = field(kw_only=True)

    def touches(self, text: str) -> bool:
        """Whether a name stands in the prompt."""
        return bool(self.peer.places(self.loaded.template.encode(self.messages(text))))

    def generation(self) -> dict[str, Any]:
        return {"spoil": self.peer.spoil}

    def logits(self, ids: torch.Tensor, start: int) -> torch.Tensor:
        embeddings = self.loaded.model.get_input_embeddings()(ids)
        embeddings[:, :start] = self.peer.spoil(ids[:, :start])
        scores: torch.Tensor = self.loaded.model(inputs_embeds=embeddings).logits
        return scores


def peers(
    loaded: LoadedModel,
    people: Sequence[Person],
    owner: Mapping[str, str],
    said: Callable[[str], str],
    scored: Callable[[Question], Losses],
    embedder: Embedder,
    states: Embedder,
) -> list[Side]:
    """Every peer. ``said`` and ``scored`` are of the model alone, ``states`` what it makes of a
    text, for GUARD's gate."""
    decoder = Decoder(loaded, TOKENS)
    fold = fold_of(people)

    def before(asked: rwku.Asked) -> str:
        return said(asked.item.prompt)

    gate = GuardDecoding(decoder, people, states, fold, embedder, before, passages=AUTHOR)
    replying: list[rwku.Side] = [
        Refusal(people, embedder, fold, before),
        BadWords(decoder, people),
        Beams(decoder),
        gate,
    ]
    corruption = Corruption(decoder, people)
    return [
        *(
            Replying(peer.name, loaded, share=peer.share, peer=peer, owner=owner)
            for peer in replying
        ),
        instruction(loaded, [person.name for person in people]),
        Corrupted(corruption.name, loaded, said=said, scored=scored, peer=corruption),
    ]


def fold_owners(data: Mapping[str, Sequence[Question]], people: Sequence[Person]) -> dict[str, str]:
    """For each text that may be asked the author whose fold it belongs to: that of a question to
    be forgotten; of any other the one that it is a neighbour of (``tofu_people``)."""
    owner = {}
    for split, questions in data.items():
        for one in questions:
            at = one.author if split == "forget" else one.number % len(people)
            owner[one.question] = owner[one.asked] = people[at].name
    return owner
