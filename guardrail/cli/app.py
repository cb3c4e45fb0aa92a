"""The command line put together: commands, options they share, errors into exit codes."""

from __future__ import annotations

from typing import Annotated

import typer

from guardrail import __version__
from guardrail.cli import ask, chat, doctor, forget, memory, serve
from guardrail.cli.output import configure_logs, say
from guardrail.errors import GuardrailError
from guardrail.memory_link import memory as memory_package

__all__ = ["app", "run"]

app = typer.Typer(
    name="guardrail",
    help="Chat with a model that withholds what it must and remembers what it should.",
    epilog="Exit codes: 0 done, 1 failed (stderr says what mends it), 2 wrong usage, 130 Ctrl-C.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("chat")(chat.chat)
app.command("ask")(ask.ask)
app.command("serve")(serve.serve)
app.command("setup")(doctor.setup)
app.command("doctor")(doctor.doctor)
app.add_typer(forget.app, name="forget")
app.add_typer(memory.app, name="memory")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    configure_logs()


def run(arguments: list[str]) -> int:
    """Run the command line; returns the exit code instead of leaving the process."""
    try:
        app(arguments, prog_name="guardrail")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except (GuardrailError, memory_package.MemoryFault) as error:
        say(f"guardrail: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
