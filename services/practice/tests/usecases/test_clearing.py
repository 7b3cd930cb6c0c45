"""All of one's sessions are gone in one moment, and deleted in batches afterwards."""

import pytest

from chassis.data import outbox, retention
from chassis.data.connections import Lent
from chassis.testing import made
from contracts.auth.events import USER_DELETED
from contracts.refusals import NotFound
from practice.usecases import sessions as usecase

pytestmark = pytest.mark.usefixtures("noon")
LISTINGS = (
    {},
    *({"ordering": ordering} for ordering in ("date", "-date", "duration", "-duration")),
    {"meditation_type": "mantra"},
    {"meditation_type": "mantra", "ordering": "-date"},
    {"first_day": "2026-02-01"},
    {"meditation_type": "mantra", "first_day": "2026-02-01"},
)


@pytest.fixture
def deletes(db, monkeypatch):
    """How many sessions each statement deleted, in batches of two."""
    monkeypatch.setattr(retention, "BATCH", 2)
    found = []
    send = Lent.send

    def noted(lent, sayings, **words):
        rows = send(lent, sayings, **words)
        if sayings and str(sayings[-1][0]).lstrip().startswith("delete from session"):
            found.append(len(rows))
        return rows

    monkeypatch.setattr(Lent, "send", noted)
    return found


def test_what_is_cleared_is_seen_by_nobody_before_it_is_swept(person, query, replayed):
    layla, omar = person(7), person(8)
    cleared = [layla.log(n, meditation_type="mantra", date="2026-02-28")["id"] for n in (5, 6, 7)]
    kept = omar.log(1)
    assert layla.clear() == {"deleted": 3}
    assert query("select count(*) from session where person = 7") == [(3,)]
    for listing in LISTINGS:
        assert layla.sessions(**listing) == {"count": 0, "results": []}
    for session in cleared:
        for attempt in (
            lambda session=session: layla.session(session),
            lambda session=session: layla.change(session, duration=9),
            lambda session=session: layla.delete(session),
        ):
            with pytest.raises(NotFound):
                attempt()
    assert layla.stats()["total_minutes"] == 0
    assert layla.clear() == {"deleted": 0}
    new = layla.log(9, meditation_type="mantra")
    for listing in LISTINGS:
        assert layla.sessions(**listing) == {"count": 1, "results": [new]}
    replayed()
    assert omar.sessions()["results"] == [kept]


def test_what_is_swept_is_what_was_cleared_in_batches(person, db, query, deletes):
    layla, omar = person(7), person(8)
    for _ in range(5):
        layla.log()
    omar.log()
    layla.clear()
    new = layla.log()
    usecase.sweep_cleared(db)
    assert deletes == [2, 2, 1]
    assert layla.sessions()["results"] == [new]
    assert query("select person from session order by 1") == [(7,), (8,)]
    assert query("select * from cleared") == []


def test_what_is_cleared_while_it_is_swept_is_swept_the_next_time(person, db, query, monkeypatch):
    layla = person(7)
    layla.log()
    layla.clear()
    delete = retention.delete_in_batches

    def delete_while_more_is_cleared(*arguments, **values):
        gone = delete(*arguments, **values)
        layla.log()
        layla.clear()
        return gone

    with monkeypatch.context() as patched:
        patched.setattr(retention, "delete_in_batches", delete_while_more_is_cleared)
        usecase.sweep_cleared(db)
    assert layla.sessions()["count"] == 0
    usecase.sweep_cleared(db)
    assert query("select 1 from session") == query("select 1 from cleared") == []


def test_of_who_is_deleted_nothing_is_seen_before_it_is_swept(person, hear, query, monkeypatch):
    """Their access token lives for some minutes more."""
    layla = person(7)
    layla.log()
    with monkeypatch.context() as patched:
        patched.setattr(retention, "delete_in_batches", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            hear(made(USER_DELETED, 7))
    assert query("select person from session") == [(7,)]
    assert layla.sessions() == {"count": 0, "results": []}
    assert layla.stats()["total_minutes"] == 0


def test_an_erasure_deletes_in_batches(person, query, deleted, deletes):
    layla, omar = person(7), person(8)
    for _ in range(5):
        layla.log()
    omar.log()
    layla.clear()
    layla.log()
    deleted(7)
    assert deletes == [2, 2, 2, 0]
    assert query("select person from session") == [(8,)]
    assert query("select * from cleared") == []


def test_an_erasure_that_failed_in_the_middle_is_finished_the_next_time(
    person, hear, query, announced, monkeypatch
):
    layla = person(7)
    layla.log(command="once")
    gone = made(USER_DELETED, 7)
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "announce", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            hear(gone)
    assert layla.sessions() == {"count": 0, "results": []}
    assert [name for name, _, _ in announced()] == ["session_logged"]
    before = query("select deleted_at from person")
    hear(gone)
    assert [name for name, _, _ in announced()] == ["session_logged", "data_erased"]
    assert query("select 1 from command") == []
    assert query("select deleted_at from person") == before
