"""What the fixtures promise to every package's tests."""

import amqp
import psycopg2
import pytest

from sakina_local.testing import Database, PrivateDatabase, PrivateVhost, Vhost


def connect(url: str) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    connection.autocommit = True
    return connection


def login(url: str) -> amqp.Connection:
    account, _, place = url.removeprefix("amqp://").partition("@")
    user, _, password = account.partition(":")
    host, _, vhost = place.partition("/")
    connection = amqp.Connection(host, user, password, virtual_host=vhost)
    connection.connect()
    return connection


def test_owner_makes_tables_that_the_app_fills(postgres: Database) -> None:
    with connect(postgres.owner_url("khatma")).cursor() as owner:
        owner.execute("CREATE TABLE shelf (id bigserial PRIMARY KEY, name text)")
    with connect(postgres.app_url("khatma")).cursor() as app:
        app.execute("INSERT INTO shelf (name) VALUES ('one') RETURNING id")
        app.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'shelf'")
        assert app.fetchone() == ("khatma",)


def test_every_user_reaches_the_vhost(broker: Vhost) -> None:
    for user in ("auth", "practice", "khatma", "notify", "gateway"):
        with login(broker.url(user)) as connection:
            assert connection.connected


def test_a_private_node_stops_and_comes_back(private_broker: PrivateVhost) -> None:
    with login(private_broker.admin_url) as connection:
        connection.channel().queue_declare("kept", durable=True, auto_delete=False)
    private_broker.stop()
    with pytest.raises(ConnectionRefusedError):
        login(private_broker.admin_url)
    private_broker.start()
    with login(private_broker.admin_url) as connection:
        connection.channel().queue_declare("kept", passive=True)


def test_a_private_server_stops_and_comes_back(private_postgres: PrivateDatabase) -> None:
    with private_postgres.connect().cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS answer")
    private_postgres.kill()
    with pytest.raises(psycopg2.OperationalError):
        private_postgres.connect()
    private_postgres.start()
    with private_postgres.connect().cursor() as cursor:
        cursor.execute("SELECT answer FROM kept")
        assert cursor.fetchone() == (7,)
