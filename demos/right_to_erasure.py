"""Right to erasure: a customer asks to be forgotten, and gets a receipt that can be checked.

    python demos/right_to_erasure.py

A preview says what would go, the receipt says what went from where, and every byte of the files is
read to see that it is gone. No model is needed: this is the memory alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from demos.showing import arguments, console
from memory import DualMemory

SAID = [
    ("ruth", "user", "I broke my left wrist in May and take oxycodone since the operation."),
    ("ruth", "assistant", "I am sorry to hear that. I hope the oxycodone helps with the pain."),
    ("ruth", "user", "My order 4471 has not come yet, could you look it up?"),
    ("ruth", "assistant", "Order 4471 left the warehouse yesterday."),
    ("ruth", "user", "My phone number is 555 0199."),
    ("omar", "user", "My order is late too, it is number 9020."),
    ("omar", "assistant", "Order 9020 arrives tomorrow."),
]
GONE = ["oxycodone", "left wrist", "555 0199"]


def held(folder: Path, text: str) -> list[str]:
    """The names of the files of a folder in which the bytes of a text stand."""
    wanted = text.encode()
    return sorted(path.name for path in folder.iterdir() if wanted in path.read_bytes())


def main(given: Sequence[str] | None = None) -> None:
    """Remember, erase by subject, check, then erase the whole customer."""
    arguments(__doc__).parse_args(given)
    show = console()
    with (
        tempfile.TemporaryDirectory() as name,
        DualMemory(Path(name) / "shop.db", conversation="support") as memory,
    ):
        folder = Path(name)
        for user, role, text in SAID:
            memory.add(role, text, user=user)
        memory.export(folder / "backup.jsonl", user="ruth")
        show.print(f"{memory.stats().turns} turns of 2 customers, and an export of Ruth's")
        show.print(f"'oxycodone' stands in: {', '.join(held(folder, 'oxycodone'))}")

        show.print("\nRuth: please delete what you know of my health, and my phone number.")
        for query in ("my health: the wrist, the oxycodone", "my phone number"):
            preview = memory.erase(query, user="ruth", preview=True)
            show.print(f"  would go: {preview.summary()}")
            receipt = memory.erase(query, user="ruth", exports=True)
            places = Table("place", "gone", title="receipt")
            for place, count in receipt.places.items():
                places.add_row(Path(place).name if "export" in place else place, str(count))
            show.print(places)

        proof = memory.verify(GONE)
        show.print(f"gone from tables, vectors and {proof.bytes_scanned:,} bytes: {proof.clean}")
        for text in GONE:
            show.print(f"  '{text}' stands in: {', '.join(held(folder, text)) or 'no file'}")
        kept = [turn.text for turn in memory.turns(user="ruth")]
        show.print(f"what Ruth did not ask about is still there: {kept[0]}")
        memory.forget_user("ruth", exports=True)
        left = {user: len(memory.turns(user=user)) for user in ("ruth", "omar")}
        show.print(f"then her account is closed; turns left: {left}")


if __name__ == "__main__":
    main()
