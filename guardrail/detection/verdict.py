"""What detection says of a prompt."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

__all__ = ["Level", "TargetScore", "Verdict"]


class Level(StrEnum):
    """How sure detection is. Two thresholds make three levels, so that over-blocking and leaking
    are not one dial."""

    CLEAR = "clear"
    """Answered as usual, under global phrases and the sentence check."""
    GREY = "grey"
    """Answered, but under the target's restriction and with the reply checked."""
    SURE = "sure"
    """Gets the target's policy."""


class TargetScore(BaseModel):
    """How much one prompt is about one target: ``score`` in [0, 1], with reasons in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    score: float
    level: Level
    reasons: tuple[str, ...] = ()


class Verdict(BaseModel):
    """What detection says of a prompt. ``scores`` holds the targets that are not clear, best first.

    It names targets: it is for the owner and the administrator, not for the person who asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scores: tuple[TargetScore, ...] = ()

    @property
    def level(self) -> Level:
        """The level of the best score; ``clear`` when no target was found."""
        return self.scores[0].level if self.scores else Level.CLEAR

    @property
    def flagged(self) -> tuple[str, ...]:
        """Ids of every target that is not clear, best first."""
        return tuple(score.target for score in self.scores)

    @property
    def sure(self) -> tuple[str, ...]:
        """Ids of the targets the prompt is surely about, best first."""
        return tuple(score.target for score in self.scores if score.level is Level.SURE)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why, in words: the reasons of the best score."""
        return self.scores[0].reasons if self.scores else ()
