"""The system's own addresses: is it alive, is it ready, what does it do."""

from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST, disable_created_metrics, generate_latest

from gateway.answers import composed
from gateway.caller import CallerOf
from gateway.dependencies import open_router
from gateway.operation import RETRY_AFTER, says
from gateway.shapes import Alive, Ready

router = open_router("System")
# When each series began is known to whoever scrapes them, and would be every other line.
disable_created_metrics()  # type: ignore[no-untyped-call]


@router.get("/healthz", **says("Is the process alive?", answers=Alive, open=True))
async def healthz() -> Response:
    """Says that this process answers, whatever else may be down."""
    return composed({"alive": True})


@router.get(
    "/readyz",
    **says("Is the system ready?", answers=Ready, open=True)
    | {
        "responses": {
            503: {
                "model": Ready,
                "description": "Something is down; see `parts`.",
                "headers": RETRY_AFTER,
            }
        }
    },
)
async def readyz(caller: CallerOf) -> Response:
    """Names the broker, each service and each database, and whether it answers."""
    parts = await caller.parts.readiness.parts()
    ready = all(parts.values())
    answer = composed({"ready": ready, "parts": parts}, 200 if ready else 503)
    if not ready:
        answer.headers["Retry-After"] = "1"
    return answer


@router.get(
    "/metrics",
    **says("Figures for Prometheus", open=True)
    | {"responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}},
    response_class=Response,
)
async def metrics() -> Response:
    """Counters, gauges and histograms of this process, as Prometheus reads them."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
