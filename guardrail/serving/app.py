"""The HTTP application over one ``GuardedChat``: ``/v1``, ``/admin``, ``/metrics``, the page.

A declined prompt is a normal reply. See ``access`` for who may call what, ``answers`` for what
each is told.
"""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import Response

from guardrail.chat import GuardedChat
from guardrail.serving.access import Access, Door
from guardrail.serving.admin import admin_router
from guardrail.serving.audit import Audit
from guardrail.serving.chat_routes import chat_router
from guardrail.serving.faults import Safe, add_errors
from guardrail.serving.limits import Limited, Limits
from guardrail.serving.metrics import Metrics
from guardrail.serving.own_memory import own_router
from guardrail.serving.schemas import REFUSALS
from guardrail.serving.site import add_page

__all__ = ["make_app"]


def make_app(
    chat: GuardedChat,
    *,
    access: Access | None = None,
    limits: Limits | None = None,
    audit: Audit | None = None,
) -> FastAPI:
    """The application. Without ``access`` there is no administration and ``/v1`` is open to this
    machine."""
    access, limits, audit = access or Access(), limits or Limits(), audit or Audit()
    metrics = Metrics()
    app = FastAPI(title="guardrail-memory", docs_url=None, redoc_url=None, responses=REFUSALS)
    add_errors(app)
    app.add_middleware(Limited, limits=limits)
    app.add_middleware(Door, access=access)
    app.add_middleware(Safe)
    app.include_router(chat_router(chat, metrics, limits.replies))
    app.include_router(admin_router(chat, audit))
    app.include_router(own_router(chat, audit, open_=access.open))
    add_page(app)

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Whether the server answers."""
        return {"status": "ok"}

    @app.get("/metrics", response_class=Response)
    async def counts() -> Response:
        """The counts for Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return app
