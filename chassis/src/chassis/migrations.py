"""Changing a service's tables: Alembic, one migrator at a time, as the schema's owner."""

import sys

from alembic import command, context
from alembic.config import Config
from pydantic import ValidationError
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from chassis.database import CONNECT_ARGUMENTS
from chassis.settings import DatabaseSettings

# A migration that cannot get its lock gives up instead of stopping the traffic behind it.
_LOCK_TIMEOUT = text("set lock_timeout = '5s'")
_ONE_AT_A_TIME = text("select pg_advisory_lock(hashtextextended(current_schema(), 0))")


def upgrade(package: str, url: str) -> None:
    """Bring the schema of `package` to its newest version.

    Args:
        package: Whose `migrations` folder holds `env.py` and `versions`.
        url: Of the role that owns the schema.
    """
    config = Config()
    config.set_main_option("script_location", f"{package}:migrations")
    config.attributes["url"] = url
    command.upgrade(config, "head")


def in_environment() -> None:
    """Run the migrations that Alembic chose; called by each service's `migrations/env.py`."""
    engine = create_engine(
        context.config.attributes["url"], poolclass=NullPool, connect_args=CONNECT_ARGUMENTS
    )
    with engine.connect() as connection:
        connection.execute(_LOCK_TIMEOUT)
        connection.commit()
        connection.execute(_ONE_AT_A_TIME)
        connection.commit()
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


def main(package: str) -> None:
    """Migrate as the environment says, for `python -m <package>.migrations`."""
    try:
        upgrade(package, DatabaseSettings().database_url)  # type: ignore[call-arg]
    except ValidationError as error:
        wrong = ", ".join(f"SAKINA_{str(e['loc'][0]).upper()}" for e in error.errors())
        sys.exit(f"{package}: migration not started: set {wrong} (postgresql+psycopg2://…)")
    except DBAPIError as error:
        sys.exit(f"{package}: migration failed, nothing was changed: {str(error.orig).strip()}")
    sys.stdout.write(f"{package}: schema is up to date\n")
