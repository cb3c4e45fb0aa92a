"""``guardrail memory``: what is remembered."""

from __future__ import annotations

import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from guardrail.cli import options
from guardrail.cli.output import counted, print_json, print_table, say, working
from guardrail.cli.session import noted, open_forget_set, open_memory, settings_from
from guardrail.errors import InvalidInput
from guardrail.memory_link import as_subject
from guardrail.memory_link import memory as memory_package
from guardrail.serving.audit import erased

__all__ = ["app"]

app = typer.Typer(
    help="What is remembered: show, search, erase, export, import, reembed.", no_args_is_help=True
)

Query = Annotated[str, typer.Argument(help="Words to look for, by meaning and by letter.")]


@app.command()
def show(
    memory: options.MemoryFile = None,
    user: options.User = "default",
    conversation: options.Conversation = "default",
    limit: Annotated[int, typer.Option(min=1, help="Latest turns to show.")] = 20,
    as_json: options.AsJson = False,
) -> None:
    """The summary and the latest turns of a conversation."""
    with open_memory(memory) as store:
        summary = store.summary(user=user, conversation=conversation)
        turns = store.turns(user=user, conversation=conversation, limit=limit)
    if as_json:
        print_json({"summary": summary, "turns": [turn.model_dump(mode="json") for turn in turns]})
        return
    sys.stdout.write(f"{summary or 'nothing is remembered yet'}\n\n")
    rows = [(turn.id, f"{turn.time:%Y-%m-%d %H:%M}", turn.speaker, turn.text) for turn in turns]
    print_table(("turn", "when", "who", "what"), rows)


@app.command()
def search(
    query: Query,
    memory: options.MemoryFile = None,
    user: options.User = "default",
    conversation: options.Conversation = "default",
    k: Annotated[int, typer.Option(min=1, help="How many.")] = 10,
    as_json: options.AsJson = False,
) -> None:
    """What the memory recalls for some words."""
    with open_memory(memory) as store, working("Searching"):
        found = store.recall(query, k=k, user=user, conversation=conversation).episodes
    if as_json:
        print_json([episode.model_dump(mode="json") for episode in found])
        return
    rows = [(e.turn_id, f"{e.time:%Y-%m-%d}", e.speaker, e.text, f"{e.score:.2f}") for e in found]
    print_table(("turn", "when", "who", "what", "score"), rows)


@app.command()
def erase(
    query: Annotated[str | None, typer.Argument(help="What it is about.")] = None,
    text: Annotated[str | None, typer.Option(help="Erase turns that hold this very text.")] = None,
    fact: Annotated[
        str | None, typer.Option(help="Erase what states a fact: 'home', 'home Oslo'.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Erase what names a target of the forget file, or any name.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="From then on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before then (UTC).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Erase all of the user's.")] = False,
    exports: Annotated[bool, typer.Option(help="Also from the memory's own exports.")] = False,
    forget: options.ForgetFile = None,
    memory: options.MemoryFile = None,
    user: options.User = "default",
    conversation: Annotated[
        str | None, typer.Option(help="Only in this conversation; default: in all.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    preview: Annotated[bool, typer.Option(help="Only say what would go.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Remove data for real: rows, vectors, summaries and the bytes in the files."""
    named = None if target is None else as_subject(target, open_forget_set(forget))
    with open_memory(memory) as store:
        erase_ = partial(
            store.erase,
            query,
            text=text,
            fact=fact,
            target=named,
            since=since,
            until=until,
            everything=everything,
            exports=exports,
            user=user,
            conversation=conversation,
        )
        receipt = erase_(preview=True)
        if not preview and (yes or typer.confirm(f"Erase {receipt.summary()}?", err=True)):
            with noted("erase") as counts:
                receipt = erase_()
                counts.update(erased(receipt))
    if as_json:
        print_json(receipt.model_dump(mode="json"))
    else:
        say(("would erase " if receipt.preview else "erased ") + receipt.summary())


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="The JSON Lines file to write.")],
    memory: options.MemoryFile = None,
    user: Annotated[str | None, typer.Option(help="Only this user; default: all.")] = None,
) -> None:
    """Write the memory to a JSON Lines file."""
    with open_memory(memory) as store:
        say(f"wrote {store.export(path, user=user)} records to {path}")


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A file that export wrote.")],
    memory: options.MemoryFile = None,
) -> None:
    """Read an exported file into the memory."""
    with open_memory(memory) as store, working("Importing"):
        count = store.import_(path)
    say(f"read {count} records from {path}")


@app.command()
def reembed(memory: options.MemoryFile = None) -> None:
    """Give the memory the vectors of the embedder in use, when it was written with another. Broken
    off, it goes on where it was."""
    path = settings_from(memory=memory).memory
    if not path.exists():
        raise InvalidInput(f"there is no memory at {path}; name the file with --memory")
    embedder = memory_package.default_embedder()
    with counted("Embedding") as progress:
        count = memory_package.reembed(path, embedder, progress=progress)
    say(f"{count} pieces have vectors of {embedder.name}")
