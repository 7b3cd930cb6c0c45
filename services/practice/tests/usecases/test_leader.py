import pytest

from practice.usecases import board

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def watch(db, query):
    """Let practice look who leads, and return who was announced to lead since."""

    def watch():
        query("delete from outbox")
        board.watch_leader(db)
        return [
            (data["previous"], data["leader"], data["total_minutes"])
            for (data,) in query(
                "select data::json from outbox where type = 'practice.leader_changed.v1'"
            )
        ]

    return watch


def test_an_empty_board_has_no_leader(watch):
    assert watch() == []


def test_the_first_minutes_lead(person, watch):
    person(7).log(10)
    assert watch() == [(None, 7, 10)]
    assert watch() == []


def test_more_minutes_take_the_lead_and_as_many_do_not(person, watch):
    person(7).log(10)
    watch()
    person(8).log(10)
    assert watch() == []
    person(8).log(1)
    assert watch() == [(7, 8, 11)]


def test_a_tie_reached_again_does_not_dethrone(person, watch, at):
    session = person(7).log(10)["id"]
    watch()
    person(8).log(10)
    at("2026-03-01T13:00:00+00:00")
    person(7).delete(session)
    person(7).log(10)
    assert person(1).leaderboard()["results"][0]["user"]["id"] == 8
    assert watch() == []


def test_of_equals_who_was_there_first_leads(person, watch, at):
    person(8).log(10)
    at("2026-03-01T13:00:00+00:00")
    person(7).log(10)
    assert watch() == [(None, 8, 10)]


def test_a_leader_who_falls_behind_loses_the_lead(person, watch):
    session = person(7).log(10)["id"]
    person(8).log(5)
    watch()
    person(7).change(session, duration=4)
    assert watch() == [(7, 8, 5)]


def test_when_all_is_cleared_nobody_leads(person, watch):
    person(7).log(10)
    watch()
    person(7).clear()
    assert watch() == [(7, None, 0)]
    assert watch() == []


def test_an_erased_leader_is_followed_by_the_next(person, watch, deleted):
    person(7).log(10)
    person(8).log(5)
    watch()
    deleted(7)
    assert watch() == [(7, 8, 5)]


def test_it_is_announced_of_the_whole_board(person, watch, query, announced):
    person(7).log(10)
    watch()
    assert announced() == [
        (
            "leader_changed",
            "leaderboard/all",
            {"leader": 7, "previous": None, "total_minutes": 10},
        )
    ]
    assert query("select actor from outbox") == [(None,)]
