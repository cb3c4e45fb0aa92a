"""transformers' own ``generate`` as a stream of text that can be stopped."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from pydantic import BaseModel, ConfigDict, Field
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)
from transformers.generation.streamers import BaseStreamer

from guardrail.generation.batching import batchable
from guardrail.generation.detokenize import Detokenizer, StopStrings
from guardrail.generation.scored import Scored, TokenScore

if TYPE_CHECKING:
    from guardrail.generation.models import LoadedModel

__all__ = ["Generation", "GenerationOptions", "Piece", "generate"]


class GenerationOptions(BaseModel):
    """How to decode. ``temperature`` 0 takes the likeliest token; ``seed`` makes sampling
    repeatable; ``stop`` ends the reply and is not shown; ``logprobs`` asks for the log-probability
    of each token and of that many likeliest ones; ``json_schema`` for a reply in its form."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    max_new_tokens: int = Field(512, ge=1)
    temperature: float = Field(0.0, ge=0, allow_inf_nan=False)
    top_p: float = Field(1.0, gt=0, le=1)
    top_k: int = Field(0, ge=0)
    repetition_penalty: float = Field(1.0, gt=0, allow_inf_nan=False)
    seed: int | None = None
    stop: tuple[str, ...] = ()
    logprobs: int | None = Field(None, ge=0, le=20)
    json_schema: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text, and the tokens that came since the last piece."""

    text: str
    token_ids: tuple[int, ...]


class Generation:
    """Iterates over the pieces of one reply, decoded in a thread of its own.

    ``finish_reason`` is ``stop``, ``length`` or ``cancelled`` when the iteration has ended, and
    ``stopped_at`` the stop string that ended it, if one did; ``token_ids`` are the tokens so far.
    An error of the decoding is raised from the iteration.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        prompt_ids: torch.Tensor,
        options: GenerationOptions,
        processors: Sequence[LogitsProcessor],
        cancelled: threading.Event | None,
    ) -> None:
        self._loaded = loaded
        self._options = options
        self._prompt_ids = prompt_ids
        self._processors = processors
        self._stop = tuple(dict.fromkeys((*options.stop, *loaded.template.stop)))
        self._tokens: queue.SimpleQueue[list[int] | BaseException | None] = queue.SimpleQueue()
        self._ended = threading.Event()  # this generation alone
        self._cancelled = cancelled or self._ended
        self.prompt_tokens = int(prompt_ids.shape[1])
        self.token_ids: list[int] = []
        self.finish_reason = "cancelled"
        self.stopped_at = ""
        self._scored = Scored(options.logprobs) if options.logprobs is not None else None
        self._pieces = self._run()

    def __iter__(self) -> Iterator[Piece]:
        """The pieces. The thread that decodes holds this object, so that letting go of it would not
        stop the decoding; letting go of the iterator does."""
        yield from self._pieces

    def __next__(self) -> Piece:
        return next(self._pieces)

    def scores(self) -> list[TokenScore]:
        """Of each token, when the iteration has ended: its log-probability and the likeliest ones,
        of the restricted distribution before temperature; nothing where it was not asked for."""
        return self._scored.of(self.token_ids) if self._scored else []

    def cancel(self) -> None:
        """Stop after the token being decoded. Harmless when it is over already."""
        self._ended.set()
        self._pieces.close()

    def _run(self) -> Generator[Piece]:
        worker = threading.Thread(target=self._work, name="generate", daemon=True)
        worker.start()
        try:
            yield from self._read()
        finally:
            self._ended.set()
            worker.join()

    def _read(self) -> Iterator[Piece]:
        detokenizer = Detokenizer(self._loaded.tokenizer)
        stops = StopStrings(self._stop)
        while (tokens := self._tokens.get()) is not None:
            if isinstance(tokens, BaseException):
                raise tokens
            self.token_ids += tokens
            yield Piece(stops.feed(detokenizer.feed(tokens)), tuple(tokens))
            if stops.hit:
                self.finish_reason, self.stopped_at = "stop", stops.found
                return
        yield Piece(stops.feed(detokenizer.finish()) + stops.finish(), ())
        self.stopped_at = stops.found
        self.finish_reason = self._reason(stops.hit)

    def _reason(self, stopped: bool) -> str:
        if stopped or (self.token_ids and self.token_ids[-1] in _end_ids(self._loaded)):
            return "stop"
        if len(self.token_ids) >= self._options.max_new_tokens:
            return "length"
        return "cancelled" if self._is_over() else "stop"

    def _is_over(self) -> bool:
        return self._ended.is_set() or self._cancelled.is_set()

    def _give_way(self) -> bool:
        """Between two tokens of a reply that is decoded by itself: the next has its turn. Whether
        this one is over."""
        # A static cache lives on the model: who shares it would write over it.
        if getattr(self._loaded.model.generation_config, "cache_implementation", None) is None:
            self._loaded.lock.give_way()
        return self._is_over()

    def _work(self) -> None:
        try:
            if batchable(self._loaded.model):
                decoding = self._loaded.batch.decoding(self._said, self._is_over)
                self._generate(self._is_over, custom_generate=decoding)
            else:
                with self._loaded.lock:
                    if not self._is_over():
                        self._generate(self._give_way, streamer=_Streamer(self._tokens))
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            self._tokens.put(error)
        finally:
            self._tokens.put(None)

    def _said(self, token: int) -> None:
        self._tokens.put([token])

    def _generate(self, between_tokens: Callable[[], bool], **how: Any) -> None:
        with torch.inference_mode():
            self._loaded.model.generate(
                self._prompt_ids,
                attention_mask=torch.ones_like(self._prompt_ids),
                stopping_criteria=StoppingCriteriaList([_BetweenTokens(between_tokens)]),
                logits_processor=LogitsProcessorList(self._all_processors()),
                **self._arguments(),
                **how,
            )

    def _arguments(self) -> dict[str, Any]:
        return {
            "max_new_tokens": self._options.max_new_tokens,
            "repetition_penalty": self._options.repetition_penalty,
            "do_sample": False,  # sampling is the last of the processors
            "num_beams": 1,  # whatever the model's own settings are: a reply is one row
            "num_return_sequences": 1,
            "temperature": None,
            "top_p": None,
            "top_k": None,
            "pad_token_id": self._loaded.tokenizer.pad_token_id,
        }

    def _all_processors(self) -> list[LogitsProcessor]:
        """The caller's processors first, so that nucleus and top-k renormalise what is allowed."""
        options = self._options
        processors = list(self._processors)
        if self._scored:
            processors.append(self._scored)
        if options.temperature == 0:
            return processors
        processors.append(TemperatureLogitsWarper(options.temperature))
        if options.top_k:
            processors.append(TopKLogitsWarper(options.top_k))
        if options.top_p < 1:
            processors.append(TopPLogitsWarper(options.top_p))
        return [*processors, _Sample(options.seed, self._loaded.device)]


def generate(
    loaded: LoadedModel,
    prompt_ids: torch.Tensor,
    options: GenerationOptions | None = None,
    *,
    processors: Sequence[LogitsProcessor] = (),
    cancelled: threading.Event | None = None,
) -> Generation:
    """Start generating after ``prompt_ids`` (1, n). Nothing is computed before the first piece is
    asked for. Generations on one model go on side by side, a token each. Setting ``cancelled``
    stops it, from any thread, after the token being decoded."""
    return Generation(loaded, prompt_ids, options or GenerationOptions(), processors, cancelled)


class _Sample(LogitsProcessor):
    """Sampling as a last processor: the argmax of logits plus Gumbel noise is a sample of their
    softmax. It draws from a generator of its own, so neither do other threads disturb a seeded
    reply nor does a reply disturb their random numbers."""

    def __init__(self, seed: int | None, device: torch.device) -> None:
        self._generator = torch.Generator(device)
        if seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(seed)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        noise = torch.empty_like(scores, dtype=torch.float32)
        noise.exponential_(generator=self._generator)
        return scores - noise.log_()


class _BetweenTokens(StoppingCriteria):
    """Asked after every token; stops when told to."""

    def __init__(self, told: Callable[[], bool]) -> None:
        self._told = told

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        return torch.full(
            (input_ids.shape[0],), self._told(), device=input_ids.device, dtype=torch.bool
        )


class _Streamer(BaseStreamer):
    """Hands tokens to the consumer; the first call brings the prompt, which is not handed on."""

    def __init__(self, tokens: queue.SimpleQueue[Any]) -> None:
        self._tokens = tokens
        self._started = False

    def put(self, value: torch.Tensor) -> None:
        if self._started:
            self._tokens.put(value.reshape(-1).tolist())
        self._started = True

    def end(self) -> None:
        """The end is told by the worker, after an error too."""


def _end_ids(loaded: LoadedModel) -> set[int]:
    """The tokens that end a reply."""
    configured = loaded.model.generation_config.eos_token_id
    ids = configured if isinstance(configured, list) else [configured]
    return {i for i in (*ids, loaded.tokenizer.eos_token_id) if i is not None}
