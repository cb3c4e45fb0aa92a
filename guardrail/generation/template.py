"""Chat templates: messages to text and ids, without letting content forge control tokens."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2.exceptions import TemplateError

__all__ = ["ChatTemplate"]

# For base models: plain text that nearly every model has seen.
FALLBACK = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] }}\n\n"
    "{% elif message['role'] == 'user' %}User: {{ message['content'] }}\n"
    "{% else %}Assistant: {{ message['content'] }}\n{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
FALLBACK_STOP = ("\nUser:",)

log = logging.getLogger(__name__)


class ChatTemplate:
    """The chat template of one tokenizer.

    A tokenizer without one gets a plain "User: / Assistant:" template, said once in the log; a
    template that refuses the system role gets the system text in front of the first user message.
    ``stop`` are the strings at which a reply under this template ends besides the model's own end.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._template = None if getattr(tokenizer, "chat_template", None) else FALLBACK
        self.stop: tuple[str, ...] = FALLBACK_STOP if self._template else ()
        if self._template:
            log.warning("the tokenizer has no chat template; a plain User/Assistant one is used")
        specials = {str(token) for token in tokenizer.all_special_tokens}
        specials |= {t.content for t in tokenizer.added_tokens_decoder.values() if t.special}
        ordered = sorted(filter(None, specials), key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._system = self._takes_system()

    def render(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The prompt as text, the opening of the reply included."""
        plain = [dict(message) for message in messages]
        if not self._system:
            plain = _without_system(plain)
        return str(
            self._tokenizer.apply_chat_template(
                plain, chat_template=self._template, tokenize=False, add_generation_prompt=True
            )
        )

    def encode(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """The prompt as ids. Content with the letters of a control token, such as an end-of-turn
        mark, is encoded as those letters: it cannot open a turn of another role."""
        if not any(self._forges(message["content"]) for message in messages):
            return self._ids(self.render(messages))
        # Each forging content is taken out, and its ids put back where it stood.
        stand_ins: dict[str, str] = {}
        masked = []
        for position, message in enumerate(messages):
            content = message["content"]
            if self._forges(content):
                stand_in = f"\ue000{position}\ue001"  # private use: in no template, in no content
                stand_ins[stand_in] = content
                content = stand_in
            masked.append({**message, "content": content})
        ids: list[int] = []
        for piece in re.split("(\ue000\\d+\ue001)", self.render(masked)):
            forged = stand_ins.get(piece)
            ids += self._ids(piece) if forged is None else self._letters(forged)
        return ids

    def _forges(self, content: str) -> bool:
        return bool(self._control and self._control.search(content))

    def _ids(self, text: str) -> list[int]:
        # The template has written every control token already: none is added.
        return list(self._tokenizer.encode(text, add_special_tokens=False)) if text else []

    def _letters(self, text: str) -> list[int]:
        """Ids of text in which control tokens are only letters."""
        ids: list[int] = []
        position = 0
        for match in self._control.finditer(text) if self._control else ():
            # Cut inside the mark: neither half is a control token any more.
            cut = match.start() + 1
            ids += self._ids(text[position:cut])
            position = cut
        return ids + self._ids(text[position:])

    def _takes_system(self) -> bool:
        probe = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
        self._system = True
        try:
            return "s" in self.render(probe)
        except TemplateError:
            return False


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """The system text in front of the first user message."""
    system = "\n\n".join(m["content"] for m in messages if m["role"] == "system")
    rest = [message for message in messages if message["role"] != "system"]
    for message in rest if system else ():
        if message["role"] == "user":
            message["content"] = f"{system}\n\n{message['content']}"
            break
    return rest
