"""Messages, not statements, are counted."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from sakina_bench.messages import Ear
from sakina_local.testing import Database


@pytest.fixture(scope="module")
def postgres(postgres: Database) -> Iterator[Database]:
    """A database to which nobody else speaks."""
    name = f"{postgres.name}_quiet"
    with closing(postgres.connect()) as admin, admin.cursor() as cursor:
        cursor.execute(f'create database "{name}"')
        yield Database(postgres.server, name)
        cursor.execute(f'drop database "{name}" with (force)')


def says(postgres: Database, name: str, *messages: str) -> None:
    url = postgres.admin_url.replace("postgresql+psycopg2", "postgresql")
    connection = psycopg2.connect(url, application_name=name)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for message in messages:
            cursor.execute(message)
    connection.close()


def test_several_statements_in_one_message_are_one_round_trip(postgres: Database, ear: Ear) -> None:
    said = ear.during(
        lambda: says(postgres, "sakina khatma", "begin; select 1; commit", "select 2")
    )
    assert said.messages == [("khatma", "begin; select 1; commit"), ("khatma", "select 2")]


def test_a_message_of_several_lines_is_one_with_its_text_whole(
    postgres: Database, ear: Ear
) -> None:
    said = ear.during(lambda: says(postgres, "sakina khatma", "select 'a'\n, 'b'\n", "select 2"))
    assert said.messages == [("khatma", "select 'a'\n, 'b'\n"), ("khatma", "select 2")]


def test_what_relays_and_health_checks_say_is_counted_beside(postgres: Database, ear: Ear) -> None:
    def act() -> None:
        says(postgres, "sakina khatma relay of 10 workers", "select 1")
        says(postgres, "sakina khatma health", "select 1", "select 2")
        says(postgres, "sakina auth", "select 3")

    said = ear.during(act)
    assert said.messages == [("auth", "select 3")]
    assert said.beside == 3


def test_a_prepared_statement_is_a_message_for_each_execution(postgres: Database, ear: Ear) -> None:
    messages = ("prepare one as select 1", "execute one", "execute one")
    assert len(ear.during(lambda: says(postgres, "sakina auth", *messages)).messages) == 3


def test_what_is_said_to_other_databases_is_not_heard(postgres: Database, ear: Ear) -> None:
    def act() -> None:
        url = postgres.server.url("postgres", "postgres").replace("+psycopg2", "")
        connection = psycopg2.connect(url, application_name="sakina auth")
        connection.cursor().execute("select 1")
        connection.close()
        says(postgres, "sakina auth", "select 2")

    assert ear.during(act).messages == [("auth", "select 2")]


def test_what_a_message_prepares_is_known_by_its_name(postgres: Database, ear: Ear) -> None:
    prepares = "prepare s1 as select $1::int\n  + 1;execute s1 (1)"
    with closing(postgres.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("set application_name = 'sakina practice'")
        said = ear.during(lambda: [cursor.execute(prepares), cursor.execute("execute s1 (2)")])
    assert [text.lstrip(";") for _, text in said.messages] == ["execute s1 (1)", "execute s1 (2)"]
    assert ear.prepared["practice", "s1"] == "prepare s1 as select $1::int\n  + 1"
