"""``guardrail forget``: what is withheld."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from guardrail.cli import options
from guardrail.cli.output import print_json, print_table, say, working
from guardrail.cli.session import noted, open_forget_set, settings_from
from guardrail.errors import InvalidInput
from guardrail.targets import Policy

__all__ = ["app"]

app = typer.Typer(help="What is withheld: add, list, edit, remove, explain.", no_args_is_help=True)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What to forget: a person, a work, a fact.")],
    alias: Annotated[list[str] | None, typer.Option(help="Another name. Repeatable.")] = None,
    exemplar: Annotated[
        list[str] | None, typer.Option(help="A question or passage about it. Repeatable.")
    ] = None,
    exemplar_file: Annotated[
        Path | None, typer.Option(help="A UTF-8 file with one exemplar per line.")
    ] = None,
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
    forget: options.ForgetFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Withhold something from the next message on, in running chats too."""
    exemplars = [*(exemplar or []), *(_lines(exemplar_file) if exemplar_file else [])]
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
    if as_json:
        print_json(target.model_dump(mode="json"))
    else:
        say(f"withheld (id {target.id}); undo with: guardrail forget remove {target.id}")


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


@app.command("try")
def try_(
    name: Annotated[str, typer.Argument(help="What would be forgotten.")],
    alias: Annotated[list[str] | None, typer.Option(help="Another name. Repeatable.")] = None,
    exemplar: Annotated[
        list[str] | None, typer.Option(help="A question or passage about it. Repeatable.")
    ] = None,
    exemplar_file: Annotated[
        Path | None, typer.Option(help="A UTF-8 file with one exemplar per line.")
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option(help="Your own prompts, one per line, that must be answered.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """What a target would block before it is added, and the phrases that its texts propose."""
    from guardrail.extraction import extract, neutral_prompts
    from guardrail.guard import Guard
    from guardrail.targets import ForgetSet

    exemplars = [*(exemplar or []), *(_lines(exemplar_file) if exemplar_file else [])]
    target = ForgetSet().add(name, aliases=alias or (), exemplars=exemplars)
    asked = _lines(prompts) if prompts else neutral_prompts()
    with working("Trying it on prompts"):
        verdicts = Guard().dry_run(target, asked)
    blocked = [
        {"prompt": prompt, "level": verdict.level.value, "reasons": list(verdict.reasons)}
        for prompt, verdict in zip(asked, verdicts, strict=True)
        if verdict.scores
    ]
    phrases = [candidate.model_dump() for candidate in extract(target)]
    if as_json:
        print_json({"tried": len(asked), "blocked": blocked, "phrases": phrases})
        return
    sys.stdout.write(f"{len(blocked)} of {len(asked)} prompts would be touched\n")
    for row in blocked:
        sys.stdout.write(f"  {row['level']}: {row['prompt']} ({'; '.join(row['reasons'])})\n")
    if phrases:
        print_table(("phrase", "kind", "texts"), [tuple(row.values()) for row in phrases[:20]])


@app.command()
def explain(
    text: Annotated[str, typer.Argument(help="A prompt; '-' reads standard input.")],
    forget: options.ForgetFile = None,
    as_json: options.AsJson = False,
) -> None:
    """What a prompt would get and why, without asking a model."""
    from guardrail.guard import Guard

    settings = settings_from(forget=forget)
    prompt = sys.stdin.read() if text == "-" else text
    if not prompt.strip():
        raise InvalidInput("received an empty prompt; give the text to explain")
    with working("Loading the embedder"):
        guard = Guard(open_forget_set(forget), thresholds=settings.thresholds)
        verdict = guard.check(prompt)
    decision = guard.decide(verdict)
    targets = {target.id: target for target in guard.forget_set}
    said = {id_: targets[id_].said for id_ in verdict.flagged if targets[id_].said}
    if as_json:
        policy = decision.policy.value if decision.policy else None
        found = verdict.model_dump(mode="json")
        print_json({**found, "level": verdict.level, "policy": policy, "said": said})
        return
    sys.stdout.write(f"{verdict.level.value}: {decision.policy or 'answer'}\n")
    for score in verdict.scores:
        reasons = "; ".join(score.reasons)
        sys.stdout.write(f"  {score.target} {score.level.value} {score.score:.2f}: {reasons}\n")
        for text in said.get(score.target, ()):
            sys.stdout.write(f"    the model itself said of it: {' '.join(text.split())}\n")


@app.command()
def calibrate(
    file: Annotated[Path, typer.Argument(help="Prompts that should be answered, one a line.")],
    about: Annotated[
        Path | None, typer.Option(help="Prompts that should be caught, one a line.")
    ] = None,
    fpr: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="Share of FILE that may get a policy.")
    ] = 0.01,
    forget: options.ForgetFile = None,
    as_json: options.AsJson = False,
) -> None:
    """The settings with which at most this share of your own prompts is caught by mistake; five
    times as many may be answered under restriction."""
    from guardrail.detection.calibration import operating_point, share_at
    from guardrail.guard import Guard

    settings = settings_from(forget=forget)
    with working("Reading the prompts"):
        guard = Guard(open_forget_set(forget), thresholds=settings.thresholds)
        scores = guard.scores(_lines(file))
        caught = guard.scores(_lines(about)) if about else None
    at = operating_point(scores, fpr)
    found: dict[str, object] = {"grey": at.grey, "sure": at.sure, "prompts": len(scores)}
    if caught is not None:
        found |= {"caught": share_at(caught, at.sure), "restricted": share_at(caught, at.grey)}
    if as_json:
        print_json(found)
        return
    sys.stdout.write(f"# for guardrail.toml\ngrey = {at.grey}\nsure = {at.sure}\n")
    if caught is not None:
        sys.stdout.write(f"# of the prompts in {about}: {found['caught']:.0%} get the policy, ")
        sys.stdout.write(f"{found['restricted']:.0%} at least the restriction\n")


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
