"""A session changes, or goes, only while it is what its owner saw."""

from datetime import UTC, datetime, timedelta

import eventlet
import orjson
import pytest

from contracts.preconditions import Precondition, entity_tag
from contracts.refusals import NotFound, PreconditionFailed

pytestmark = pytest.mark.usefixtures("noon")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def only_if(shown):
    """What a client expects who was shown this."""
    return Precondition(if_match=[entity_tag(orjson.dumps(shown))])


def test_what_another_device_wrote_is_not_lost(person, announced):
    layla = person(7)
    session = layla.log(25, notes="before")
    changed = layla.change(session["id"], notes="of the other device")
    told = announced()
    for act in (
        lambda: layla.change(
            session["id"], precondition=only_if(session), notes="mine", duration=1
        ),
        lambda: layla.delete(session["id"], precondition=only_if(session)),
    ):
        with pytest.raises(PreconditionFailed):
            act()
        assert layla.session(session["id"]) == changed
        assert (announced(), layla.stats()["total_minutes"]) == (told, 25)


def test_what_is_still_there_is_changed_and_deleted(person):
    layla = person(7)
    session = layla.log(25)
    changed = layla.change(session["id"], precondition=only_if(session), duration=5)
    assert changed["duration"] == 5
    layla.delete(session["id"], precondition=only_if(changed))
    assert layla.sessions()["count"] == 0


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ({"if_match": ["*"]}, True),
        ({"if_none_match": ["*"]}, False),
        ({"if_none_match": ['"other"']}, True),
        ({"unmodified_since": NOON}, True),
        ({"unmodified_since": NOON - timedelta(seconds=1)}, False),
        ({"unmodified_since": NOON - timedelta(seconds=1), "if_match": ["*"]}, True),
    ],
    ids=str,
)
def test_other_preconditions(said, changes, person):
    layla = person(7)
    session = layla.log(25)
    try:
        layla.change(session["id"], precondition=Precondition(**said), duration=5)
    except PreconditionFailed:
        assert not changes
    assert layla.session(session["id"])["duration"] == (5 if changes else 25)


def test_what_is_not_there_is_not_found_whatever_is_expected(person):
    nobodys = person(8).log(25)["id"]
    for precondition in (Precondition(if_match=['"x"']), Precondition(if_match=["*"])):
        with pytest.raises(NotFound):
            person(7).change(nobodys, precondition=precondition, duration=5)
        with pytest.raises(NotFound):
            person(7).delete(nobodys, precondition=precondition)


def test_a_repeated_command_is_answered_though_it_is_changed_by_now(person):
    layla = person(7)
    session = layla.log(25)
    first, again = (
        layla.change(session["id"], command="c", precondition=only_if(session), duration=5)
        for _ in range(2)
    )
    assert first == again


def test_of_many_who_saw_the_same_one_changes_it(person, announced):
    layla = person(7)
    session = layla.log(25)

    def change(minutes):
        try:
            return layla.change(session["id"], precondition=only_if(session), duration=minutes)
        except PreconditionFailed:
            return None

    with eventlet.Timeout(30):
        done = [each.wait() for each in [eventlet.spawn(change, n) for n in range(1, 9)]]
    assert [layla.session(session["id"])] == [each for each in done if each]
    assert [name for name, *_ in announced()] == ["session_logged", "session_changed"]
