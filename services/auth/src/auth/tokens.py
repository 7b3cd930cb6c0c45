"""What a person shows once logged in: access tokens, which are read, and opaque refresh tokens."""

import hashlib
import secrets
from datetime import datetime

import jwt

from auth.domain.account import Account
from auth.domain.session import ACCESS
from auth.keys import ALGORITHM, SigningKey


class Signer:
    """Makes access tokens: JWTs by the profile of RFC 9068, signed with ES256.

    Args:
        key: Signs, and names itself in the header.
        issuer: The claim `iss`.
        audience: The claim `aud`.
    """

    def __init__(self, key: SigningKey, issuer: str, audience: str) -> None:
        self._key = key
        self._issuer = issuer
        self._audience = audience

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
            "exp": issued + int(ACCESS.total_seconds()),
            "username": account.username,
            "fullname": account.fullname,
            "timezone": account.timezone,
            "day_starts_at": account.day_starts_at,
            "ver": account.version,
        }
        headers = {"kid": self._key.kid, "typ": "at+jwt"}
        return jwt.encode(claims, self._key.private, algorithm=ALGORITHM, headers=headers)


def new_sid() -> str:
    """Return the name of a new session."""
    return secrets.token_hex(16)


def new_refresh() -> str:
    """Return a new refresh token: 256 random bits that mean nothing."""
    return secrets.token_urlsafe(32)


def digest(refresh: str) -> bytes:
    """Return what is stored of a refresh token. It is random enough to need no salt."""
    return hashlib.sha256(refresh.encode()).digest()
