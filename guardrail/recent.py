"""What is known of the last texts, by digest: what is erased must not live on in a cache."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Generic, TypeVar

__all__ = ["Recent", "digest"]

T = TypeVar("T")


def digest(*texts: str) -> bytes:
    """What stands for some texts, in their order."""
    made = blake2b(digest_size=16)
    for text in texts:
        coded = text.encode("utf-8", "surrogatepass")
        made.update(len(coded).to_bytes(8, "big") + coded)
    return made.digest()


class Recent(Generic[T]):
    """At most ``most`` values by digest; those not asked for longest leave. Thread-safe, O(1)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, T] = OrderedDict()

    def known(self, digests: Iterable[bytes]) -> dict[bytes, T]:
        """What is kept of these."""
        with self._lock:
            found = {each: self._kept[each] for each in digests if each in self._kept}
            for each in found:
                self._kept.move_to_end(each)
        return found

    def keep(self, values: Mapping[bytes, T]) -> None:
        """Keep these too."""
        with self._lock:
            self._kept.update(values)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
