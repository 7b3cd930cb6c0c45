import pytest

from contracts.refusals import Invalid, NotFound

pytestmark = pytest.mark.usefixtures("noon")


def test_a_logged_session_is_answered_listed_and_announced(person, announced):
    layla = person(7)
    session = layla.log(25, meditation_type="gratitude", notes="سكينة في الصباح")
    assert session == {
        "id": session["id"],
        "user": 7,
        "meditation_type": "gratitude",
        "duration": 25,
        "notes": "سكينة في الصباح",
        "date": "2026-03-01",
        "created_at": "2026-03-01T12:00:00.000000Z",
        "updated_at": "2026-03-01T12:00:00.000000Z",
    }
    assert layla.sessions() == {"count": 1, "results": [session]}
    assert layla.session(session["id"]) == session
    facts = {"meditation_type": "gratitude", "duration": 25, "date": "2026-03-01"}
    assert announced() == [("session_logged", "person/7", {"session_id": session["id"], **facts})]


def test_it_counts_for_the_persons_own_today(person, at):
    at("2026-03-01T22:20:00+00:00")
    assert person(1).log()["date"] == "2026-03-01"
    assert person(2, timezone="Asia/Amman").log()["date"] == "2026-03-02"
    assert person(3, timezone="Asia/Amman", day_starts_at=90).log()["date"] == "2026-03-01"


@pytest.mark.parametrize("date", ["2026-03-02", "9999-12-31"])
def test_no_session_counts_for_a_day_to_come(person, announced, date):
    layla = person(7)
    with pytest.raises(Invalid) as refusal:
        layla.log(date=date)
    assert refusal.value.errors == {
        "date": ["Must not be after today, which for you is 2026-03-01."]
    }
    assert layla.sessions()["count"] == 0
    assert announced() == []


def test_it_may_be_backdated_to_2000(person):
    assert person(7).log(date="2000-01-01")["date"] == "2000-01-01"


def test_a_repeated_command_logs_once(person, announced):
    layla = person(7)
    first = layla.log(25, command="c-1")
    assert layla.log(25, command="c-1") == first
    assert layla.sessions()["count"] == 1
    assert len(announced()) == 1


def test_others_sessions_are_not_there(person):
    session = person(1).log()["id"]
    stranger = person(2)
    for ask in (
        lambda: stranger.session(session),
        lambda: stranger.change(session, duration=1),
        lambda: stranger.delete(session),
    ):
        with pytest.raises(NotFound):
            ask()
    assert stranger.sessions()["count"] == 0
    assert person(1).session(session)["duration"] == 10
