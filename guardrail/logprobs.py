"""Log-probabilities that may be shown: of the tokens of the reply, and of what could have come.

What could have come has passed no check of a sentence, so it is given only where nothing was in
doubt and nothing was held back: there the alternatives say what any reply to a clear prompt may
say. One that begins a forbidden phrase is left out even there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardrail.generation.detokenize import Detokenizer
from guardrail.reply import Alternative, TokenLogprob
from guardrail.restriction.vocabulary import Vocabulary

if TYPE_CHECKING:
    from guardrail.generation.scored import TokenScore
    from guardrail.guard import Guard
    from guardrail.release import Release

__all__ = ["shown_logprobs"]

_CONTEXT = 200  # characters before a token, in which a phrase that it goes on with can begin


def shown_logprobs(
    release: Release, guard: Guard, tokenizer: Any
) -> tuple[TokenLogprob, ...] | None:
    """Of each token of a finished release, ``None`` where they may not be shown or were not asked
    for. O(tokens x alternatives)."""
    if release.withheld or release.restricted or release.generation is None:
        return None
    scores = release.generation.scores()
    if not scores:
        return None
    pieces = Vocabulary.from_tokenizer(tokenizer).bytes
    special = set(tokenizer.all_special_ids)
    read = Detokenizer(tokenizer)
    found: list[TokenLogprob] = []
    before = ""
    for score in scores:
        if len(before) >= len(release.text) or score.token in special:
            break
        top = [
            _alternative(tokenizer, pieces, *option)
            for option in score.top
            if option[0] not in special and _may_come(guard, tokenizer, before, option[0])
        ]
        found.append(_token(tokenizer, pieces, score, top))
        before += read.feed([score.token])
    # Text that was changed on its way out, by a pattern that is blacked out, is not these tokens.
    return tuple(found) if (before + read.finish()).startswith(release.text.rstrip()) else None


def _may_come(guard: Guard, tokenizer: Any, before: str, token: int) -> bool:
    if not len(guard.forget_set):
        return True
    text = before[-_CONTEXT:] + str(tokenizer.decode([token]))
    gate = guard.gate()
    return gate.feed(text) == text


def _token(tokenizer: Any, pieces: Any, score: TokenScore, top: list[Alternative]) -> TokenLogprob:
    own = _alternative(tokenizer, pieces, score.token, score.logprob)
    return TokenLogprob(token=own.token, bytes=own.bytes, logprob=own.logprob, top=tuple(top))


def _alternative(tokenizer: Any, pieces: Any, token: int, logprob: float) -> Alternative:
    text = str(tokenizer.decode([token]))
    raw = pieces[token] if "\ufffd" in text else text.encode()
    return Alternative(token=text, bytes=tuple(raw), logprob=logprob)
