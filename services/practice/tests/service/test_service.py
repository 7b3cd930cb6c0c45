from datetime import UTC, datetime

import pytest

from chassis.testing import actor, made
from contracts.auth.events import USER_REGISTERED, USER_UPDATED
from contracts.practice import events, methods
from contracts.rpc import RpcMethod

LOGGED = {"meditation_type": "gratitude", "duration": 25, "notes": "سكينة"}


def test_a_session_from_logging_to_clearing(gateway, wire):
    session = gateway.result(methods.LOG_SESSION, 7, {**LOGGED, "date": "2026-03-01"})
    assert gateway.result(methods.LIST_SESSIONS, 7) == {"count": 1, "results": [session]}
    assert gateway.result(methods.GET_SESSION, 7, {"id": session["id"]}) == session
    change = {"id": session["id"], "change": {"duration": 23}}
    assert gateway.result(methods.CHANGE_SESSION, 7, change)["duration"] == 23
    assert gateway.result(methods.LEADERBOARD, 7)["me"]["total_minutes"] == 23
    assert gateway.result(methods.STATS, 7)["longest_streak"] == 1
    assert gateway.result(methods.WEEK, 7) == {"today_minutes": 0, "weekly_minutes": 0}
    gateway.result(methods.LOG_SESSION, 7, LOGGED)
    assert gateway.result(methods.WEEK, 7) == {"today_minutes": 25, "weekly_minutes": 25}
    assert gateway.result(methods.DELETE_SESSION, 7, {"id": session["id"]}) == {"deleted": 1}
    assert gateway.result(methods.CLEAR_SESSIONS, 7) == {"deleted": 1}
    told = [
        wire.hear(kind)
        for kind in (
            events.SESSION_LOGGED,
            events.SESSION_CHANGED,
            events.SESSION_LOGGED,
            events.SESSION_DELETED,
            events.SESSIONS_CLEARED,
        )
    ]
    assert [event.sequence for event in told] == [1, 2, 3, 4, 5]
    assert {(event.subject, event.actor) for event in told} == {("person/7", 7)}


def test_the_lead_is_announced_after_what_changed_it(gateway, wire, deleted_by_auth):
    gateway.result(methods.LOG_SESSION, 7, LOGGED)
    first = wire.hear(events.LEADER_CHANGED)
    assert (first.subject, first.actor) == ("leaderboard/all", None)
    assert first.data == {"leader": 7, "previous": None, "total_minutes": 25}
    gateway.result(methods.LOG_SESSION, 8, {**LOGGED, "duration": 30})
    assert wire.hear(events.LEADER_CHANGED).data == {
        "leader": 8,
        "previous": 7,
        "total_minutes": 30,
    }
    deleted_by_auth(8)
    assert wire.hear(events.LEADER_CHANGED).data == {
        "leader": 7,
        "previous": 8,
        "total_minutes": 25,
    }
    gateway.result(methods.CLEAR_SESSIONS, 7)
    assert wire.hear(events.LEADER_CHANGED).data == {
        "leader": None,
        "previous": 7,
        "total_minutes": 0,
    }


def test_who_left_for_good_is_erased_and_refused(gateway, deleted_by_auth):
    gateway.result(methods.LOG_SESSION, 7, LOGGED)
    assert deleted_by_auth(7).subject == "person/7"
    assert gateway.result(methods.LIST_SESSIONS, 7)["count"] == 0
    assert gateway.refusal(methods.LOG_SESSION, 7, LOGGED)["exc_type"] == "unauthenticated"


def test_people_are_known_by_what_auth_announces(gateway, wire):
    gateway.result(methods.LOG_SESSION, 7, LOGGED)

    def called(name):
        return gateway.result(methods.LEADERBOARD, 7)["results"][0]["user"]["username"] == name

    wire.say(made(USER_REGISTERED, 7, username="layla", version=1))
    wire.until(lambda: called("layla"), "the name to be known")
    wire.say(made(USER_UPDATED, 7, username="leyla", version=2))
    wire.until(lambda: called("leyla"), "the new name to be known")


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [
        (methods.LOG_SESSION, {**LOGGED, "duration": 0}, "duration"),
        (methods.LOG_SESSION, {**LOGGED, "duration": 1441}, "duration"),
        (methods.LOG_SESSION, {**LOGGED, "duration": "25.5"}, "duration"),
        (methods.LOG_SESSION, {**LOGGED, "duration": True}, "duration"),
        (methods.LOG_SESSION, {**LOGGED, "meditation_type": "sleeping"}, "meditation_type"),
        (methods.LOG_SESSION, {**LOGGED, "notes": None}, "notes"),
        (methods.LOG_SESSION, {**LOGGED, "notes": "a" * 2001}, "notes"),
        (methods.LOG_SESSION, {**LOGGED, "notes": "\x00"}, "notes"),
        (methods.LOG_SESSION, {**LOGGED, "date": "1999-12-31"}, "date"),
        (methods.LOG_SESSION, {**LOGGED, "date": "2026-02-30"}, "date"),
        (methods.LOG_SESSION, {**LOGGED, "date": "9999-12-31"}, "date"),
        (methods.LOG_SESSION, {**LOGGED, "date": None}, "date"),
        (methods.LOG_SESSION, {**LOGGED, "mood": "calm"}, "mood"),
        (methods.GET_SESSION, {"id": 2**63}, "id"),
        (methods.GET_SESSION, {"id": -1}, "id"),
        (methods.LIST_SESSIONS, {"page_size": 101}, "page_size"),
        (methods.LEADERBOARD, {"window": "year"}, "window"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_changes(gateway, method, body, field):
    refusal = gateway.refusal(method, 7, body)
    assert refusal["exc_type"] == "invalid"
    assert set(refusal["errors"]) == {field}
    assert gateway.result(methods.LIST_SESSIONS, 7)["count"] == 0


def test_notes_may_be_as_long_and_arabic_as_allowed(gateway):
    notes = "سكينة " * 333 + "صب"
    assert len(notes) == 2000
    assert gateway.result(methods.LOG_SESSION, 7, {**LOGGED, "notes": notes})["notes"] == notes


def test_what_is_not_there_is_not_found(gateway):
    for method, body in (
        (methods.GET_SESSION, {"id": 2**63 - 1}),
        (methods.DELETE_SESSION, {"id": 1}),
        (methods.CHANGE_SESSION, {"id": 1, "change": {"duration": 5}}),
        (methods.LIST_SESSIONS, {"page": 10_000_000, "page_size": 100}),
    ):
        assert gateway.refusal(method, 7, body)["exc_type"] == "not_found"


WELL_FORMED = {
    "list_sessions": {},
    "log_session": LOGGED,
    "get_session": {"id": 1},
    "change_session": {"id": 1, "change": {"duration": 5}},
    "delete_session": {"id": 1},
    "clear_sessions": {},
    "leaderboard": {},
    "stats": {},
    "week": {},
}


@pytest.mark.parametrize("method", WELL_FORMED)
def test_nobody_is_served_without_a_name(gateway, query, method):
    """What they ask is well-formed, so nothing but the missing name can be refused."""
    assert (
        gateway.refusal(getattr(methods, method.upper()), None, WELL_FORMED[method])["exc_type"]
        == "unauthenticated"
    )
    assert query("select 1 from session") == []


def test_every_method_but_health_is_asked_without_a_name():
    names = {each.name for each in vars(methods).values() if isinstance(each, RpcMethod)}
    assert names - {"health"} == set(WELL_FORMED)


def test_it_is_healthy(gateway):
    health = gateway.result(methods.HEALTH, None)
    assert (health["service"], health["database"]) == ("practice", True)


def test_the_practice_day_follows_the_persons_clock(gateway):
    east = gateway.result(methods.LOG_SESSION, actor(1, timezone="Pacific/Kiritimati"), LOGGED)[
        "date"
    ]
    west = gateway.result(methods.LOG_SESSION, actor(2, timezone="Pacific/Pago_Pago"), LOGGED)[
        "date"
    ]
    assert west < east
    assert west <= str(datetime.now(UTC).date()) <= east


def queues(broker):
    names = broker.control("list_queues", "name", "--quiet", "--no-table-headers").split()
    common = ("wait.", "parked.", "amq.", "activity")
    return {name for name in names if not name.startswith(common)}


def test_the_queues_of_handlers_of_before_are_deleted(service, broker, wire):
    """With what an earlier release left in them; nobody would take from them any more."""
    wire.until(
        lambda: not {name for name in queues(broker) if name.endswith(".totals_moved")},
        "the queues of an earlier release to be deleted",
    )


def test_what_was_cleared_is_swept_soon(gateway, wire, query):
    for _ in range(3):
        gateway.result(methods.LOG_SESSION, 7, LOGGED)
    assert gateway.result(methods.CLEAR_SESSIONS, 7) == {"deleted": 3}
    wire.until(lambda: query("select 1 from session") == [], "the sessions to be swept")
    wire.until(lambda: query("select 1 from cleared") == [], "it to be noted")


def test_every_method_of_the_contract_is_answered_and_no_queue_is_renamed(service, broker):
    answered = {
        entrypoint.method for entrypoint in service.entrypoints if hasattr(entrypoint, "method")
    }
    assert answered == {
        value for value in vars(methods).values() if type(value).__name__ == "RpcMethod"
    }
    assert queues(broker) == {
        "rpc-practice",
        "evt-auth-auth.user_registered.v1--practice.user_registered",
        "evt-auth-auth.user_updated.v1--practice.user_updated",
        "evt-auth-auth.user_deleted.v1--practice.user_deleted",
    }
