"""``guardrail serve``: the model behind OpenAI's API, and the page."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import typer

from guardrail.cli import options
from guardrail.cli.output import say
from guardrail.cli.session import open_chat, settings_from
from guardrail.errors import MissingDependency
from guardrail.settings import LOOPBACK, Settings

__all__ = ["serve"]

_GRACE = 30  # seconds that replies under way have to finish when the server is stopped


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    model: options.Model = None,
    memory: options.MemoryFile = None,
    forget: options.ForgetFile = None,
    device: options.Device = None,
    dtype: options.Dtype = None,
) -> None:
    """Serve the chat over HTTP, compatible with OpenAI's clients, with a page at /. Set
    GUARDRAIL_API_KEY (one key for all) or api_keys in guardrail.toml (a key for each user) to ask
    for keys; other addresses than this machine's own are refused without one. The administration
    key is GUARDRAIL_ADMIN_KEY, or made anew at each start and printed."""
    try:
        import uvicorn

        from guardrail.serving.app import make_app
    except ImportError as error:
        raise MissingDependency(
            f"{error.name} is not installed; mend it with: pip install 'guardrail-memory[server]'"
        ) from None
    settings = settings_from(model=model, memory=memory, forget=forget, device=device, dtype=dtype)
    if host not in LOOPBACK and not (settings.api_key or settings.api_keys):
        raise typer.BadParameter(f"listening on {host} needs GUARDRAIL_API_KEY to be set")
    given = settings.admin_key.get_secret_value() if settings.admin_key else None
    admin_key = given or secrets.token_urlsafe(24)
    with open_chat(settings) as chat:
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        say(f"serving {chat.model.name} on {address}/v1")
        # What stands behind the # is not sent to any server, so it gets into no log.
        say(f"the page: {address}/" + ("" if given else f"#key={admin_key}"))
        uvicorn.run(
            make_app(chat, **_parts(settings, admin_key)),
            host=host,
            port=port,
            log_config=None,  # its lines go where all others go
            log_level=settings.log_level,
            access_log=False,  # addresses name users and conversations
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )


def _parts(settings: Settings, admin_key: str) -> dict[str, Any]:
    """Who may call, how much, and where it is noted."""
    from guardrail.serving.access import Access
    from guardrail.serving.audit import Audit
    from guardrail.serving.limits import Limits

    access = Access(
        admin_key=admin_key,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        users={user: key.get_secret_value() for user, key in settings.api_keys.items()},
        admins={name: key.get_secret_value() for name, key in settings.admin_keys.items()},
    )
    limits = Limits(body=settings.max_body, rate=settings.rate, replies=settings.max_replies)
    return {"access": access, "limits": limits, "audit": Audit(settings.audit)}
