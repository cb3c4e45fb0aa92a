"""What a row of token ids asks: its last user message, found by the chat template's marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guardrail.errors import InvalidInput

__all__ = ["asked", "rows_of"]

_MARK = "x"


def asked(tokenizer: Any, row: Sequence[int]) -> str | None:
    """The last user message before the last reply of a row (n,) of ids; ``None`` where the
    tokenizer has no chat template or the row was not made by it."""
    if not getattr(tokenizer, "chat_template", None):
        return None
    message = [{"role": "user", "content": _MARK}]
    plain, opened = (_ids(tokenizer, message, opening) for opening in (False, True))
    reply = opened[len(plain) :]
    end = _last(row, reply) if opened[: len(plain)] == plain and reply else -1
    if end < 0:
        return None
    header = _segment(tokenizer, plain).partition(_MARK)[0]
    return _segment(tokenizer, row[:end]).removeprefix(header).strip() or None


def rows_of(prompt_ids: Any) -> list[list[int]]:
    """Token ids (n,) or (batch, n), as a tensor, array or list, as one list per row. Raises
    ``InvalidInput`` where there are none."""
    rows = prompt_ids.tolist() if hasattr(prompt_ids, "tolist") else list(prompt_ids)
    if rows and not isinstance(rows[0], list):
        rows = [rows]
    if not rows or not all(rows):
        raise InvalidInput("prompt_ids is empty; pass the ids that generate gets")
    return rows


def _ids(tokenizer: Any, messages: list[dict[str, str]], opening: bool) -> list[int]:
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=opening)
    return list(tokenizer.encode(text, add_special_tokens=False))


def _last(row: Sequence[int], piece: list[int]) -> int:
    """Where the last occurrence of a piece begins, -1 without one."""
    starts = range(len(row) - len(piece), -1, -1)
    return next((at for at in starts if list(row[at : at + len(piece)]) == piece), -1)


def _segment(tokenizer: Any, row: Sequence[int]) -> str:
    """The last text between two special tokens that is not blank."""
    special = set(tokenizer.all_special_ids)
    end = len(row)
    for at in range(len(row) - 1, -2, -1):
        if at < 0 or row[at] in special:
            text = str(tokenizer.decode(row[at + 1 : end]))
            if text.strip():
                return text
            end = at
    return ""
