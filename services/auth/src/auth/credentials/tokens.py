"""What a person shows once logged in: access tokens, which are read, and opaque refresh tokens."""

import hashlib
import secrets
from datetime import datetime, timedelta

import jwt

from auth.credentials.keys import ALGORITHM, SigningKey
from auth.domain.account import Account

# Multiples of three, so that neither leaves a rest in base64: 144 and 264 random bits.
FAMILY_BYTES = 18
SECRET_BYTES = 33
_FAMILY_LENGTH = FAMILY_BYTES * 4 // 3
_LENGTH = _FAMILY_LENGTH + SECRET_BYTES * 4 // 3


class Signer:
    """Makes access tokens: JWTs by the profile of RFC 9068, signed with ES256.

    Args:
        key: Signs, and names itself in the header.
        issuer: The claim `iss`.
        audience: The claim `aud`.
        lasting: How long a token is good.
    """

    def __init__(self, key: SigningKey, issuer: str, audience: str, lasting: timedelta) -> None:
        self._key = key
        self._issuer = issuer
        self._audience = audience
        self._seconds = int(lasting.total_seconds())

    def access(self, account: Account, sid: str, now: datetime) -> str:
        """Return an access token of `account` in the session `sid`, good from `now` on.

        It carries what services need to know of the person, so that they ask nobody.
        """
        issued = int(now.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(account.id),
            "sid": sid,
            "jti": secrets.token_hex(16),
            "iat": issued,
            "nbf": issued,
            "exp": issued + self._seconds,
            "username": account.username,
            "fullname": account.fullname,
            "timezone": account.timezone,
            "day_starts_at": account.day_starts_at,
            "visibility": account.visibility,
            "ver": account.version,
        }
        headers = {"kid": self._key.kid, "typ": "at+jwt"}
        return jwt.encode(claims, self._key.private, algorithm=ALGORITHM, headers=headers)


def new_sid() -> str:
    """Return the name of a new session."""
    return secrets.token_hex(16)


def new_refresh(family: str | None = None) -> str:
    """Return a new refresh token: the name of its family, and a secret that means nothing.

    Args:
        family: That of the token which this one replaces; without it one is made.
    """
    name = family or secrets.token_urlsafe(FAMILY_BYTES)
    return name + secrets.token_urlsafe(SECRET_BYTES)


def family(refresh: str) -> str | None:
    """Return what all refresh tokens of one session have in common.

    By it a spent one is recognised, though it is not stored. Tokens made before there were
    families are a secret alone: None.
    """
    return refresh[:_FAMILY_LENGTH] if len(refresh) == _LENGTH else None


def digest(secret: str) -> bytes:
    """Return what is stored of a refresh token or a family. It is random enough to need no salt."""
    return hashlib.sha256(secret.encode()).digest()
