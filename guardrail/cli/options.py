"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Aliases",
    "AsJson",
    "Conversation",
    "Device",
    "Dtype",
    "ExemplarFile",
    "Exemplars",
    "ForgetFile",
    "MaxNewTokens",
    "MemoryFile",
    "Model",
    "System",
    "Temperature",
    "User",
]

Model = Annotated[
    str | None, typer.Option(help="Hub name or local folder; default SmolLM2-135M-Instruct.")
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]
Dtype = Annotated[str | None, typer.Option(help="auto, float32, bfloat16 or float16.")]
MemoryFile = Annotated[Path | None, typer.Option("--memory", help="The memory's database file.")]
ForgetFile = Annotated[Path | None, typer.Option("--forget", help="The forget file (YAML).")]
System = Annotated[str | None, typer.Option(help="The system message.")]
MaxNewTokens = Annotated[int | None, typer.Option(help="Longest reply, in tokens.")]
Temperature = Annotated[float | None, typer.Option(help="0 always takes the likeliest token.")]
User = Annotated[str, typer.Option(help="Whose memory.")]
Conversation = Annotated[str, typer.Option(help="Which of the user's conversations.")]
Aliases = Annotated[list[str] | None, typer.Option("--alias", help="Another name. Repeatable.")]
Exemplars = Annotated[
    list[str] | None,
    typer.Option("--exemplar", help="A question or passage about it. Repeatable."),
]
ExemplarFile = Annotated[Path | None, typer.Option(help="A UTF-8 file with one exemplar per line.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
