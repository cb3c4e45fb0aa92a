"""``guardrail forget try``, ``explain`` and ``calibrate``: what a forget set does to prompts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guardrail.cli import options
from guardrail.cli.output import print_json, print_table, working
from guardrail.cli.session import open_forget_set, settings_from
from guardrail.errors import InvalidInput

if TYPE_CHECKING:
    from guardrail.detection.calibration import Moved
    from guardrail.guard import Guard
    from guardrail.settings import Settings

__all__ = ["calibrate", "explain", "lines_of", "try_"]

_Row = tuple[str, str]  # a prompt and its answer


def try_(
    name: Annotated[str, typer.Argument(help="What would be forgotten.")],
    alias: options.Aliases = None,
    exemplar: options.Exemplars = None,
    exemplar_file: options.ExemplarFile = None,
    prompts: Annotated[
        Path | None, typer.Option(help="Your own prompts, one per line, that must be answered.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """What a target would block before it is added, and the phrases that its texts propose."""
    from guardrail.extraction import extract, neutral_prompts
    from guardrail.guard import Guard
    from guardrail.targets import ForgetSet

    exemplars = [*(exemplar or []), *(lines_of(exemplar_file) if exemplar_file else [])]
    target = ForgetSet().add(name, aliases=alias or (), exemplars=exemplars)
    asked = lines_of(prompts) if prompts else neutral_prompts()
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


def calibrate(
    file: Annotated[
        Path,
        typer.Argument(
            help="Prompts that should be answered, one a line; after a tab the answer, if any."
        ),
    ],
    about: Annotated[
        Path | None, typer.Option(help="Prompts that should be caught, in the same form.")
    ] = None,
    fpr: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="Share of FILE that may get a policy.")
    ] = 0.01,
    forget: options.ForgetFile = None,
    as_json: options.AsJson = False,
) -> None:
    """The settings with which at most this share of your own prompts, and of their answers, is
    caught by mistake; five times as many may be answered under restriction."""
    from guardrail.guard import Guard

    settings = settings_from(forget=forget)
    prompts, answers = settings.thresholds, settings.answer_thresholds
    with working("Reading the prompts"):
        guard = Guard(open_forget_set(forget), thresholds=prompts, answer_thresholds=answers)
        found = _points(guard, settings, _rows(file), _rows(about) if about else [], fpr)
    if as_json:
        print_json({key: value for one in found for key, value in one.as_json().items()})
        return
    sys.stdout.write("# for guardrail.toml\n")
    for one in found:
        sys.stdout.write("".join(f"{line}\n" for line in one.as_toml()))


def _points(
    guard: Guard, settings: Settings, rows: Sequence[_Row], caught: Sequence[_Row], fpr: float
) -> list[Moved]:
    """The operating point for prompts and, where there are answers, the one for those."""
    from guardrail.detection.calibration import moved
    from guardrail.detection.model import shipped

    kinds = [("", _asked, settings.thresholds or shipped().prompt_at)]
    if any(answer for _, answer in rows):
        kinds.append(("answer_", _answered, settings.answer_thresholds or shipped().answer_at))
    return [
        moved(prefix, scores(guard, rows), scores(guard, caught), fpr, at)
        for prefix, scores, at in kinds
    ]


def _rows(path: Path) -> list[_Row]:
    """Prompts, each with its answer, which is empty where there is none."""
    halves = [line.partition("\t") for line in lines_of(path)]
    return [(prompt.strip(), answer.strip()) for prompt, _, answer in halves]


def _asked(guard: Guard, rows: Sequence[_Row]) -> list[float]:
    return guard.scores([prompt for prompt, _ in rows])


def _answered(guard: Guard, rows: Sequence[_Row]) -> list[float]:
    """Of each answer its worst sentence: one that is withheld ends the reply."""
    from guardrail.release import cut

    return [
        max(guard.answer_scores(prompt, [part for part in cut(answer) if part.strip()]))
        for prompt, answer in rows
        if answer
    ]


def lines_of(path: Path) -> list[str]:
    """The lines of a UTF-8 file that are not empty. Raises ``InvalidInput``."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
