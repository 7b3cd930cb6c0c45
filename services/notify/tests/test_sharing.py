"""Who has how much under way: the webhooks of a person, and the instances that deliver."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import eventlet
from delivering import Record, Sender, ids
from receivers import receiver, silent, status

from chassis.data.database import Database
from contracts.practice import events as practice
from notify.usecases.delivering import LEASE

NewId = Callable[[], int]
Make = Callable[..., Any]


def test_one_dead_endpoint_slows_nobody_and_one_person_has_five_under_way(
    db: Database, sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person, other = new_id(), new_id()
    groups = [new_id() for _ in range(12)]
    for group in groups:
        record.join(group, person)
    with receiver(silent) as dead, receiver() as good:
        webhook(person, dead.url)
        for group in groups:
            record.add(record.part(group, person))
        taken = sender.take()
        assert len(taken) == 5
        assert sender.take() == []
        hung = eventlet.spawn(sender.settle, taken)
        webhook(other, good.url)
        record.add(happened(practice.SESSION_LOGGED, other))
        assert Sender(db).send() == 1
        assert len(good.requests) == 1
        assert dead.open == 5
        hung.kill()


def test_a_hung_webhook_leaves_room_for_the_others_of_its_person(
    sender: Sender, record: Record, webhook: Make, new_id: NewId
) -> None:
    person = new_id()
    groups = [new_id() for _ in range(12)]
    for group in groups:
        record.join(group, person)
    with receiver() as endpoint:
        hung = [webhook(person, endpoint.url)["id"] for _ in range(2)]
        record.add(*(record.part(group, person) for group in groups))
        # Whatever waits longest: two of each are as much as it has.
        held = sender.take()
        assert sorted(each.webhook for each in held) == [hung[0], hung[0], hung[1], hung[1]]
        assert not sender.is_due(), "until one of them ends, nobody looks again"
        good = webhook(person, endpoint.url)["id"]
        record.add(*(record.part(group, person) for group in groups))
        came = []
        while taken := sender.take():
            assert [each.webhook for each in taken] == [good]
            came += [each.subject for each in taken]
            sender.settle(taken)
        assert sorted(came) == sorted(f"khatma/{group}" for group in groups)
        # What hung has its turn again once it ended.
        sender.settle(held)
        assert sender.send() == 2 * 24 - 4


def test_each_webhook_of_a_person_has_its_first_before_another_has_its_second(
    sender: Sender, record: Record, webhook: Make, new_id: NewId
) -> None:
    person = new_id()
    groups = [new_id() for _ in range(3)]
    for group in groups:
        record.join(group, person)
    with receiver() as endpoint:
        made = [webhook(person, endpoint.url)["id"]]
        record.add(*(record.part(group, person) for group in groups))
        made += [webhook(person, endpoint.url)["id"] for _ in range(4)]
        record.add(*(record.part(group, person) for group in groups))
        taken = [each.webhook for each in sender.take()]
        assert len(taken) == 5
        assert set(taken) == set(made)


def test_two_instances_share_the_work_and_send_nothing_twice(
    db: Database, sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    people = [new_id() for _ in range(6)]
    with receiver() as endpoint:
        for person in people:
            webhook(person, endpoint.url)
            record.add(*(happened(practice.SESSION_LOGGED, person) for _ in range(5)))
        others = [eventlet.spawn(Sender(db).send) for _ in range(3)]
        tries = sender.send() + sum(other.wait() for other in others) + sender.send()
    assert tries == 30
    assert len(set(ids(endpoint))) == 30


def test_what_an_instance_had_that_died_is_sent_by_another_when_its_lease_is_over(
    db: Database,
    sender: Sender,
    record: Record,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
    deliveries: Make,
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        events = [happened(practice.SESSION_LOGGED, person) for _ in range(2)]
        record.add(*events)
        lost = sender.take()
        other = Sender(db)
        assert other.send() == 0
        later(LEASE + timedelta(seconds=1))
        taken = other.take()
        # The first one was not dead, only late: what it says is not heard any more.
        endpoint.answer = status(500)
        sender.settle(lost)
        assert [each["tries"] for each in deliveries(person, made)] == [0, 0]
        assert sender.take() == [], "what the other one has is still its own"
        endpoint.answer = status(200)
        other.settle(taken)
        assert other.send() == 1
        assert [each["state"] for each in deliveries(person, made)] == ["delivered", "delivered"]
    assert ids(endpoint)[1:] == [str(event.id) for event in events]
