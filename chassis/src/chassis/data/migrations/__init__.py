"""Changing a service's tables: Alembic, one migrator at a time, as the schema's owner."""

import os
import sys
from collections.abc import Sequence
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import ValidationError
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from chassis.data.database import CONNECT_ARGUMENTS
from chassis.process.settings import DatabaseSettings

# A migration that cannot get its lock gives up instead of stopping the traffic behind it.
_LOCK_TIMEOUT = text("set lock_timeout = '5s'")
_FORKS = get_context("fork")
_ONE_AT_A_TIME = text("select pg_advisory_lock(hashtextextended(current_schema(), 0))")


def upgrade(package: str, url: str) -> bool:
    """Bring the schema of `package` to its newest version.

    Migrations only add, so a release that is gone back to works on the tables of the one after it
    and leaves them as they are.

    Args:
        package: Whose `migrations/versions` holds what changed, in a row.
        url: Of the role that owns the schema.

    Returns:
        Whether it is at this release's version; else a later release made it.

    Raises:
        UnknownVersion: It is at a version that no release has made.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(files(package) / "migrations" / "versions"))
    config.attributes["url"] = url
    if _is_of_a_later_release(config):
        return False
    command.upgrade(config, "head")
    return True


class UnknownVersion(Exception):
    """A schema's version is neither one of this release nor a later one."""


def _is_of_a_later_release(config: Config) -> bool:
    with _engine(config).connect() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
    ours = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if there is None or there in ours:
        return False
    # Versions are numbers of four digits, which tests/architecture holds them to.
    if there.isdigit() and there > max(ours):
        return True
    raise UnknownVersion(f"version {there!r} is of no release; is this the right database?")


def _engine(config: Config) -> Engine:
    url = config.attributes["url"]
    return create_engine(url, poolclass=NullPool, connect_args=CONNECT_ARGUMENTS)


def in_environment() -> None:
    """Run the migrations that Alembic chose; called by `env.py`."""
    with _engine(context.config).connect() as connection:
        # First of all, while the role's own patience holds: a second migrator waits for the first.
        connection.execute(_ONE_AT_A_TIME)
        connection.commit()
        connection.execute(_LOCK_TIMEOUT)
        connection.commit()
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


def main(package: str) -> None:
    """Migrate as the environment says, for `python -m chassis.data.migrations <package>`."""
    try:
        ours = upgrade(package, DatabaseSettings().database_url)  # type: ignore[call-arg]
    except ValidationError as error:
        wrong = ", ".join(f"SAKINA_{str(e['loc'][0]).upper()}" for e in error.errors())
        sys.exit(f"{package}: migration not started: set {wrong} (postgresql+psycopg2://…)")
    except UnknownVersion as error:
        sys.exit(f"{package}: migration not started: {error}")
    except DBAPIError as error:
        sys.exit(f"{package}: migration failed, nothing was changed: {str(error.orig).strip()}")
    state = "up to date" if ours else "that of a later release: it stays as it is"
    sys.stdout.write(f"{package}: schema is {state}\n")


def main_of_several(packages: Sequence[str]) -> None:
    """Migrate `packages` beside one another, each by its own `SAKINA_<NAME>_DATABASE_URL`.

    Each in a fork of this process: loading what they share takes longer than migrating.
    """
    children = [_FORKS.Process(target=_main_by_its_own, args=(package,)) for package in packages]
    for child in children:
        child.start()
    for child in children:
        child.join()
    sys.exit(any(child.exitcode for child in children))


def _main_by_its_own(package: str) -> None:
    os.environ["SAKINA_DATABASE_URL"] = os.environ.get(f"SAKINA_{package.upper()}_DATABASE_URL", "")
    main(package)
