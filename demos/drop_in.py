"""Drop-in: a pipeline that is there already gets a guard and a memory with one line.

    python demos/drop_in.py

``answer`` stands for your own code and does not change: it is called with the pipeline as it was
and with what ``guardrail.wrap`` gives back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from transformers import pipeline

import guardrail
from demos.showing import arguments, console
from guardrail.generation import models
from memory import DualMemory

QUESTIONS = [
    "What is the capital of France?",
    "Who is Stephen King?",
    "My cat is called Pistachio.",
    "What is my cat called?",
]


def answer(pipe: Any, question: str, tokens: int) -> str:
    """Your code: one question, no history, the pipeline's usual arguments."""
    chat = [{"role": "user", "content": question}]
    out = pipe(chat, max_new_tokens=tokens, do_sample=False, return_full_text=False)
    return " ".join(str(out[0]["generated_text"]).split())


def main(given: Sequence[str] | None = None) -> None:
    """The same questions to both."""
    parser = arguments(__doc__)
    parser.add_argument("--tokens", type=int, default=24, help="longest reply")
    options = parser.parse_args(given)
    loaded = models.load(options.model)
    show = console()
    pipe = pipeline("text-generation", model=loaded.model, tokenizer=loaded.tokenizer)
    with DualMemory() as memory:
        guarded = guardrail.wrap(pipe, forget=["Stephen King"], memory=memory)
        table = Table("question", "pipe", "guardrail.wrap(pipe, ...)", show_lines=True)
        for question in QUESTIONS:
            before = answer(pipe, question, options.tokens)
            table.add_row(question, before, answer(guarded, question, options.tokens))
        show.print(table)
        show.print(f"still a {type(pipe).__name__}: {isinstance(guarded, type(pipe))}")


if __name__ == "__main__":
    main()
