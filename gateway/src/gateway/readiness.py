"""Whether every part of the system answers."""

import asyncio
import time

from pydantic import ValidationError

from contracts.catalogue import SERVICES
from contracts.health import Health
from contracts.models import Nothing
from contracts.refusals import Refusal
from contracts.rpc import METHODS
from gateway.revoked import RevokedSessions
from gateway.rpc import Rpc

SECONDS = 1.0
KNOWN_FOR_SECONDS = 0.1


class Readiness:
    """Asks each service how it is, at most ten times a second however often it is asked itself."""

    def __init__(self, rpc: Rpc, revoked: RevokedSessions) -> None:
        self._rpc = rpc
        self._revoked = revoked
        self._known: tuple[float, dict[str, bool]] = (0.0, {})
        self._one_at_a_time = asyncio.Lock()

    async def parts(self) -> dict[str, bool]:
        """Return each part by name, and whether it answers."""
        async with self._one_at_a_time:
            known_at, parts = self._known
            if time.monotonic() - known_at > KNOWN_FOR_SECONDS:
                parts = await self._asked()
                self._known = time.monotonic(), parts
            return parts

    async def _asked(self) -> dict[str, bool]:
        answers = await asyncio.gather(*map(self._health, SERVICES))
        parts = {"broker": self._rpc.is_up, "sessions": self._revoked.is_current}
        for service, health in zip(SERVICES, answers, strict=True):
            parts[service] = health is not None
            parts[f"{service} database"] = health is not None and health.database
        return parts

    async def _health(self, service: str) -> Health | None:
        try:
            answer = await self._rpc.call(METHODS[f"{service}.health"], Nothing(), seconds=SECONDS)
            return Health.model_validate_json(answer)
        except (Refusal, ValidationError):
            return None
