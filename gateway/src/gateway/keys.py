"""auth's public signing keys, kept by kid."""

import asyncio
import logging
import time

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from contracts.auth import methods as auth
from contracts.models import Nothing
from contracts.refusals import Refusal, Unavailable, Unexpected
from gateway.rpc import Rpc

log = logging.getLogger(__name__)

# An unknown kid may be a new key, or an attacker's noise: the noise may cost this much.
UNKNOWN_KID_SECONDS = 30.0
AFTER_FAILURE_SECONDS = 1.0
# A key that auth has withdrawn stops being believed after this.
RENEW_SECONDS = 300.0


class Keys:
    """The signing keys, fetched when a kid is unknown and renewed now and then."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._keys: dict[str, EllipticCurvePublicKey] = {}
        self._next_try = 0.0
        self._fetching: asyncio.Task[None] | None = None
        self._missed = False
        self.generation = 0

    async def find(self, kid: str) -> EllipticCurvePublicKey | None:
        """Return the key `kid`, or None where auth does not publish it.

        Raises Unavailable while auth's keys cannot be had: this may be a new one.
        """
        if kid not in self._keys and (self._fetching or time.monotonic() >= self._next_try):
            await self._shared_fetch()
        key = self._keys.get(kid)
        if key is None and (self._missed or not self._keys):
            raise Unavailable("Tokens cannot be checked now. Try again in a moment.", retry_after=1)
        return key

    async def expect(self, kid: str) -> None:
        """Know the key `kid`, which auth itself has just signed with."""
        if kid not in self._keys:
            await self._shared_fetch()

    async def renew(self) -> None:
        """Fetch the keys. Raises Refusal when auth does not answer, or not with keys."""
        keys = _parsed(await self._rpc.call(auth.SIGNING_KEYS, Nothing()))
        if not keys:
            raise Unexpected("The signing keys of auth cannot be understood.")
        if keys.keys() != self._keys.keys():
            log.info("signing keys", extra={"kids": sorted(keys)})
            self.generation += 1
        self._keys = keys

    async def keep_fresh(self) -> None:
        """Renew the keys for ever, so that a withdrawn one is dropped."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self.renew()
            except Refusal as refusal:
                log.warning("signing keys not renewed", extra={"reason": refusal.detail})

    async def _shared_fetch(self) -> None:
        if self._fetching is None:
            self._fetching = asyncio.ensure_future(self._fetch())
        await asyncio.shield(self._fetching)

    async def _fetch(self) -> None:
        self._next_try = time.monotonic() + UNKNOWN_KID_SECONDS
        try:
            await self.renew()
            self._missed = False
        except Refusal as refusal:
            self._missed = True
            self._next_try = time.monotonic() + AFTER_FAILURE_SECONDS
            log.warning("signing keys not fetched", extra={"reason": refusal.detail})
        finally:
            self._fetching = None


def _parsed(answer: bytes) -> dict[str, EllipticCurvePublicKey]:
    """Return the keys that can be used; one that cannot says nothing against the others."""
    try:
        document = orjson.loads(answer)
    except orjson.JSONDecodeError:
        document = None
    entries = document.get("keys") if isinstance(document, dict) else None
    keys = {}
    for entry in entries if isinstance(entries, list) else []:
        try:
            kid, key = entry["kid"], jwt.PyJWK(entry, "ES256").key
        except (jwt.PyJWTError, ValueError, TypeError, LookupError, AttributeError) as error:
            log.error("signing key not understood", extra={"reason": type(error).__name__})
            continue
        if isinstance(kid, str) and isinstance(key, EllipticCurvePublicKey):
            keys[kid] = key
    return keys
