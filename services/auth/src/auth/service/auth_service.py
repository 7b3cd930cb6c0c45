"""The nameko class of auth."""

from typing import Any

from auth.service.providers import (
    CommonPasswordsProvider,
    HasherProvider,
    Rates,
    RatesProvider,
    Tokens,
    TokensProvider,
)
from auth.usecases import accounts, passwords, sessions, tending
from chassis.rpc.answers import answers
from chassis.service import health
from chassis.service.periodic import every
from chassis.service.provider import DatabaseProvider
from chassis.work.encoding import Encoded
from contracts.auth import methods
from contracts.health import Health
from contracts.models import Nothing
from contracts.rpc import Call

SWEEP_SECONDS = 60


class AuthService:
    """The service `auth`."""

    name = "auth"
    db = DatabaseProvider()
    hasher = HasherProvider()
    common = CommonPasswordsProvider()
    tokens: Tokens = TokensProvider()
    rates: Rates = RatesProvider()

    @answers(methods.REGISTER)
    def register(self, call: Call[methods.Register]) -> Encoded:
        """Make an account."""
        return accounts.register(self.db, self.hasher, self.common, call, self.rates.signup)

    @answers(methods.LOG_IN)
    def log_in(self, call: Call[methods.LogIn]) -> Encoded:
        """Begin a session."""
        return sessions.log_in(self.db, self.hasher, self.tokens.signer, call, self.rates.login)

    @answers(methods.REFRESH)
    def refresh(self, call: Call[methods.Refresh]) -> methods.Refreshed:
        """Answer a new access token of the same session."""
        return sessions.refresh(self.db, self.tokens.signer, call)

    @answers(methods.LOG_OUT)
    def log_out(self, call: Call[methods.LogOut]) -> Encoded:
        """End the asker's session."""
        return sessions.log_out(self.db, call)

    @answers(methods.CHANGE_PASSWORD)
    def change_password(self, call: Call[methods.ChangePassword]) -> Encoded:
        """Change the asker's password, and end their other sessions."""
        return passwords.change_password(self.db, self.hasher, self.common, call, self.rates.login)

    @answers(methods.ME)
    def me(self, call: Call[Nothing]) -> methods.Account:
        """Answer the asker's account."""
        return accounts.me(self.db, call)

    @answers(methods.UPDATE_ME)
    def update_me(self, call: Call[methods.ChangeMe]) -> Encoded:
        """Change what the asker names of their account."""
        return accounts.update_me(self.db, call)

    @answers(methods.DELETE_ME)
    def delete_me(self, call: Call[methods.DeleteMe]) -> Encoded:
        """Erase the asker's account."""
        return accounts.delete_me(self.db, call)

    @answers(methods.FIND_BY_EMAIL)
    def find_by_email(self, call: Call[methods.FindByEmail]) -> methods.Found:
        """Answer whose e-mail it is, to the gateway alone."""
        return accounts.find_by_email(self.db, call)

    @answers(methods.SIGNING_KEYS)
    def signing_keys(self, call: Call[Nothing]) -> dict[str, Any]:
        """Answer the public keys that access tokens are checked with."""
        return self.tokens.keys.jwks()

    @answers(methods.ENDED_SINCE)
    def ended_since(self, call: Call[methods.EndedSince]) -> methods.EndedSessions:
        """Answer which sessions ended lately."""
        return sessions.ended_since(self.db, call)

    @answers(methods.HEALTH)
    def health(self, call: Call[Nothing]) -> Health:
        """Answer how the service is."""
        return health.check(self.db, self.name)

    @every(SWEEP_SECONDS)
    def sweep(self) -> None:
        """Delete what is kept no longer."""
        tending.sweep(self.db)
