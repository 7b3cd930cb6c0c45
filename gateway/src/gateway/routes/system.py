"""The system's own addresses: is it alive, is it ready."""

from fastapi import Response

from gateway.answers import composed
from gateway.caller import CallerOf
from gateway.dependencies import open_router
from gateway.operation import RETRY_AFTER, says
from gateway.shapes import Alive, Ready

router = open_router("System")


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
