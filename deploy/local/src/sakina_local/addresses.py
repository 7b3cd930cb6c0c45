"""Where a database server and a broker are, and how to set up in them what Sakina needs.

They say nothing of who started the two: this package, a container engine, or somebody else.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import encrypt_password

from contracts.catalogue import SERVICES
from sakina_local.checkout import POSTGRES_SQL
from sakina_local.definitions import definitions
from sakina_local.problems import Problem

ROLES = tuple(f"{service}_{kind}" for service in SERVICES for kind in ("owner", "app"))
SUPERUSER = "postgres"


@dataclass(frozen=True)
class PostgresAddress:
    """A PostgreSQL server, with the passwords of its superuser and of Sakina's roles."""

    host: str
    port: int
    passwords: Mapping[str, str] = field(repr=False)

    def url(self, role: str, database: str) -> str:
        """Return SQLAlchemy's address of `database` for `role`."""
        password = self.passwords[role]
        return f"postgresql+psycopg2://{role}:{password}@{self.host}:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> Connection:
        """Return a new connection of the superuser, in autocommit."""
        connection = psycopg2.connect(
            host=self.host,
            port=self.port,
            user=SUPERUSER,
            password=self.passwords[SUPERUSER],
            dbname=database,
            connect_timeout=10,
        )
        connection.autocommit = True
        return connection

    def apply_roles(self) -> None:
        """Make the roles of deploy/postgres and set their passwords."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute((POSTGRES_SQL / "10-roles.sql").read_text())
                for role in ROLES:
                    # Hashed here, so that no log of the server ever holds the password.
                    hashed = encrypt_password(
                        self.passwords[role], role, connection, "scram-sha-256"
                    )
                    cursor.execute(
                        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                            sql.Identifier(role), sql.Literal(hashed)
                        )
                    )
        finally:
            connection.close()

    def make_database(self, name: str) -> None:
        """Make the database `name` unless it is there, and the services' schemas in it."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
                if cursor.fetchone() is None:
                    make = sql.SQL("CREATE DATABASE {} TEMPLATE template0")
                    cursor.execute(make.format(sql.Identifier(name)))
        finally:
            connection.close()
        connection = self.connect(name)
        try:
            with connection.cursor() as cursor:
                cursor.execute((POSTGRES_SQL / "20-schemas.sql").read_text())
        finally:
            connection.close()

    def drop_database(self, name: str) -> None:
        """Drop the database `name`, cutting whoever is still connected."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                cursor.execute(drop.format(sql.Identifier(name)))
        finally:
            connection.close()


@dataclass(frozen=True)
class BrokerAddress:
    """A RabbitMQ broker, the passwords of its users, and how to run rabbitmqctl for it."""

    host: str
    port: int
    passwords: Mapping[str, str] = field(repr=False)
    control_command: Sequence[str]
    control_environment: Mapping[str, str] = field(repr=False)

    def url(self, user: str, vhost: str) -> str:
        """Return the AMQP address of `vhost` for `user`."""
        return f"amqp://{user}:{self.passwords[user]}@{self.host}:{self.port}/{vhost}"

    def add_vhost(self, name: str) -> None:
        """Make the virtual host `name` with all exchanges and permissions."""
        complete = {**definitions(self.passwords, [name]), "users": []}
        self.control("import_definitions", said=json.dumps(complete))

    def delete_vhost(self, name: str) -> None:
        """Delete the virtual host `name` with all that is in it."""
        self.control("delete_vhost", name)

    def control(self, *arguments: str, said: str = "") -> str:
        """Run rabbitmqctl with `arguments`, `said` on its input, and return what it answers."""
        done = subprocess.run(  # noqa: S603
            [*self.control_command, "--quiet", *arguments],
            env=dict(self.control_environment),
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            why = (done.stderr or done.stdout).strip()
            raise Problem(f"rabbitmqctl {arguments[0]} failed: {why}")
        return done.stdout


@dataclass(frozen=True)
class Parts:
    """The two servers that Sakina runs on."""

    postgres: PostgresAddress
    broker: BrokerAddress

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote."""
        said: dict[str, Any] = json.loads(text)
        return cls(PostgresAddress(**said["postgres"]), BrokerAddress(**said["broker"]))
