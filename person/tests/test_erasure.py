"""The end of an erasure: taken in once, announced once, no answer kept."""

import pytest
from psycopg2.errors import UndefinedTable

from chassis.data.statements import by_value
from chassis.testing import made
from contracts.auth.events import USER_DELETED

COMMAND = by_value(
    "insert into command (id, actor, fingerprint, result, expires_at) "
    "values (:id, :actor, '', '', now() + interval '1 day')"
)


def test_an_erasure_is_announced_once(hear, rows):
    gone = made(USER_DELETED, 7)
    hear(gone)
    hear(gone)
    assert rows("select type, subject from outbox") == [
        {"type": "notify.data_erased.v1", "subject": "person/7"}
    ]


def test_what_fails_at_the_end_is_announced_when_it_comes_again(service, hear, rows, db):
    with db.transaction() as tx:
        tx.tell(by_value("alter table command rename to away"))
    gone = made(USER_DELETED, 7)
    with pytest.raises(UndefinedTable):
        hear(gone)
    with db.transaction() as tx:
        tx.tell(by_value("alter table away rename to command"))
    assert rows("select 1 from outbox") == rows("select 1 from inbox") == []
    hear(gone)
    assert len(rows("select 1 from outbox")) == 1


def test_the_answers_kept_for_who_is_gone_are_forgotten_and_those_of_others_stay(hear, rows, db):
    with db.transaction() as tx:
        tx.tell(COMMAND, id="seven", actor=7)
        tx.tell(COMMAND, id="eight", actor=8)
    hear(USER_DELETED, 7)
    assert rows("select id from command") == [{"id": "eight"}]


def test_what_a_service_adds_goes_with_it(hear, rows, db):
    hear(USER_DELETED, 7)
    assert rows("select fact from last_words") == [{"fact": "erased 7"}]
