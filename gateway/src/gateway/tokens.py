"""Access tokens: ES256 JWTs of auth, verified here and believed until they expire."""

import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from pydantic import ValidationError

from contracts.refusals import Unauthenticated
from contracts.rpc import Actor
from gateway.keys import Keys

LONGEST_TOKEN = 4096
REMEMBERED = 10_000
# Two clocks are never quite the same: a token may come from this much in the future.
CLOCK_SECONDS = 5
REQUIRED = ("exp", "iat", "nbf", "iss", "aud", "sub", "jti", "sid")
# Headers by which a token could bring or point to its own key.
_KEYS_OF_ITS_OWN = frozenset({"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit"})


@dataclass(frozen=True, slots=True)
class Identity:
    """What a verified token says. `wire` is the actor's JSON; times are Unix seconds."""

    user: int
    session: str
    issued_at: float
    expires_at: float
    wire: bytes
    generation: int


class BadToken(Unauthenticated):
    """The access token does not prove anything."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"{detail} Log in, or refresh, and send the new access token.")


class Tokens:
    """Verifies access tokens and remembers those whose signature was good.

    Only the outcome of the signature check is remembered: whether the session has ended is
    asked anew with each request.

    Args:
        keys: The public keys of auth.
        issuer: The claim `iss`.
        audience: The claim `aud`.
        access_seconds: How long a token is good, also one that says more of itself: it was made
            before this was lowered, and the end of its session is remembered no longer.
    """

    def __init__(self, keys: Keys, issuer: str, audience: str, access_seconds: float) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._access_seconds = access_seconds
        self._verified: OrderedDict[str, Identity] = OrderedDict()

    async def identify(self, token: str) -> Identity:
        """Return who `token` stands for.

        Raises BadToken for a token that is not good, Unavailable where that cannot be told.
        """
        identity = self._verified.get(token)
        if identity is None or identity.generation != self._keys.generation:
            identity = await self._verify(token)
            self._remember(token, identity)
        if identity.expires_at <= time.time():
            self._verified.pop(token, None)
            raise BadToken("The access token has expired.")
        return identity

    async def expect(self, token: str) -> None:
        """Make sure to know the key of `token`, which auth has just made.

        So a new key is known at once, however much noise of unknown kids there is.
        """
        with suppress(BadToken):
            await self._keys.expect(_kid(token))

    def _remember(self, token: str, identity: Identity) -> None:
        self._verified[token] = identity
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)

    async def _verify(self, token: str) -> Identity:
        if len(token) > LONGEST_TOKEN:
            raise BadToken("The access token is not one of ours.")
        key = await self._keys.find(_kid(token))
        if key is None:
            raise BadToken("The access token is signed with a key that is not ours.")
        claims = self._claims(token, key)
        claims["exp"] = min(float(claims["exp"]), claims["iat"] + self._access_seconds)
        return _identity(claims, self._keys.generation)

    def _claims(self, token: str, key: EllipticCurvePublicKey) -> dict[str, Any]:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["ES256"],
                issuer=self._issuer,
                audience=self._audience,
                # The beginning is checked below, with an allowance that the end does not get.
                options={"require": list(REQUIRED), "verify_iat": False, "verify_nbf": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise BadToken("The access token has expired.") from error
        except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            raise BadToken("The access token is not valid.") from error
        for claim in ("iat", "nbf"):
            value = claims[claim]
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise BadToken("The access token is not valid.")
            if value > time.time() + CLOCK_SECONDS:
                raise BadToken("The access token is not valid yet.")
        return claims


def _kid(token: str) -> str:
    return _kid_of(token.partition(".")[0])


# All tokens of one key begin alike, so the beginning is read once; a refusal is never remembered.
@lru_cache(maxsize=64)
def _kid_of(head: str) -> str:
    try:
        header = jwt.get_unverified_header(f"{head}..")
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise BadToken("The access token is not a token of ours.") from error
    kid, kind = header.get("kid"), header.get("typ")
    if header.get("alg") != "ES256" or not isinstance(kid, str):
        raise BadToken("The access token is not signed as ours are.")
    if not isinstance(kind, str) or kind.lower() not in ("at+jwt", "application/at+jwt"):
        raise BadToken("That is no access token.")
    if not _KEYS_OF_ITS_OWN.isdisjoint(header):
        raise BadToken("The access token is not signed as ours are.")
    return kid


def _identity(claims: dict[str, Any], generation: int) -> Identity:
    subject, session = claims["sub"], claims["sid"]
    if not (isinstance(subject, str) and subject.isascii() and subject.isdigit()):
        raise BadToken("The access token names nobody.")
    try:
        actor = Actor(
            id=int(subject),
            session=session,
            username=claims.get("username", ""),
            fullname=claims.get("fullname", ""),
            timezone=claims.get("timezone", "UTC"),
            day_starts_at=claims.get("day_starts_at", 0),
            version=claims.get("ver", 0),
            visibility=claims.get("visibility", "companions"),
        )
    except (ValidationError, ValueError) as error:
        raise BadToken("The access token is not valid.") from error
    return Identity(
        user=actor.id,
        session=actor.session,
        issued_at=float(claims["iat"]),
        expires_at=float(claims["exp"]),
        wire=actor.__pydantic_serializer__.to_json(actor),
        generation=generation,
    )
