import pytest

from chassis.testing import made
from contracts.auth.events import USER_DELETED, USER_REGISTERED, USER_UPDATED
from contracts.refusals import Unauthenticated

pytestmark = pytest.mark.usefixtures("noon")


def test_after_a_change_of_account_the_stale_token_does_not_decide(person, hear):
    stale = person(7, username="layla", timezone="UTC", version=1)
    stale.log()
    hear(USER_UPDATED, 7, username="leyla", timezone="Pacific/Kiritimati", version=2)
    assert stale.log()["date"] == "2026-03-02"
    assert stale.stats()["daily"][-1]["date"] == "2026-03-02"
    assert stale.week()["today_minutes"] == 10
    assert stale.leaderboard()["results"][0]["user"]["username"] == "leyla"


def test_before_the_news_arrive_the_fresh_token_decides(person, hear):
    hear(USER_REGISTERED, 7, username="layla", timezone="UTC", version=1)
    fresh = person(7, username="leyla", timezone="Pacific/Kiritimati", version=2)
    assert fresh.stats()["daily"][-1]["date"] == "2026-03-02"
    assert fresh.log()["date"] == "2026-03-02"
    assert fresh.leaderboard()["results"][0]["user"]["username"] == "leyla"


def test_old_news_overwrite_nothing(person, hear):
    person(7).log()
    updates = [made(USER_UPDATED, 7, username=f"v{version}", version=version) for version in (3, 2)]
    for update in [*updates, updates[1]]:
        hear(update)
    assert person(7).leaderboard()["results"][0]["user"]["username"] == "v3"


def test_who_is_known_by_event_alone_may_log(person, hear):
    hear(USER_REGISTERED, 7, timezone="Asia/Amman", version=1)
    assert person(7, timezone="Asia/Amman", version=1).log()["user"] == 7


def test_of_a_deleted_person_nothing_is_left_but_the_id(person, query, deleted, announced):
    person(7, username="layla", timezone="Asia/Amman", day_starts_at=90).log(notes="private")
    person(8).log()
    deleted(7)
    assert query("select count(*) from session where person = 7") == [(0,)]
    assert query("select count(*) from total where person = 7") == [(0,)]
    assert query("select count(*) from type_total where person = 7") == [(0,)]
    assert query("select username, timezone, day_starts_at from person where id = 7") == [
        ("", "UTC", 0)
    ]
    assert [row["user"]["id"] for row in person(8).leaderboard()["results"]] == [8]
    assert announced()[2:] == [("data_erased", "person/7", {})]


def test_the_answers_kept_for_a_deleted_person_are_forgotten(person, query, deleted):
    """They hold what the person wrote; those of others stay, to answer a repeat."""
    person(7).log(notes="private", command="seven")
    person(8).log(command="eight")
    deleted(7)
    assert query("select id from command") == [("eight",)]


def test_a_late_command_of_a_deleted_person_is_refused(person, deleted, announced):
    layla = person(7)
    session = layla.log()["id"]
    deleted(7)
    for late in (
        layla.log,
        lambda: person(7, version=9).log(),
        lambda: layla.change(session, duration=5),
        lambda: layla.delete(session),
        layla.clear,
    ):
        with pytest.raises(Unauthenticated):
            late()
    assert layla.sessions()["count"] == 0
    assert [name for name, _, _ in announced()] == ["session_logged", "data_erased"]


def test_late_events_of_a_deleted_person_are_ignored(person, hear, deleted, query):
    deleted(7)
    hear(USER_REGISTERED, 7, username="layla", version=1)
    hear(USER_UPDATED, 7, username="layla", version=99)
    assert query("select username from person") == [("",)]
    with pytest.raises(Unauthenticated):
        person(7).log()


def test_erasing_twice_is_announced_once(hear, announced):
    gone = made(USER_DELETED, 7)
    hear(gone)
    hear(gone)
    assert announced() == [("data_erased", "person/7", {})]
