import eventlet

eventlet.monkey_patch()

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest
from sqlalchemy import text

from auth.credentials import keys
from auth.credentials.hashing import Argon2
from auth.credentials.tokens import Signer
from auth.domain.rate import NO_LIMIT, Rates
from auth.service import AuthService
from chassis.process import clock
from chassis.work import context as request
from chassis.data.database import Database
from chassis.data.migrations import upgrade
from chassis.testing import asking
from contracts.auth import methods
from contracts.rpc import Actor

pytest_plugins = ["chassis.testing", "chassis.testing_broker"]

PASSWORD = "a long enough secret"
COMMON = frozenset({"password", "password1", "12345678"})
ADDRESS = "203.0.113.7"
ACCESS = timedelta(minutes=10)


@pytest.fixture(scope="session")
def migrated(postgres):
    upgrade("auth", postgres.owner_url("auth"))
    return postgres


@pytest.fixture(scope="session")
def db(migrated):
    database = Database.connect(migrated.app_url("auth"), pool_size=20)
    yield database
    database.close()


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    keys.make(folder)
    return folder


@pytest.fixture
def redelivered():
    """Have the broker deliver what is asked from now on for the second time."""
    request.begin(request.Handled(redelivered=True))
    yield
    request.begin(request.Handled())


@dataclass
class Desk:
    """Auth as its callers see it, without the broker between."""

    service: AuthService
    ask: Callable[..., Any]

    @property
    def db(self) -> Database:
        return self.service.db

    @property
    def hasher(self) -> Argon2:
        return self.service.hasher

    @property
    def key(self) -> keys.SigningKey:
        return self.service.keys.newest

    def register(self, **body: Any) -> dict[str, Any]:
        body.setdefault("email", self.an_email())
        body.setdefault("password", PASSWORD)
        return self.ask(methods.REGISTER, **body)

    def log_in(self, email: str, password: str = PASSWORD, address: str = ADDRESS) -> Any:
        return self.ask(methods.LOG_IN, email=email, password=password, address=address)

    def newcomer(self, **body: Any) -> "Newcomer":
        account = self.register(**body)
        tokens = self.log_in(account["email"], body.get("password", PASSWORD))
        return Newcomer(account["id"], account["email"], self.actor(tokens), tokens)

    def another_session(self, person: "Newcomer") -> "Newcomer":
        tokens = self.log_in(person.email)
        return Newcomer(person.id, person.email, self.actor(tokens), tokens)

    def claims(self, tokens: dict[str, Any]) -> dict[str, Any]:
        return jwt.decode(
            tokens["access"],
            self.key.private.public_key(),
            algorithms=["ES256"],
            audience="sakina",
            issuer="sakina",
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )

    def actor(self, tokens: dict[str, Any]) -> Actor:
        claims = self.claims(tokens)
        return Actor(
            id=int(claims["sub"]),
            session=claims["sid"],
            username=claims["username"],
            fullname=claims["fullname"],
            timezone=claims["timezone"],
            day_starts_at=claims["day_starts_at"],
            version=claims["ver"],
        )

    def announced(self, user: int) -> list[tuple[str, dict[str, Any]]]:
        """Return the events about `user`, as (type, data), in order."""
        statement = text("select type, data from outbox where subject = :subject order by sequence")
        rows = self.db.reader.ask(statement, subject=f"user/{user}")
        return [(row.type.split(".")[1], orjson.loads(row.data)) for row in rows]

    def ended(self, user: int) -> list[dict[str, Any]]:
        answer = self.ask(methods.ENDED_SINCE, since=0)
        return [one for one in answer["ended"] if one["user"] == user]

    @staticmethod
    def an_email() -> str:
        return f"{secrets.token_hex(6)}@example.com"

    @staticmethod
    def a_username() -> str:
        return f"u{secrets.token_hex(6)}"


@dataclass
class Newcomer:
    id: int
    email: str
    actor: Actor
    tokens: dict[str, Any]


@pytest.fixture
def in_process(db, key_folder) -> AuthService:
    """Auth without the broker, also beside one that runs."""
    service = AuthService()
    service.db = db
    service.hasher = Argon2(memory_kib=64, passes=1)
    service.common = COMMON
    service.keys = keys.KeyFolder(key_folder)
    service.signer = Signer(service.keys.newest, "sakina", "sakina", ACCESS)
    service.access = ACCESS
    service.rates = Rates(signup=NO_LIMIT, login=NO_LIMIT)
    return service


@pytest.fixture
def service(in_process) -> AuthService:
    return in_process


@pytest.fixture
def desk(in_process) -> Desk:
    return Desk(in_process, asking(in_process))


@pytest.fixture
def move_clock(monkeypatch) -> Callable[[timedelta], datetime]:
    """Set the service's clock ahead of now by what the test says."""
    start = clock.now()

    def move(ahead: timedelta) -> datetime:
        monkeypatch.setattr(clock, "now", lambda: start + ahead)
        return start + ahead

    return move


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Run functions at once, each in a greenlet; return what each answered or raised."""

    def run(*functions: Callable[[], Any]) -> list[Any]:
        def outcome(function: Callable[[], Any]) -> Any:
            try:
                return function()
            except Exception as raised:
                return raised

        started = [eventlet.spawn(outcome, function) for function in functions]
        with eventlet.Timeout(30):
            return [one.wait() for one in started]

    return run
