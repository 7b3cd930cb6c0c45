"""What a request costs in round trips to PostgreSQL, which do not depend on the machine."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from chassis.data.database import Database
from contracts.auth import methods


@pytest.fixture
def told(desk, monkeypatch):
    """Collects the statements that a block sends."""
    read = Database._read

    @contextmanager
    def collecting():
        statements = []

        def before(connection, cursor, statement, *_):
            statements.append(statement)

        def reading(self, statement, values):
            statements.append(str(statement))
            return read(self, statement, values)

        monkeypatch.setattr(Database, "_read", reading)
        event.listen(desk.db._engine, "before_cursor_execute", before)
        yield statements
        event.remove(desk.db._engine, "before_cursor_execute", before)
        monkeypatch.setattr(Database, "_read", read)

    return collecting


def test_a_login_is_four_statements(desk, told):
    email = desk.register()["email"]
    with told() as statements:
        desk.log_in(email)
    assert len(statements) == 4, statements


def test_a_refresh_is_one_and_a_rotation_five(desk, told):
    token = desk.newcomer().tokens["refresh"]
    with told() as statements:
        desk.call(methods.REFRESH, {"refresh": token})
    assert len(statements) == 1, statements
    with told() as statements:
        desk.call(methods.REFRESH, {"refresh": token, "rotate": True})
    assert len(statements) == 5, statements


def test_a_registration_of_a_taken_email_is_one(desk, told):
    email = desk.register()["email"]
    with told() as statements, pytest.raises(Exception, match="exists already"):
        desk.register(email=email)
    assert len(statements) == 1, statements
