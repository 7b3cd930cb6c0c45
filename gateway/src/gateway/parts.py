"""What the gateway is made of, put together once and found by every request."""

from dataclasses import dataclass, field
from functools import cached_property

from starlette.requests import Request

from contracts.refusals import Unauthenticated
from gateway.head import head_of
from gateway.keys import Keys
from gateway.readiness import Readiness
from gateway.revoked import RevokedSessions
from gateway.rpc import Rpc
from gateway.settings import GatewaySettings
from gateway.shared import SharedAnswer
from gateway.streams.hub import Hub
from gateway.streams.live import Live
from gateway.streams.past import Past
from gateway.tokens import Identity, Tokens

HOMEPAGE_SECONDS = 5
_LOG_IN = "Log in and send the access token in the header Authorization: Bearer <access>."


@dataclass
class Parts:
    """The parts that live as long as the process."""

    settings: GatewaySettings
    rpc: Rpc
    keys: Keys
    tokens: Tokens
    revoked: RevokedSessions
    readiness: Readiness
    hub: Hub
    live: Live
    past: Past
    homepage: SharedAnswer = field(default_factory=lambda: SharedAnswer(HOMEPAGE_SECONDS))

    @cached_property
    def fingerprint_key(self) -> bytes:
        """The secret of the fingerprints."""
        return self.settings.fingerprint_key.get_secret_value().encode()

    async def identify(self, request: Request) -> Identity:
        """Return who makes `request`, by its bearer token.

        Raises Unauthenticated without a good one, Unavailable where that cannot be told.
        """
        scheme, _, token = _authorization(request).partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(_LOG_IN)
        identity = await self.tokens.identify(token.strip())
        self.revoked.check(identity)
        return identity


def _authorization(request: Request) -> str:
    return head_of(request.scope).get(b"authorization", b"").decode("latin-1")


def assembled(settings: GatewaySettings) -> Parts:
    """Return the parts, not connected yet."""
    rpc = Rpc(settings.deadline_seconds, settings.caps)
    keys = Keys(rpc)
    tokens = Tokens(keys, settings.token_issuer, settings.token_audience, settings.access_seconds)
    revoked = RevokedSessions(rpc, settings.access_seconds)
    hub = Hub(settings.max_streams, settings.max_streams_each, revoked.has_ended)
    revoked.on_end = hub.session_ended
    live = Live(rpc, hub)
    readiness = Readiness(rpc, revoked)
    return Parts(settings, rpc, keys, tokens, revoked, readiness, hub, live, Past(rpc))
