"""What can be typed in the chat besides messages."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from guardrail.cli.output import print_table, say
from guardrail.cli.session import noted
from guardrail.reply import Reply
from guardrail.scope import ScopeArguments
from guardrail.serving.audit import erased

if TYPE_CHECKING:
    from guardrail.chat import GuardedChat

__all__ = ["Commands"]

_RECENT = 10


class Commands:
    """The slash commands of one chat session; ``last`` is the latest reply."""

    def __init__(self, chat: GuardedChat, scope: ScopeArguments) -> None:
        self._chat = chat
        self._scope = scope
        self.last: Reply | None = None
        self._table: dict[str, tuple[str, Callable[[str], None]]] = {
            "/help": ("this list", self._help),
            "/forget": (
                "NAME: withhold it from now on; without a name, what is withheld",
                self._forget,
            ),
            "/unforget": ("NAME: answer about it again", self._unforget),
            "/why": ("why the last reply was as it was", self._why),
            "/memory": ("what is remembered; with words, what they recall", self._memory),
            "/erase": ("WORDS: remove what the memory holds about them, for real", self._erase),
            "/history": ("the last turns of this conversation", self._history),
        }

    def run(self, line: str) -> bool:
        """Carry out one command line; false when the session should end."""
        word, _, rest = line.strip().partition(" ")
        if word in ("/quit", "/exit"):
            return False
        if word not in self._table:
            say(f"unknown command {word}; /help lists them")
            return True
        self._table[word][1](rest.strip())
        return True

    def _help(self, _: str) -> None:
        rows = [(word, text) for word, (text, _) in self._table.items()]
        print_table(("command", "what it does"), [*rows, ("/quit", "leave (also Ctrl-D)")])

    def _forget(self, name: str) -> None:
        if not name:
            rows = [(t.id, t.name, t.policy.value) for t in self._chat.forget_set]
            print_table(("id", "name", "policy"), rows)
            return
        with noted("forget") as counts:
            target = self._chat.forget(name)
            counts["targets"] = len(self._chat.forget_set)
        say(f"withheld from the next message on (id {target.id}); /unforget {target.id} undoes it")

    def _unforget(self, name: str) -> None:
        with noted("unforget") as counts:
            target = self._chat.unforget(name)
            counts["targets"] = len(self._chat.forget_set)
        say(f"{target.id} is answered again from the next message on")

    def _why(self, _: str) -> None:
        if self.last is None:
            say("no reply yet")
            return
        verdict = self.last.verdict
        sys.stdout.write(
            f"verdict: {verdict.level.value}, policy: {self.last.policy or 'answer'}\n"
        )
        for score in verdict.scores:
            reasons = "; ".join(score.reasons)
            sys.stdout.write(f"  {score.target} {score.level.value} {score.score:.2f}: {reasons}\n")
        for part, tokens in self.last.usage.parts.items():
            sys.stdout.write(f"  prompt: {part} {tokens} tokens\n")
        for episode in self.last.recalled:
            sys.stdout.write(
                f"  recalled: {episode.time:%Y-%m-%d} {episode.speaker}: {episode.why}\n"
            )

    def _memory(self, query: str) -> None:
        if not query:
            sys.stdout.write((self._chat.memory.summary(**self._scope) or "nothing yet") + "\n")
            return
        found = self._chat.memory.recall(query, **self._scope)
        rows = [(f"{e.time:%Y-%m-%d}", e.speaker, e.text, f"{e.score:.2f}") for e in found.episodes]
        print_table(("when", "who", "what", "score"), rows)

    def _erase(self, words: str) -> None:
        if not words:
            say("say what to erase: /erase my phone number")
            return
        receipt = self._chat.erase(words, **self._scope, preview=True)
        say(f"this erases {receipt.summary()}")
        sys.stderr.write("erase it? [y/N] ")
        sys.stderr.flush()
        # Not by way of the text layer, which would read ahead and swallow the messages that follow.
        if sys.stdin.buffer.readline().strip().lower() in (b"y", b"yes"):
            with noted("erase") as counts:
                receipt = self._chat.erase(words, **self._scope)
                counts.update(erased(receipt))
            say(f"erased {receipt.summary()}")

    def _history(self, _: str) -> None:
        turns = self._chat.memory.turns(**self._scope, limit=_RECENT)
        print_table(
            ("when", "who", "what"), [(f"{t.time:%H:%M}", t.speaker, t.text) for t in turns]
        )
