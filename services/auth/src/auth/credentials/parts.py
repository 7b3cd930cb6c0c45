"""The parts of the service class that are made of the settings."""

from eventlet import tpool

from auth.credentials.hashing import Argon2
from auth.credentials.keys import KeyFolder
from auth.credentials.pool import PooledHasher
from auth.credentials.tokens import Signer
from auth.settings import Settings


def hasher(settings: Settings) -> PooledHasher:
    """Return the hasher that all workers share."""
    # The C library keeps 19 MiB for each thread that ever hashed: with eventlet's twenty, a
    # service of 90 MiB became one of 430. So this thread does not make the first hash either.
    tpool.set_num_threads(settings.hashes_at_once)
    return PooledHasher(tpool.execute(Argon2), settings.hashes_at_once)


def keys(settings: Settings) -> KeyFolder:
    """Return the keys to publish. Raises KeysUnusable where one is missing or malformed."""
    return KeyFolder(settings.signing_keys)


def signer(settings: Settings) -> Signer:
    """Return what signs access tokens. Raises KeysUnusable as `keys`."""
    newest = keys(settings).newest
    return Signer(newest, settings.token_issuer, settings.token_audience, settings.access())
