"""What nameko gives the service's methods to work with, besides the database."""

from dataclasses import dataclass
from typing import Any

from eventlet import tpool
from nameko.extensions import DependencyProvider

from auth.common_passwords import common_passwords
from auth.domain.rate import Rate
from auth.hashing import Argon2
from auth.keys import KeyFolder
from auth.service.hashing import PooledHasher
from auth.settings import Settings
from auth.tokens import Signer


class HasherProvider(DependencyProvider):
    """Gives the hasher that all workers share."""

    def setup(self) -> None:
        """Make it, once."""
        settings: Settings = self.container.config["settings"]
        # The C library keeps 19 MiB for each thread that ever hashed: with eventlet's twenty, a
        # service of 90 MiB became one of 430. So this thread does not make the first hash either.
        tpool.set_num_threads(settings.hashes_at_once)
        self._hasher = PooledHasher(tpool.execute(Argon2), settings.hashes_at_once)

    def get_dependency(self, worker_ctx: Any) -> PooledHasher:
        """Return it."""
        return self._hasher


class CommonPasswordsProvider(DependencyProvider):
    """Gives the passwords that nobody may choose."""

    def setup(self) -> None:
        """Read the list, once."""
        self._common = common_passwords()

    def get_dependency(self, worker_ctx: Any) -> frozenset[str]:
        """Return them."""
        return self._common


@dataclass(frozen=True)
class Rates:
    """How often one origin may register, and log in."""

    signup: Rate
    login: Rate


class RatesProvider(DependencyProvider):
    """Gives the rates that the settings say."""

    def setup(self) -> None:
        """Read them."""
        settings: Settings = self.container.config["settings"]
        self._rates = Rates(Rate(settings.signup_rate), Rate(settings.login_rate))

    def get_dependency(self, worker_ctx: Any) -> Rates:
        """Return them."""
        return self._rates


@dataclass(frozen=True)
class Tokens:
    """What signs access tokens, and the keys that prove it."""

    signer: Signer
    keys: KeyFolder


class TokensProvider(DependencyProvider):
    """Gives the signer and the published keys."""

    def setup(self) -> None:
        """Read the keys.

        Raises:
            KeysUnusable: One is missing or malformed; the service does not start.
        """
        settings: Settings = self.container.config["settings"]
        keys = KeyFolder(settings.signing_keys)
        signer = Signer(keys.newest, settings.token_issuer, settings.token_audience)
        self._tokens = Tokens(signer, keys)

    def get_dependency(self, worker_ctx: Any) -> Tokens:
        """Return them."""
        return self._tokens
