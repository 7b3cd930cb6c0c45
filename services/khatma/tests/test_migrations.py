"""The schema, as its owner makes it and the service's role finds it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from chassis.migrations import upgrade


def test_migrating_again_changes_nothing(migrated, db):
    before = db.read(text("select count(*) from pg_class"))
    upgrade("khatma", migrated.owner_url("khatma"))
    assert db.read(text("select count(*) from pg_class")) == before


@pytest.mark.parametrize("ddl", ["drop table reading", "create table x (id int)"])
def test_the_services_role_changes_no_table(db, ddl):
    with pytest.raises(ProgrammingError), db.transaction() as tx:
        tx.execute(text(ddl))
