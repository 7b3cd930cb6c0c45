"""The feed: what a person may see of what was recorded, when they ask."""

from collections.abc import Callable
from typing import Any

import eventlet
import orjson
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis.data.database import Database
from chassis.events.taking import Overtaken
from chassis.testing import envelope, until_locked_out
from contracts.activity import SHOWN
from contracts.auth import events as auth
from contracts.catalogue import EVENTS
from contracts.events import Event
from contracts.khatma import events as khatma
from contracts.notify import methods
from contracts.notify.events import NOTIFICATION_CREATED
from contracts.practice import events as practice
from contracts.refusals import Invalid, Unauthenticated

Make = Callable[..., Any]
NewId = Callable[[], int]
LARGEST = 2**63 - 1


@pytest.fixture
def feed(ask: Make) -> Callable[..., list[str]]:
    """What a person sees, all of it: the types of events, oldest first, without version."""

    def feed(person: int, **asked: Any) -> list[str]:
        found = ask(methods.ACTIVITY, by=person, **{"limit": 200, **asked})
        assert found["more"] is False
        return [each["event"]["type"].removesuffix(".v1") for each in found["events"]]

    return feed


def _published(event: Event[Any]) -> Any:
    return orjson.loads(envelope(event).model_dump_json())


def _audiences(told: dict[str, Any]) -> list[list[int]]:
    return [each["audience"] for each in told["events"]]


def test_one_sees_one_s_own_and_that_of_the_khatmas_one_is_in_and_nothing_else(
    recorder: Any, feed: Make, new_id: NewId, happened: Make
) -> None:
    layla, ali, omar, group, other_group = (new_id() for _ in range(5))
    told = recorder.take(
        happened(khatma.CREATED, group, actor=layla, creator=layla),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=2, member=ali, creator=layla),
        happened(khatma.CREATED, other_group, actor=omar, creator=omar),
        happened(practice.SESSION_LOGGED, omar, actor=omar),
        happened(khatma.PARTS_CLAIMED, group, actor=ali, sequence=3, member=ali),
        happened(NOTIFICATION_CREATED, layla, actor=ali),
    )
    assert _audiences(told) == [[layla], [layla, ali], [omar], [omar], [layla, ali], [layla]]
    positions = [each["position"] for each in told["events"]]
    assert positions == list(range(told["after"] + 1, told["recorded"] + 1))
    of_group = ["khatma.created", "khatma.member_joined", "khatma.parts_claimed"]
    assert feed(layla) == [*of_group, "notify.notification_created"]
    assert feed(ali) == of_group
    assert feed(omar) == ["khatma.created", "practice.session_logged"]
    assert feed(new_id()) == []


def test_events_are_as_they_were_published(
    recorder: Any, ask: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    event = happened(practice.SESSION_LOGGED, person, actor=person)
    told = recorder.take(event)
    (placed,) = ask(methods.ACTIVITY, by=person)["events"]
    assert placed["event"] == _published(event)
    assert told["events"] == [{**placed, "audience": [person]}]


def test_who_leaves_sees_that_and_nothing_more_until_they_are_in_again(
    recorder: Any, feed: Make, new_id: NewId, happened: Make
) -> None:
    layla, ali, group = new_id(), new_id(), new_id()
    recorder.take(
        happened(khatma.CREATED, group, actor=layla, creator=layla),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=2, member=ali),
    )
    told = recorder.take(
        happened(khatma.MEMBER_LEFT, group, actor=ali, sequence=3, member=ali),
        happened(khatma.UPDATED, group, actor=layla, sequence=4),
    )
    assert _audiences(told) == [[layla, ali], [layla]]
    assert feed(ali) == ["khatma.member_left"]
    recorder.take(happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=5, member=ali))
    assert feed(ali) == feed(layla)


def test_a_late_event_of_before_brings_nobody_back(
    recorder: Any, feed: Make, new_id: NewId, happened: Make
) -> None:
    layla, ali, group = new_id(), new_id(), new_id()
    recorder.take(happened(khatma.CREATED, group, actor=layla, creator=layla))
    recorder.take(happened(khatma.MEMBER_LEFT, group, actor=ali, sequence=3, member=ali))
    late = recorder.take(happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=2, member=ali))
    assert _audiences(late) == [[layla, ali]]
    assert _audiences(recorder.take(happened(khatma.UPDATED, group, sequence=4))) == [[layla]]
    assert feed(ali) == ["khatma.member_left", "khatma.member_joined"]


def test_a_deleted_khatma_is_seen_to_end_by_who_was_in_it_and_by_nobody_after(
    recorder: Any, feed: Make, db: Database, service: Any, new_id: NewId, happened: Make
) -> None:
    layla, ali, group = new_id(), new_id(), new_id()
    recorder.take(
        happened(khatma.CREATED, group, actor=layla, creator=layla),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=2, member=ali),
    )
    ended = recorder.take(happened(khatma.DELETED, group, actor=layla, sequence=3))
    assert _audiences(ended) == [[layla, ali]]
    later = recorder.take(
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=4, member=ali),
        happened(khatma.UPDATED, group, actor=layla, sequence=5),
    )
    assert later["events"] == []
    assert feed(layla) == feed(ali) == ["khatma.deleted"]
    service.sweep()
    assert feed(layla) == feed(ali) == ["khatma.deleted"]
    kept = db.reader.ask(text("select type from activity where khatma_id = :id"), id=group)
    assert [row.type for row in kept] == ["khatma.deleted.v1"]


def test_the_recorder_comes_to_the_end_of_a_khatma_by_itself(
    recorder: Any, hear: Make, feed: Make, new_id: NewId, happened: Make
) -> None:
    """Its other follower may hear of it first; what happened before is seen all the same."""
    layla, group = new_id(), new_id()
    created = happened(khatma.CREATED, group, actor=layla, creator=layla)
    updated = happened(khatma.UPDATED, group, actor=layla, sequence=2)
    ended = happened(khatma.DELETED, group, actor=layla, sequence=3)
    hear(ended)
    told = recorder.take(created, updated, ended)
    assert _audiences(told) == [[layla]] * 3


@pytest.mark.parametrize("kind", [khatma.PART_COMPLETED, khatma.COMPLETED, khatma.MEMBERS_LISTED])
def test_an_event_that_names_all_members_tells_of_those_of_whom_nobody_heard(
    kind: Any, recorder: Any, feed: Make, new_id: NewId, happened: Make
) -> None:
    """A khatma of before there was a record, or whose events were lost with the broker."""
    layla, ali, omar, group = (new_id() for _ in range(4))
    recorder.take(happened(khatma.MEMBER_JOINED, group, actor=omar, sequence=7, member=omar))
    everybody = {"member": layla, "other_members": [ali], "members": [layla, ali]}
    recorder.take(happened(kind, group, actor=layla, sequence=9, **everybody))
    told = recorder.take(happened(khatma.UPDATED, group, sequence=10))
    assert _audiences(told) == [[layla, ali]]
    seen = ["khatma.member_joined", kind.wire_name.removesuffix(".v1"), "khatma.updated"]
    assert feed(ali) == feed(layla) == [name for name in seen if f"{name}.v1" in SHOWN]
    assert feed(omar) == []


def test_accounts_the_board_and_tombstones_are_in_no_feed(
    recorder: Any, feed: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    unshown = [EVENTS[name] for name in sorted(set(EVENTS) - set(SHOWN))]
    told = recorder.take(*(happened(kind, person, actor=person) for kind in unshown))
    assert (told["events"], told["after"]) == ([], told["recorded"])
    assert feed(person) == []


def test_a_repeat_is_recorded_once_whenever_it_comes(
    recorder: Any, feed: Make, new_id: NewId, happened: Make
) -> None:
    person, group = new_id(), new_id()
    joined = happened(khatma.CREATED, group, actor=person, creator=person)
    event = happened(practice.SESSION_LOGGED, person)
    once = recorder.take(joined, event, joined, event, joined)
    assert len(once["events"]) == 2
    again = recorder.take(event, joined)
    assert (again["events"], again["recorded"]) == ([], once["recorded"])
    assert feed(person) == ["khatma.created", "practice.session_logged"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda event: b"",
        lambda event: b"\xff",
        lambda event: b"[]",
        lambda event: b"null",
        lambda event: orjson.dumps({**event, "type": "khatma.unheard_of.v1"}),
        lambda event: orjson.dumps({**event, "id": "7"}),
        lambda event: orjson.dumps({**event, "sequence": 0}),
        lambda event: orjson.dumps({**event, "subject": "khatma/9"}),
        lambda event: orjson.dumps({**event, "subject": "person/x"}),
        lambda event: orjson.dumps({**event, "subject": "person/007"}),
        lambda event: orjson.dumps({**event, "data": {}}),
        lambda event: orjson.dumps(event)[:-1],
    ],
)
def test_what_cannot_be_understood_is_stepped_over_logged_and_counted(
    spoil: Callable[[dict[str, Any]], bytes],
    recorder: Any,
    feed: Make,
    db: Database,
    new_id: NewId,
    happened: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    person = new_id()
    sound = happened(practice.SESSION_LOGGED, person)
    counted = text("select stepped_over from recorder")
    before = db.reader.ask(counted)[0].stepped_over
    figure = REGISTRY.get_sample_value("sakina_activity_stepped_over_total")
    recorded = recorded_in_time()
    told = recorder.take(spoil(_published(sound)), sound)
    assert len(told["events"]) == 1
    assert feed(person) == ["practice.session_logged"]
    assert db.reader.ask(counted)[0].stepped_over == before + 1
    assert REGISTRY.get_sample_value("sakina_activity_stepped_over_total") == (figure or 0) + 1
    assert recorded_in_time() == recorded + 1, "what was stepped over is recorded by nobody"
    assert "stepped over message" in caplog.text


def recorded_in_time() -> float:
    """Return of how many events it is told how long they took to be recorded."""
    labels = {"name": "record"}
    return REGISTRY.get_sample_value("sakina_event_delay_seconds_count", labels) or 0.0


def test_pages_follow_each_other_in_both_directions(
    recorder: Any, ask: Make, new_id: NewId, happened: Make
) -> None:
    person, group = new_id(), new_id()
    events = [happened(khatma.CREATED, group, actor=person, creator=person)]
    for n in range(11):
        events.append(happened(practice.SESSION_LOGGED, person))
        events.append(happened(practice.SESSION_LOGGED, new_id()))
        events.append(happened(khatma.UPDATED, group, sequence=n + 2))
    recorder.take(*events)
    mine = [
        str(each.id) for each in events if each.subject in (f"person/{person}", f"khatma/{group}")
    ]

    def pages(word: str, place: int, following: str, **asked: Any) -> list[str]:
        seen: list[str] = []
        while True:
            page = ask(methods.ACTIVITY, by=person, **{word: place}, **asked)
            seen += [each["event"]["id"] for each in page["events"]]
            place = page[following]
            if not page["more"]:
                return seen

    for limit in (1, 2, 5, 22, 23, 24):
        assert pages("after", 0, "next", limit=limit) == mine
        assert pages("before", LARGEST, "previous", limit=limit) == mine[::-1]
    chosen = {"types": ["khatma.created.v1", "khatma.updated.v1"], "limit": 5}
    of_khatma = [str(each.id) for each in events if each.subject == f"khatma/{group}"]
    assert pages("after", 0, "next", **chosen) == of_khatma
    assert pages("before", LARGEST, "previous", **chosen) == of_khatma[::-1]


def test_a_part_knows_what_is_newer_and_what_is_older(
    recorder: Any, ask: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    recorder.take(*(happened(practice.SESSION_LOGGED, person) for _ in range(5)))
    whole = ask(methods.ACTIVITY, by=person)["events"]
    middle = ask(methods.ACTIVITY, by=person, after=whole[0]["position"], limit=2)
    older = ask(methods.ACTIVITY, by=person, before=middle["previous"])["events"]
    newer = ask(methods.ACTIVITY, by=person, after=middle["next"])["events"]
    assert [*older, *middle["events"], *newer] == whole
    middle = ask(methods.ACTIVITY, by=person, before=whole[4]["position"], limit=2)
    older = ask(methods.ACTIVITY, by=person, before=middle["previous"])["events"]
    newer = ask(methods.ACTIVITY, by=person, after=middle["next"])["events"]
    assert [*older[::-1], *middle["events"][::-1], *newer] == whole


def test_one_reads_on_from_an_empty_page(
    recorder: Any, ask: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    told = recorder.take(happened(practice.SESSION_LOGGED, new_id()))
    empty = ask(methods.ACTIVITY, by=person)
    assert (empty["events"], empty["next"], empty["more"]) == ([], told["recorded"], False)
    recorder.take(happened(practice.SESSION_LOGGED, person))
    assert len(ask(methods.ACTIVITY, by=person, after=empty["next"])["events"]) == 1


def test_a_rare_type_is_found_in_steps(
    recorder: Any, ask: Make, new_id: NewId, happened: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a history is, an answer looks at no more than a part of it.

    What lies beyond that part, in another history, is left to the next answer: told once.
    """
    monkeypatch.setattr("notify.store.activity.WINDOW", 4)
    person, group = new_id(), new_id()
    rare = happened(practice.SESSIONS_CLEARED, person)
    created = happened(khatma.CREATED, group, actor=person, creator=person)
    common = [happened(practice.SESSION_LOGGED, person) for _ in range(13)]
    recorder.take(*common[:10], rare, *common[10:], created)
    types = ["practice.sessions_cleared.v1", "khatma.created.v1"]
    place, asked, seen = 0, 0, []
    more = True
    while more:
        page = ask(methods.ACTIVITY, by=person, after=place, limit=2, types=types)
        seen += [each["event"]["id"] for each in page["events"]]
        place, more, asked = page["next"], page["more"], asked + 1
    assert (seen, asked) == ([str(rare.id), str(created.id)], 4)


def test_a_place_that_was_never_given_is_refused(
    recorder: Any, ask: Make, new_id: NewId, happened: Make
) -> None:
    recorded = recorder.take(happened(practice.SESSION_LOGGED, new_id()))["recorded"]
    assert ask(methods.ACTIVITY, by=new_id(), after=recorded)["events"] == []
    with pytest.raises(Invalid) as refused:
        ask(methods.ACTIVITY, by=new_id(), after=recorded + 1)
    assert list(refused.value.errors or {}) == ["after"]


def test_a_gateway_fills_a_gap_with_who_may_see_it_now(
    recorder: Any, ask: Make, new_id: NewId, happened: Make
) -> None:
    layla, ali, group = new_id(), new_id(), new_id()
    before = recorder.take()["recorded"]
    recorder.take(
        happened(khatma.CREATED, group, actor=layla, creator=layla),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=2, member=ali),
        happened(khatma.MEMBER_LEFT, group, actor=ali, sequence=3, member=ali),
        happened(practice.SESSION_LOGGED, ali),
    )
    gap = ask(methods.ACTIVITY_RECORDED, after=before)
    assert (gap["after"], gap["recorded"]) == (before, before + 4)
    assert _audiences(gap) == [[layla], [layla], [layla, ali], [ali]]
    some = ask(methods.ACTIVITY_RECORDED, after=before, limit=3)
    assert (some["recorded"], len(some["events"])) == (before + 3, 3)
    none = ask(methods.ACTIVITY_RECORDED, after=before + 4)
    assert (none["after"], none["recorded"], none["events"]) == (before + 4, before + 4, [])


def test_an_account_that_is_deleted_leaves_nothing_and_nothing_late_brings_it_back(
    recorder: Any, hear: Make, ask: Make, db: Database, new_id: NewId, happened: Make
) -> None:
    layla, ali, group = new_id(), new_id(), new_id()
    recorder.take(
        happened(khatma.CREATED, group, actor=layla, creator=layla),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=2, member=ali),
        happened(khatma.MEMBER_LEFT, group, actor=ali, sequence=3, member=ali),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=4, member=ali),
        happened(practice.SESSION_LOGGED, ali),
    )
    hear(auth.USER_DELETED, ali)
    late = recorder.take(
        happened(practice.SESSION_LOGGED, ali),
        happened(khatma.MEMBER_LEFT, group, actor=ali, sequence=5, member=ali),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=6, member=ali),
        happened(khatma.UPDATED, group, actor=ali, sequence=7),
        happened(khatma.PART_COMPLETED, group, sequence=8, member=layla, other_members=[ali]),
    )
    assert _audiences(late) == [[layla]] * 4
    with pytest.raises(Unauthenticated):
        ask(methods.ACTIVITY, by=ali)
    for table in ("activity", "member", "farewell"):
        kept = db.reader.ask(text(f"select from {table} where person_id = :ali"), ali=ali)
        assert kept == [], table


def test_an_erasure_waits_for_the_batch_that_is_under_way(
    recorder: Any, hear: Make, db: Database, new_id: NewId, happened: Make
) -> None:
    """It does not know of the end yet, and brings what happened before; nothing of it stays."""
    layla, ali, group = new_id(), new_id(), new_id()
    recorder.take(happened(khatma.CREATED, group, actor=layla, creator=layla))
    batch = [
        happened(practice.SESSION_LOGGED, ali),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=2, member=ali),
        happened(khatma.MEMBER_LEFT, group, actor=ali, sequence=3, member=ali),
    ]
    with db.transaction() as tx:
        recorder.record(tx, *batch)
        # Its statements are under way, so that it has seen no end; its commit is yet to come.
        tx.ask(text("select 1"))
        erasing = eventlet.spawn(hear, auth.USER_DELETED, ali)
        until_locked_out(db, 1)
    erasing.wait()
    for table in ("activity", "member", "farewell"):
        kept = db.reader.ask(text(f"select from {table} where person_id = :ali"), ali=ali)
        assert kept == [], table


def test_who_was_overtaken_records_nothing(
    recorder: Any, db: Database, new_id: NewId, happened: Make
) -> None:
    """Two who begin from one place: the second waits for the first, and sees that it is late."""
    first, second = (happened(practice.SESSION_LOGGED, new_id()) for _ in range(2))
    recorder.take()
    with db.transaction() as tx:
        recorder.record(tx, first)
        tx.ask(text("select 1"))
        other = eventlet.spawn(recorder.take, second)
        until_locked_out(db, 1)
    with pytest.raises(Overtaken):
        other.wait()
    kept = db.reader.ask(
        text("select from activity where event_id = cast(:id as uuid)"), id=str(second.id)
    )
    assert kept == []


def test_activity_goes_after_90_days_and_leavings_after_30(
    recorder: Any,
    feed: Make,
    service: Any,
    db: Database,
    connection: Any,
    new_id: NewId,
    happened: Make,
) -> None:
    layla, ali, group = new_id(), new_id(), new_id()

    def ages(days: float) -> None:
        connection.cursor().execute(
            f"update activity set recorded_at = recorded_at - interval '{days} days';"
            f"update member set changed_at = changed_at - interval '{days} days'"
        )

    recorder.take(
        happened(khatma.CREATED, group, actor=layla, creator=layla),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=2, member=ali),
        happened(khatma.MEMBER_LEFT, group, actor=ali, sequence=3, member=ali),
    )
    ages(29.9)
    service.sweep()
    assert len(db.reader.ask(text("select from member where khatma_id = :id"), id=group)) == 2
    ages(0.2)
    service.sweep()
    assert len(db.reader.ask(text("select from member where khatma_id = :id"), id=group)) == 1
    ages(59.8)
    recorder.take(happened(khatma.UPDATED, group, sequence=4))
    service.sweep()
    assert len(feed(layla)) == 4
    ages(0.2)
    service.sweep()
    assert feed(layla) == ["khatma.updated"]
    assert feed(ali) == []
    assert db.reader.ask(text("select from farewell where person_id = :ali"), ali=ali) == []


def test_a_batch_is_two_messages_to_the_database_however_much_is_in_it(
    messages: Make, recorder: Any, db: Database, new_id: NewId, happened: Make
) -> None:
    """One more is where the test itself looks up where the stream goes on."""

    def batch(size: int) -> list[Event[Any]]:
        group, layla = new_id(), new_id()
        return [
            happened(khatma.CREATED, group, actor=layla, creator=layla),
            *(
                happened(khatma.MEMBER_JOINED, group, actor=n, sequence=n, member=n)
                for n in range(2, size)
            ),
            happened(khatma.DELETED, group, actor=layla, sequence=size),
        ]

    for size in (2, 30, 300):
        assert messages(lambda size=size: recorder.take(*batch(size))) == 3
    assert messages(recorder.take) == 3
