"""One line around what there is already: a transformers model, or a text-generation pipeline.

What comes back is of the same type and is called in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from guardrail.errors import InvalidInput
from guardrail.guard import Guard
from guardrail.memory_link import memory as memory_package
from guardrail.scope import ScopeArguments
from guardrail.targets import ForgetSet

if TYPE_CHECKING:
    from memory import DualMemory

__all__ = ["wrap"]

_T = TypeVar("_T")
Forget = ForgetSet | str | Path | Iterable[str]


def wrap(
    x: _T,
    *,
    forget: Forget | None = None,
    guard: Guard | None = None,
    memory: DualMemory | str | Path | None = None,
    user: str = "default",
    conversation: str = "default",
    tokenizer: Any = None,
) -> _T:
    """``x`` with a guard, and if asked with a memory; the type and the calls stay the same.

    ``x`` is a ``pipeline("text-generation")``, of which a guarded copy is returned (the model is
    shared, the pipeline that was passed stays unguarded), or a causal LM, which is changed in place
    and needs its ``tokenizer``. ``forget`` is a forget set, the path of a forget file, or names;
    ``guard`` a guard made before, instead.

    A pipeline judges each prompt (a policy with an answer of its own gives that answer), restricts
    what it decodes, and checks each sentence of the reply; the first that fails and all after it
    are replaced by a decline. With a ``streamer`` the text comes once it has been checked. With
    ``memory``, a database file or a ``DualMemory``, a chat is a turn of ``conversation``: its
    system messages and its last message are read, what was said before comes from the memory, and
    both sides of the turn are stored. Prompts that are plain text are not remembered.

    A model judges and restricts in ``generate`` and scoring (see ``Guard.attach``), and a row whose
    policy has an answer becomes that answer; replies are not checked by sentence.

    Raises ``InvalidInput`` for anything else, and for a memory without a pipeline.
    """
    from transformers import PreTrainedModel
    from transformers.pipelines.text_generation import TextGenerationPipeline

    if isinstance(x, TextGenerationPipeline):
        if hasattr(x, "guarding"):
            raise InvalidInput("the pipeline has a guard already; wrap the one without")
        made = guard or _guard(forget, x.tokenizer, x.model)
        scope = ScopeArguments(user=user, conversation=conversation)
        copied: _T = _guarded_copy(x, made, _memory(memory, scope), scope)
        return copied
    if not isinstance(x, PreTrainedModel):
        raise InvalidInput(
            f"received a {type(x).__name__}; wrap takes a transformers model or a text-generation "
            "pipeline (GuardedChat takes the rest)"
        )
    if memory is not None:
        raise InvalidInput("a bare model has no conversation; wrap its pipeline with memory=")
    if tokenizer is None and guard is None:
        raise InvalidInput("a model was passed without its tokenizer; pass tokenizer= as well")
    from guardrail.answering import Answering

    Answering(guard or _guard(forget, tokenizer, x), x)
    return x


def _guarded_copy(x: Any, guard: Guard, memory: DualMemory | None, scope: ScopeArguments) -> Any:
    from guardrail.pipelines import Guarding, guarded_type

    own: Any = type(x)
    kind: Any = guarded_type(own)
    made = kind.__new__(kind)
    vars(made).update(vars(x))
    made.guarding = Guarding(guard, memory, scope, x.model, x.tokenizer)
    return made


def _guard(forget: Forget | None, tokenizer: Any, model: Any) -> Guard:
    if isinstance(forget, str | Path):
        forget = ForgetSet.load(forget)
    elif not isinstance(forget, ForgetSet):
        names = [] if forget is None else list(forget)
        forget = ForgetSet()
        for name in names:
            forget.add(name)
    width = int(model.config.get_text_config().vocab_size)
    return Guard(forget, tokenizer=tokenizer, vocab_size=max(width, len(tokenizer)))


def _memory(memory: DualMemory | str | Path | None, scope: ScopeArguments) -> DualMemory | None:
    if isinstance(memory, str | Path):
        opened: DualMemory = memory_package.DualMemory(memory, **scope)
        return opened
    return memory
