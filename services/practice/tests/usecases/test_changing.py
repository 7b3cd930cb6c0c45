import pytest

from contracts.refusals import Invalid, NotFound

pytestmark = pytest.mark.usefixtures("noon")


def test_what_is_not_named_stays(person, at, announced):
    layla = person(7)
    session = layla.log(25, meditation_type="gratitude", notes="before")
    at("2026-03-01T13:00:00+00:00")
    changed = layla.change(session["id"], duration=23)
    assert changed == {**session, "duration": 23, "updated_at": "2026-03-01T13:00:00.000000Z"}
    assert layla.session(session["id"]) == changed
    facts = {"meditation_type": "gratitude", "duration": 25, "date": "2026-03-01"}
    assert announced()[1:] == [
        (
            "session_changed",
            "person/7",
            {"session_id": session["id"], "before": facts, "after": {**facts, "duration": 23}},
        )
    ]


def test_a_resource_may_be_sent_back_as_it_came(person):
    layla = person(7)
    session = layla.log(25)
    assert layla.change(session["id"], **{**session, "duration": 30})["duration"] == 30


def test_notes_count_for_nothing_and_are_not_announced(person, at, announced):
    layla = person(7)
    session = layla.log(25)
    at("2026-03-01T13:00:00+00:00")
    changed = layla.change(session["id"], notes="صبر")
    assert changed == {**session, "notes": "صبر", "updated_at": "2026-03-01T13:00:00.000000Z"}
    assert [name for name, _, _ in announced()] == ["session_logged"]


def test_a_new_date_is_under_the_rule_of_logging(person):
    layla = person(7)
    session = layla.log()["id"]
    with pytest.raises(Invalid) as refusal:
        layla.change(session, date="2026-03-02")
    assert "date" in refusal.value.errors
    assert layla.change(session, date="2000-01-01")["date"] == "2000-01-01"
    assert layla.leaderboard(window="month")["results"] == []


def test_a_new_time_zone_rewrites_no_history(person):
    session = person(7, timezone="Pacific/Kiritimati", version=1).log(25)
    assert session["date"] == "2026-03-02"
    moved = person(7, timezone="Pacific/Pago_Pago", version=2)
    changed = moved.change(session["id"], duration=20, date="2026-03-02")
    assert (changed["date"], changed["duration"]) == ("2026-03-02", 20)
    with pytest.raises(Invalid):
        moved.log(date="2026-03-02")


def test_a_deleted_session_is_gone(person, announced):
    layla = person(7)
    kept, session = layla.log(5), layla.log(25)
    assert layla.delete(session["id"]) == {"deleted": 1}
    with pytest.raises(NotFound):
        layla.session(session["id"])
    with pytest.raises(NotFound):
        layla.delete(session["id"])
    assert layla.sessions() == {"count": 1, "results": [kept]}
    assert announced()[2:] == [
        (
            "session_deleted",
            "person/7",
            {"session_id": session["id"], "duration": 25, "date": "2026-03-01"},
        )
    ]


def test_clearing_takes_all_ones_own_and_is_one_event(person, announced):
    layla, omar = person(7), person(8)
    for duration in (5, 10, 15):
        layla.log(duration)
    omar.log(1)
    assert layla.clear() == {"deleted": 3}
    assert layla.sessions() == {"count": 0, "results": []}
    assert layla.stats()["total_minutes"] == 0
    assert omar.sessions()["count"] == 1
    assert announced()[4:] == [("sessions_cleared", "person/7", {"count": 3, "minutes": 30})]


def test_clearing_nothing_is_no_event(person, announced):
    assert person(7).clear() == {"deleted": 0}
    assert announced() == []


def test_repeated_commands_change_once(person, announced):
    layla = person(7)
    session = layla.log(25)["id"]
    first = layla.change(session, duration=30, command="change")
    layla.change(session, duration=40)
    assert layla.change(session, duration=30, command="change") == first
    assert layla.session(session)["duration"] == 40
    assert layla.delete(session, command="delete") == layla.delete(session, command="delete")
    layla.log()
    assert layla.clear(command="clear") == {"deleted": 1}
    layla.log()
    assert layla.clear(command="clear") == {"deleted": 1}
    assert layla.sessions()["count"] == 1
