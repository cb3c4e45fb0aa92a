"""Conversations with questions and the turns that hold the evidence: LoCoMo and BEAM.

LoCoMo (arXiv 2402.17753): a list of conversations in its own form. A turn with a picture reads
"text [shares caption]", since the dataset's own retrieval reads captions too.
BEAM (arXiv 2510.27246): a list of {id, messages: [{id, role, time, content}], questions: [{type,
question, source_ids, original_ids, updated_ids}]}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memory import NewTurn

__all__ = ["Question", "Talk", "beam", "corrected", "locomo"]

_CATEGORIES = {
    1: "multi-hop",
    2: "temporal",
    3: "open-domain",
    4: "single-hop",
    5: "unanswerable",
}
_PLACE = re.compile(r"(\d+):(\d+)")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the numbers of the turns that hold its evidence. For an update of knowledge
    ``stale`` are the turns with the old value, ``current`` those with the new one."""

    text: str
    category: str
    evidence: frozenset[int]
    stale: frozenset[int] = frozenset()
    current: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: turns by number, and its questions."""

    name: str
    turns: tuple[NewTurn, ...]
    questions: tuple[Question, ...]


def locomo(path: Path) -> list[Talk]:
    """The conversations of a file in LoCoMo's form. Questions without evidence are left out."""
    return [_conversation(sample) for sample in json.loads(path.read_text("utf-8"))]


def _conversation(sample: dict[str, Any]) -> Talk:
    talk = sample["conversation"]
    turns: list[NewTurn] = []
    places: dict[str, int] = {}
    for session in (f"session_{i}" for i in range(1, len(talk))):
        if not talk.get(session):
            continue
        when = datetime.strptime(talk[f"{session}_date_time"], "%I:%M %p on %d %B, %Y")
        for said in talk[session]:
            places[_key(said["dia_id"])] = len(turns)
            turns.append(_turn(said, when.replace(tzinfo=UTC), talk["speaker_a"]))
    questions = [_question(row, places) for row in sample["qa"]]
    return Talk(sample["sample_id"], tuple(turns), tuple(q for q in questions if q.evidence))


def _turn(said: dict[str, Any], when: datetime, first: str) -> NewTurn:
    caption = said.get("blip_caption")
    return NewTurn(
        role="user" if said["speaker"] == first else "assistant",
        speaker=said["speaker"],
        text=f"{said['text']} [shares {caption}]" if caption else said["text"],
        time=when,
    )


def _question(row: dict[str, Any], places: dict[str, int]) -> Question:
    return Question(
        text=row["question"],
        category=_CATEGORIES[row["category"]],
        evidence=_evidence(row["evidence"], places),
    )


def _key(place: str) -> str:
    """ "D8:06" is "8:6"."""
    found = _PLACE.search(place)
    return f"{int(found[1])}:{int(found[2])}" if found else ""


def _evidence(cited: Iterable[str], places: dict[str, int]) -> frozenset[int]:
    """Turns cited; one string may cite several ("D8:6; D9:17")."""
    found = [f"{int(s)}:{int(t)}" for place in cited for s, t in _PLACE.findall(place)]
    return frozenset(places[key] for key in found if key in places)


def corrected(talks: list[Talk], path: Path, data: Path) -> list[Talk]:
    """The same with the evidence of a public audit: a list of {sample_id, question,
    correct_evidence}. A question left without evidence goes."""
    rows = {(r["sample_id"], r["question"]): r for r in json.loads(path.read_text("utf-8"))}
    samples = {sample["sample_id"]: sample for sample in json.loads(data.read_text("utf-8"))}
    return [_corrected(talk, _places(samples[talk.name]), rows) for talk in talks]


def _places(sample: dict[str, Any]) -> dict[str, int]:
    talk = sample["conversation"]
    sessions = [talk[f"session_{i}"] for i in range(1, len(talk)) if talk.get(f"session_{i}")]
    keys = [_key(said["dia_id"]) for session in sessions for said in session]
    return {key: number for number, key in enumerate(keys)}


def _corrected(
    talk: Talk, places: dict[str, int], rows: dict[tuple[str, str], dict[str, Any]]
) -> Talk:
    questions = []
    for question in talk.questions:
        row = rows.get((talk.name, question.text))
        if row is not None:
            evidence = _evidence(row["correct_evidence"], places)
            question = replace(question, evidence=evidence)
        if question.evidence:
            questions.append(question)
    return replace(talk, questions=tuple(questions))


def beam(path: Path) -> list[Talk]:
    """The chats of a file in BEAM's form. Questions without evidence (abstention) are left out."""
    return [_chat(chat) for chat in json.loads(path.read_text("utf-8"))]


def _chat(chat: dict[str, Any]) -> Talk:
    places = {message["id"]: number for number, message in enumerate(chat["messages"])}

    def numbers(ids: Iterable[Any]) -> frozenset[int]:
        return frozenset(places[i] for i in ids if i in places)

    turns: list[NewTurn] = []
    when = datetime(2024, 1, 1, tzinfo=UTC)
    for message in chat["messages"]:
        when = _day(message["time"]) or when
        turns.append(NewTurn(role=message["role"], text=message["content"], time=when))
    questions = [
        Question(
            text=row["question"],
            category=row["type"],
            evidence=numbers(row["source_ids"]),
            stale=numbers(row.get("original_ids") or ()),
            current=numbers(row.get("updated_ids") or ()),
        )
        for row in chat["questions"]
    ]
    return Talk(chat["id"], tuple(turns), tuple(q for q in questions if q.evidence))


def _day(time: str | None) -> datetime | None:
    try:
        return datetime.strptime(time or "", "%B-%d-%Y").replace(tzinfo=UTC)
    except ValueError:
        return None
