"""Instances that are gone, and those that are only slow or were cut off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from delivering import Record, Sender, ids
from receivers import Receiver, receiver, status

from chassis.data.database import Database
from chassis.process import clock
from contracts.practice import events as practice
from notify.usecases.delivering import GRACE, LEASE

NewId = Callable[[], int]
Make = Callable[..., Any]

_END = """
    select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = %s
"""


class Instance(Sender):
    """An instance that delivers, by a session of its own with the database."""

    def __init__(self, migrated: Any, connection: Any, name: str) -> None:
        self.database = Database.connect(migrated.app_url("notify"), pool_size=1, name=name)
        self._name, self._connection = name, connection
        super().__init__(self.database)
        assert self.look(), "it is not known yet"
        assert not self.look()

    def loses_session(self) -> None:
        """End its session, as the server does once a process was killed, and wait until it is."""
        with self._connection.cursor() as cursor:
            cursor.execute(_END, [self._name])
            assert cursor.fetchall() == [(True,)]


@pytest.fixture
def instance(migrated: Any, connection: Any, sender: Sender) -> Iterator[Make]:
    """Start an instance, where nothing of other tests waits: `instance("name")`."""
    started: list[Instance] = []

    def start(name: str) -> Instance:
        started.append(Instance(migrated, connection, name))
        return started[-1]

    yield start
    for each in started:
        each.database.close()


@pytest.fixture
def passes(connection: Any) -> Callable[[], None]:
    """Let as much time pass for those who are missed as they have to be back."""

    def go() -> None:
        with connection.cursor() as cursor:
            cursor.execute("update deliverer set missed_at = missed_at - %s", [GRACE])

    return go


@dataclass(frozen=True)
class Delivery:
    """What waits for a webhook.

    Attributes:
        person: Whose webhook it is.
        endpoint: Where it leads to.
        shown: Return what its person is shown of it.
    """

    person: int
    endpoint: Receiver
    shown: Callable[[], dict[str, Any]]


@pytest.fixture
def delivery(
    sender: Sender,
    record: Record,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
) -> Iterator[Delivery]:
    """Let one event wait for a webhook, and nothing of other tests."""
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        record.add(happened(practice.SESSION_LOGGED, person))
        yield Delivery(person, endpoint, lambda: deliveries(person, made)[0])


def test_what_an_instance_had_that_was_killed_is_sent_by_another_within_seconds(
    instance: Make, passes: Make, delivery: Delivery
) -> None:
    killed, other = instance("killed"), instance("other")
    (lost,) = killed.take()
    killed.loses_session()
    assert other.look()
    assert other.take() == [], "it may have been cut off"
    passes()
    assert other.look()
    # It was not dead after all, but away for too long: nobody hears of its try any more,
    # neither before another one has it nor afterwards.
    delivery.endpoint.answer = status(500)
    killed.settle([lost])
    (taken,) = other.take()
    killed.settle([lost])
    shown = delivery.shown()
    assert (shown["state"], shown["tries"]) == ("waiting", 0)
    assert other.take() == [], "it is under way"
    delivery.endpoint.answer = status(200)
    other.settle([taken])
    shown = delivery.shown()
    assert (shown["state"], shown["tries"]) == ("delivered", 1)
    assert not other.look(), "nobody is missing any more"


def test_to_look_is_one_message_while_nobody_is_missing(instance: Make, messages: Make) -> None:
    first, _ = instance("first"), instance("second")
    assert messages(first.look) == 1


def test_what_an_instance_has_that_is_only_slow_is_taken_by_nobody(
    instance: Make, passes: Make, later: Make, delivery: Delivery
) -> None:
    """Such as a process that was stopped: its session stays, and says nothing."""
    slow, other = instance("slow"), instance("other")
    taken = slow.take()
    later(LEASE - GRACE / 5)
    for _ in range(2):
        assert not other.look()
        passes()
    assert other.take() == []
    slow.settle(taken)
    assert len(ids(delivery.endpoint)) == 1
    assert delivery.shown()["state"] == "delivered"


def test_an_instance_that_is_back_in_time_keeps_what_it_has(
    instance: Make, passes: Make, delivery: Delivery
) -> None:
    """Its connection was cut, or the database was away: it is known by another session now."""
    cut_off, other = instance("cut off"), instance("other")
    taken = cut_off.take()
    cut_off.loses_session()
    assert other.look()
    assert cut_off.look()
    passes()
    assert not other.look()
    assert other.take() == []
    cut_off.settle(taken)
    assert len(ids(delivery.endpoint)) == 1
    assert delivery.shown()["state"] == "delivered"


def test_an_instance_of_before_a_database_began_anew_is_not_one_with_its_number(
    instance: Make, connection: Any, passes: Make
) -> None:
    """In a container the numbers of processes are the same again."""
    former = instance("former")
    with connection.cursor() as cursor:
        cursor.execute("update deliverer set began_at = began_at - interval '1 hour'")
    assert former.look(), "it is to be known by what it is now"
    assert not former.look()


def test_what_an_earlier_release_has_is_its_own_until_the_lease_is_over(
    instance: Make,
    passes: Make,
    connection: Any,
    record: Record,
    happened: Make,
    delivery: Delivery,
) -> None:
    """It says no holder, and the last one who had the line may be gone."""
    killed, other = instance("killed"), instance("other")
    record.add(happened(practice.SESSION_LOGGED, delivery.person))
    killed.settle(killed.take())
    with connection.cursor() as cursor:
        leased = "update delivery_line set leased = true, due_at = %s where person_id = %s"
        cursor.execute(leased, [clock.now() + LEASE, delivery.person])
    killed.loses_session()
    other.look()
    passes()
    other.look()
    assert other.take() == []
