"""``guardrail forget``: what is withheld."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from guardrail.cli import options
from guardrail.cli.output import print_json, print_table, say, working
from guardrail.cli.session import noted, open_forget_set, settings_from
from guardrail.cli.trying import calibrate, explain, lines_of, try_
from guardrail.targets import ForgetSet, Policy, Target

__all__ = ["app"]

app = typer.Typer(help="What is withheld: add, list, edit, remove, explain.", no_args_is_help=True)
app.command("try")(try_)
app.command("explain")(explain)
app.command("calibrate")(calibrate)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What to forget: a person, a work, a fact.")],
    alias: options.Aliases = None,
    exemplar: options.Exemplars = None,
    exemplar_file: options.ExemplarFile = None,
    phrase: Annotated[
        list[str] | None, typer.Option(help="Not to be said when asked about it. Repeatable.")
    ] = None,
    secret: Annotated[
        list[str] | None, typer.Option(help="Never to be said in any reply. Repeatable.")
    ] = None,
    pattern: Annotated[
        list[str] | None,
        typer.Option(help="The form of a secret: email, phone, sk-*, ##-###. Repeatable."),
    ] = None,
    policy: Annotated[Policy, typer.Option(help="What a question about it gets.")] = Policy.DECLINE,
    correction: Annotated[str | None, typer.Option(help="The answer of policy correct.")] = None,
    target_id: Annotated[str | None, typer.Option("--id", help="Default: from the name.")] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the model now what it knows of it, and keep that.")
    ] = False,
    model: options.Model = None,
    show: Annotated[bool, typer.Option("--show", help="Print what the model said.")] = False,
    forget: options.ForgetFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Withhold something from the next message on, in running chats too. Of one without exemplars
    a running chat asks its own model by itself, unless the setting own_words is off."""
    exemplars = [*(exemplar or []), *(lines_of(exemplar_file) if exemplar_file else [])]
    targets = open_forget_set(forget)
    with noted("forget") as counts:
        target = targets.add(
            name,
            **({"id": target_id} if target_id else {}),
            aliases=alias or (),
            exemplars=exemplars,
            phrases=phrase or (),
            secrets=secret or (),
            patterns=pattern or (),
            policy=policy,
            correction=correction,
        )
        counts["targets"] = len(targets)
    if ask:
        target = _with_own_words(targets, target, model)
    if as_json:
        print_json(target.model_dump(mode="json", exclude=None if show else {"said"}))
        return
    say(f"withheld (id {target.id}); undo with: guardrail forget remove {target.id}")
    if ask:
        words = sum(len(text.split()) for text in target.said)
        say(f"the model said {len(target.said)} things of it, {words} words: they typify it now")
    for text in target.said if show else ():
        sys.stdout.write(f"{' '.join(text.split())}\n")


@app.command()
def edit(
    target: Annotated[str, typer.Argument(help="Its id or its name.")],
    name: Annotated[str | None, typer.Option(help="Another main name; the id stays.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="In place of its other names.")] = None,
    exemplar: Annotated[list[str] | None, typer.Option(help="In place of its exemplars.")] = None,
    phrase: Annotated[list[str] | None, typer.Option(help="In place of its phrases.")] = None,
    secret: Annotated[list[str] | None, typer.Option(help="In place of its secrets.")] = None,
    pattern: Annotated[list[str] | None, typer.Option(help="In place of its patterns.")] = None,
    policy: Annotated[Policy | None, typer.Option(help="What a question about it gets.")] = None,
    correction: Annotated[str | None, typer.Option(help="The answer of policy correct.")] = None,
    forget: options.ForgetFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Change what is withheld; what is not given stays as it is. Repeat an option for several; an
    empty one takes all away."""
    lists = {"aliases": alias, "exemplars": exemplar, "phrases": phrase, "secrets": secret}
    fields: dict[str, object] = {
        key: [text for text in texts if text]
        for key, texts in {**lists, "patterns": pattern}.items()
        if texts is not None
    }
    given = {"name": name, "policy": policy, "correction": correction}
    fields |= {key: value for key, value in given.items() if value is not None}
    targets = open_forget_set(forget)
    with noted("change") as counts:
        former = targets.change(target, **fields)
        counts["targets"] = len(targets)
    if as_json:
        print_json((targets.get(former.id) or former).model_dump(mode="json"))
    else:
        say(f"changed {former.id}: {', '.join(fields) or 'nothing'}")


@app.command("list")
def list_(forget: options.ForgetFile = None, as_json: options.AsJson = False) -> None:
    """What is withheld."""
    targets = open_forget_set(forget)
    if as_json:
        print_json([target.model_dump(mode="json") for target in targets])
    elif len(targets):
        rows = [
            (t.id, t.name, ", ".join(t.aliases), t.policy.value, len(t.exemplars), len(t.phrases))
            for t in targets
        ]
        print_table(("id", "name", "aliases", "policy", "exemplars", "phrases"), rows)
    else:
        say("nothing is withheld; add something with: guardrail forget add NAME")


@app.command()
def remove(
    target: Annotated[str, typer.Argument(help="Its id or its name.")],
    forget: options.ForgetFile = None,
) -> None:
    """Answer about it again."""
    targets = open_forget_set(forget)
    with noted("unforget") as counts:
        removed = targets.remove(target)
        counts["targets"] = len(targets)
    say(f"{removed.id} is answered again")


def _with_own_words(targets: ForgetSet, target: Target, model: str | None) -> Target:
    """The target with what the model says of it."""
    from guardrail.generation import models
    from guardrail.own_words import OwnWords

    settings = settings_from(model=model)
    with working("Asking the model"):
        loaded = models.load(settings.model, device=settings.device, dtype=settings.dtype)
        return OwnWords(loaded, targets).ask_now(target) or target
