"""Each service's role does its own work in its own schema, and nothing else."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest
from psycopg2.errors import DuplicateSchema, InsufficientPrivilege, QueryCanceled
from psycopg2.extensions import connection, cursor

from contracts.catalogue import SERVICES
from sakina_local.testing import Database

PAIRS = [(one, other) for one in SERVICES for other in SERVICES if one != other]
QUIET = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}


def connect(url: str) -> connection:
    made = psycopg2.connect(url.replace("+psycopg2", ""))
    made.autocommit = True
    return made


@contextmanager
def session(url: str) -> Iterator[cursor]:
    with closing(connect(url)) as made, made.cursor() as used:
        yield used


@pytest.fixture(scope="module", autouse=True)
def _a_table_in_each_schema(postgres: Database) -> None:
    for service in SERVICES:
        with session(postgres.owner_url(service)) as owner:
            owner.execute("CREATE TABLE secret (id bigserial PRIMARY KEY, word text)")
            owner.execute(
                "CREATE FUNCTION whisper() RETURNS text LANGUAGE sql AS 'SELECT ''hush'''"
            )
            owner.execute("INSERT INTO secret (word) VALUES ('hush')")


@pytest.mark.parametrize("service", SERVICES)
def test_the_app_role_works_in_its_own_schema(postgres: Database, service: str) -> None:
    with session(postgres.app_url(service)) as app:
        app.execute("INSERT INTO secret (word) VALUES ('new') RETURNING id")
        (made,) = app.fetchone()
        app.execute("UPDATE secret SET word = 'newer' WHERE id = %s", (made,))
        app.execute("DELETE FROM secret WHERE id = %s RETURNING word", (made,))
        assert app.fetchone() == ("newer",)
        app.execute("SELECT whisper()")
        assert app.fetchone() == ("hush",)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE ROLE mine",
        "CREATE EXTENSION citext",
        "ALTER TABLE secret ADD COLUMN more int",
        "ALTER TABLE secret DISABLE TRIGGER ALL",
        "CREATE INDEX ON secret (word)",
        "DROP TABLE secret",
        "TRUNCATE secret",
        "COPY secret TO '/tmp/secret'",
        "COPY secret FROM PROGRAM 'true'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT rolpassword FROM pg_authid",
    ],
)
def test_the_app_role_changes_no_schema(postgres: Database, service: str, statement: str) -> None:
    with session(postgres.app_url(service)) as app, pytest.raises(InsufficientPrivilege):
        app.execute(statement)


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_becomes_another_role(postgres: Database, service: str) -> None:
    with session(postgres.app_url(service)) as app:
        for role in ("postgres", *(f"{other}_owner" for other in SERVICES)):
            with pytest.raises(InsufficientPrivilege):
                app.execute(f"SET ROLE {role}")


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("kind", ["app", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {other}.secret",
        "INSERT INTO {other}.secret (word) VALUES ('forged')",
        "UPDATE {other}.secret SET word = 'forged'",
        "DELETE FROM {other}.secret",
        "SELECT nextval('{other}.secret_id_seq')",
        "SELECT {other}.whisper()",
        "CREATE TABLE {other}.mine (id int)",
        "DROP TABLE {other}.secret",
        "DROP SCHEMA {other} CASCADE",
        "ALTER SCHEMA {other} RENAME TO mine",
        "GRANT USAGE ON SCHEMA {other} TO PUBLIC",
    ],
)
def test_nobody_enters_anothers_schema(
    postgres: Database, one: str, other: str, kind: str, statement: str
) -> None:
    url = postgres.app_url(one) if kind == "app" else postgres.owner_url(one)
    with session(url) as intruder, pytest.raises(InsufficientPrivilege):
        intruder.execute(statement.format(other=other))


@pytest.mark.parametrize("database", ["postgres", "template1"])
@pytest.mark.parametrize("service", SERVICES)
def test_no_role_enters_another_database(postgres: Database, service: str, database: str) -> None:
    url = postgres.app_url(service).replace(postgres.name, database)
    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        connect(url)


@pytest.mark.parametrize("service", SERVICES)
def test_a_wrong_password_is_refused(postgres: Database, service: str) -> None:
    right = postgres.server.passwords[f"{service}_app"]
    url = postgres.app_url(service).replace(f":{right}@", ":guess@")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(url)


@pytest.mark.parametrize("service", SERVICES)
def test_no_statement_and_no_idle_transaction_outlasts_the_caller(
    postgres: Database, service: str
) -> None:
    with session(postgres.app_url(service)) as app:
        app.execute(
            "SELECT name, setting::int FROM pg_settings WHERE name IN "
            "('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')"
        )
        limits = dict(app.fetchall())
        assert limits == {
            "statement_timeout": 5000,
            "lock_timeout": 3000,
            "idle_in_transaction_session_timeout": 10000,
        }
        app.execute("SET statement_timeout = '50ms'")
        with pytest.raises(QueryCanceled):
            app.execute("SELECT pg_sleep(5)")


@pytest.mark.parametrize("service", SERVICES)
def test_what_people_wrote_stays_out_of_the_servers_log(postgres: Database, service: str) -> None:
    """The statement that failed, and the key that it failed on, are logged by neither role."""
    for url in (postgres.app_url(service), postgres.owner_url(service)):
        with session(url) as role:
            for setting, value in QUIET.items():
                role.execute(f"SHOW {setting}")
                assert role.fetchone() == (value,)
                with pytest.raises(InsufficientPrivilege):
                    role.execute(f"SET {setting} = DEFAULT")


def test_applying_the_files_again_changes_nothing(postgres: Database) -> None:
    postgres.server.apply_roles()
    postgres.server.make_database(postgres.name)
    with session(postgres.app_url("khatma")) as app:
        app.execute("SELECT count(*) FROM secret")
        assert app.fetchone() == (1,)
    with session(postgres.admin_url) as admin, pytest.raises(DuplicateSchema):
        admin.execute("CREATE SCHEMA khatma")


@pytest.mark.parametrize("service", SERVICES)
def test_who_reads_figures_reads_no_row(postgres: Database, service: str) -> None:
    with closing(postgres.connect()) as admin, admin.cursor() as used:
        used.execute("SET ROLE sakina_figures")
        used.execute("SELECT count(*) FROM pg_stat_activity WHERE state IS NOT NULL")
        assert used.fetchone()[0] >= 1
        for statement in (f"SELECT * FROM {service}.secret", f"DELETE FROM {service}.secret"):
            with pytest.raises(InsufficientPrivilege):
                used.execute(statement)


def test_who_reads_figures_comes_in_by_no_password(postgres: Database) -> None:
    address = postgres.server
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(
            host=address.host,
            port=address.port,
            user="sakina_figures",
            password="",
            dbname=postgres.name,
        )
