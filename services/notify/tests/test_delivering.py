"""Deliveries: what is sent, in which order, when it is tried again, and what ends it."""

import base64
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import eventlet
import orjson
import pytest
from receivers import Receiver, receiver, says, silent, status
from standardwebhooks import Webhook, WebhookVerificationError

from chassis.data.database import Database
from chassis.process import clock
from chassis.testing import envelope
from contracts.events import Envelope
from contracts.khatma import events as khatma
from contracts.notify import webhooks as methods
from contracts.practice import events as practice
from contracts.refusals import Conflict
from notify.outgoing.posting import Poster
from notify.usecases.delivering import LEASE, Delivering
from notify.usecases.sweeping import sweep

Ask = Callable[..., Any]
NewId = Callable[[], int]
Make = Callable[..., Any]


class Sender:
    """An instance that delivers."""

    def __init__(self, db: Database, seconds: float = 10) -> None:
        self._db = db
        self._work = Delivering(Poster(loopback=True, seconds=seconds))

    def is_due(self) -> bool:
        """Tell whether something may be taken."""
        return self._work.is_due(self._db.reader)

    def take(self, most: int = 100) -> list[Any]:
        """Take what is due."""
        return list(self._db.transact(lambda tx: self._work.take(tx, most)))

    def settle(self, taken: list[Any]) -> list[Any]:
        """Try what was taken, all at a time, and settle it."""
        pile = eventlet.GreenPile(100)
        for each in taken:
            pile.spawn(self._work.carry_out, each)
        settled = list(pile)
        if settled:
            self._db.transact(lambda tx: self._work.settle(tx, settled))
        return settled

    def send(self, *, rounds: int = 100) -> int:
        """Send until nothing is due; return how many tries that took."""
        tries = 0
        for _ in range(rounds):
            taken = self.take()
            if not taken:
                break
            tries += len(self.settle(taken))
        return tries


@pytest.fixture
def sender(db: Database, connection: Any) -> Sender:
    """An instance that delivers, where nothing of other tests waits."""
    with connection.cursor() as cursor:
        cursor.execute("truncate delivery, delivery_line, delivery_queue, webhook")
    return Sender(db)


class Record:
    """The record of activity, and what is put into it."""

    def __init__(self, recorder: Any, happened: Make) -> None:
        self._recorder = recorder
        self._happened = happened
        self._sequences = itertools.count(1)

    def add(self, *events: Any) -> None:
        """Record events, one after the other."""
        self._recorder.take(*events)

    def of(self, kind: Any, group: int, person: int, **said: Any) -> Any:
        """Return an event of a khatma, about what a person did in it."""
        said = {"member": person, "sequence": next(self._sequences), **said}
        return self._happened(kind, group, actor=person, **said)

    def part(self, group: int, person: int) -> Any:
        """Return that a person finished a chapter of a khatma that they alone are in."""
        return self.of(khatma.PART_COMPLETED, group, person, other_members=[])

    def join(self, group: int, person: int) -> None:
        """Let a person be in a khatma."""
        self.add(self.of(khatma.MEMBER_JOINED, group, person))


@pytest.fixture
def record(recorder: Any, happened: Make) -> Record:
    """The record of activity."""
    return Record(recorder, happened)


@pytest.fixture
def webhook(ask: Ask) -> Callable[..., Any]:
    """Make a webhook of a person that leads to an endpoint."""

    def make(person: int, endpoint: Receiver, **said: Any) -> Any:
        return ask(methods.CREATE_WEBHOOK, by=person, url=endpoint.url, **said)

    return make


@pytest.fixture
def deliveries(ask: Ask) -> Callable[..., list[dict[str, Any]]]:
    """Return the deliveries of a webhook, the oldest first."""

    def read(person: int, webhook: Any) -> list[dict[str, Any]]:
        page = ask(methods.PAGE_DELIVERIES, by=person, id=webhook["id"], limit=100)
        return list(reversed(page["results"]))

    return read


@pytest.fixture
def later(
    monkeypatch: pytest.MonkeyPatch, connection: Any
) -> Iterator[Callable[[timedelta], None]]:
    """Let the clock be so much later; to other tests, nothing was recorded in their future."""
    offset = [timedelta(0)]
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + offset[0])

    def go(time: timedelta) -> None:
        offset[0] += time

    yield go
    with connection.cursor() as cursor:
        cursor.execute("update activity set recorded_at = now() where recorded_at > now()")


def ids(endpoint: Receiver) -> list[str]:
    return [request.headers["webhook-id"] for request in endpoint.requests]


def test_an_event_is_sent_as_it_was_published_and_signed(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make, deliveries: Make
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint)
        event = happened(practice.SESSION_LOGGED, person)
        record.add(event)
        assert sender.send() == 1
    (request,) = endpoint.requests
    said = Webhook(made["secret"]).verify(request.body, request.signed)
    assert Envelope.model_validate(said) == envelope(event)
    assert request.headers["webhook-id"] == str(event.id)
    assert request.headers["Content-Type"] == "application/json"
    (delivery,) = deliveries(person, made)
    assert (delivery["state"], delivery["tries"]) == ("delivered", 1)
    assert (delivery["response_code"], delivery["problem"]) == (200, None)
    assert delivery["event_id"] == str(event.id)
    assert delivery["latency_ms"] >= 0
    assert delivery["next_try_at"] is None
    assert sender.send() == 0


def test_what_was_changed_replayed_or_signed_by_another_is_not_taken_for_ours(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint)
        record.add(happened(practice.SESSION_LOGGED, person))
        sender.send()
    (request,) = endpoint.requests
    key = Webhook(made["secret"])
    replayed = {**request.signed, "webhook-timestamp": str(int(clock.now().timestamp()) - 600)}
    other = Webhook("whsec_" + base64.b64encode(b"a" * 32).decode())
    for verifier, body, headers in (
        (key, request.body + b" ", request.signed),
        (key, request.body, replayed),
        (key, request.body, {**request.signed, "webhook-id": "another"}),
        (other, request.body, request.signed),
    ):
        with pytest.raises(WebhookVerificationError):
            verifier.verify(body, headers)


def test_while_a_rotated_secret_overlaps_both_verify(
    sender: Sender,
    record: Record,
    webhook: Make,
    ask: Ask,
    new_id: NewId,
    happened: Make,
    later: Make,
) -> None:
    person = new_id()

    def sent(endpoint: Receiver) -> Any:
        record.add(happened(practice.SESSION_LOGGED, person))
        sender.send()
        return endpoint.requests[-1]

    def fits(secret: str, request: Any) -> bool:
        stamp = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
        sign = Webhook(secret).sign(request.headers["webhook-id"], stamp, request.body.decode())
        return sign in request.headers["webhook-signature"].split(" ")

    with receiver() as endpoint:
        made = webhook(person, endpoint)
        first = made["secret"]
        second = ask(methods.ROTATE_SECRET, by=person, id=made["id"], overlap_hours=1)["secret"]
        request = sent(endpoint)
        Webhook(first).verify(request.body, request.signed)
        Webhook(second).verify(request.body, request.signed)
        later(timedelta(hours=1, minutes=1))
        request = sent(endpoint)
        assert (fits(first, request), fits(second, request)) == (False, True)
        third = ask(methods.ROTATE_SECRET, by=person, id=made["id"], overlap_hours=0)["secret"]
        request = sent(endpoint)
        assert (fits(second, request), fits(third, request)) == (False, True)


def test_a_second_rotation_leaves_the_secret_that_the_receiver_has(
    sender: Sender,
    record: Record,
    webhook: Make,
    ask: Ask,
    new_id: NewId,
    happened: Make,
    later: Make,
) -> None:
    """Whoever lost what they were told rotates again: what is in use goes on."""
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint)
        one = {"by": person, "id": made["id"]}
        secrets = [
            made["secret"],
            *(ask(methods.ROTATE_SECRET, **one, overlap_hours=h)["secret"] for h in (24, 3, 2)),
        ]

        def verified() -> list[int]:
            record.add(happened(practice.SESSION_LOGGED, person))
            sender.send()
            request = endpoint.requests[-1]
            stamp = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
            said = request.headers["webhook-signature"].split(" ")
            signed = (request.headers["webhook-id"], stamp, request.body.decode())
            found = [n for n, s in enumerate(secrets) if Webhook(s).sign(*signed) in said]
            assert len(said) == len(found)
            return found

        assert verified() == [0, 1, 2, 3]
        # Each for as long as was said when it was replaced.
        later(timedelta(hours=2, minutes=1))
        assert verified() == [0, 1, 3]
        later(timedelta(hours=1))
        assert verified() == [0, 3]
        secrets.append(ask(methods.ROTATE_SECRET, **one, overlap_hours=1)["secret"])
        assert verified() == [0, 3, 4]
        later(timedelta(hours=21))
        assert verified() == [4]
        # Of what got out none is trusted, whatever was said.
        secrets.append(ask(methods.ROTATE_SECRET, **one, overlap_hours=2)["secret"])
        secrets.append(ask(methods.ROTATE_SECRET, **one, overlap_hours=0)["secret"])
        assert verified() == [6]


def test_only_the_types_that_were_chosen_are_sent(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)
    with receiver() as some, receiver() as all_of_them:
        webhook(person, some, types=["khatma.part_completed", "practice.#"])
        webhook(person, all_of_them)
        record.add(
            record.of(khatma.PROGRESS_NOTED, group, person),
            record.part(group, person),
            happened(practice.SESSION_LOGGED, person),
        )
        sender.send()

    def kinds(endpoint: Receiver) -> list[str]:
        return sorted(orjson.loads(request.body)["type"] for request in endpoint.requests)

    assert kinds(some) == ["khatma.part_completed.v1", "practice.session_logged.v1"]
    assert len(kinds(all_of_them)) == 3


def test_nobody_gets_what_others_see(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person, other, group = new_id(), new_id(), new_id()
    record.join(group, other)
    with receiver() as endpoint:
        webhook(person, endpoint)
        record.add(
            record.part(group, other),
            happened(practice.SESSION_LOGGED, other),
        )
        sender.send()
    assert endpoint.requests == []


def test_events_about_one_subject_come_in_their_order(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver() as endpoint:
        webhook(person, endpoint)
        events = [happened(practice.SESSION_LOGGED, person) for _ in range(20)]
        record.add(*events)
        assert sender.send() == 20
    assert ids(endpoint) == [str(event.id) for event in events]
    assert endpoint.most_open == 1


def test_a_failing_delivery_holds_back_what_is_behind_it_and_nothing_else(
    sender: Sender,
    record: Record,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
    later: Make,
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)
    first, second = (record.part(group, person) for _ in range(2))
    own = [happened(practice.SESSION_LOGGED, person) for _ in range(2)]
    failing = [True]

    def answer(connected: Any) -> None:
        about = orjson.loads(bad.requests[-1].body)["subject"]
        status(500 if failing[0] and about.startswith("khatma/") else 200)(connected)

    with receiver() as good, receiver(answer) as bad:
        made = webhook(person, bad)
        webhook(person, good)
        record.add(first, own[0], second, own[1])
        sender.send()
        assert len(ids(good)) == 4
        assert str(second.id) not in ids(bad)
        assert {str(event.id) for event in own} < set(ids(bad))
        held = {each["event_id"]: each for each in deliveries(person, made)}
        assert held[str(first.id)]["problem"] == "status"
        assert held[str(first.id)]["response_code"] == 500
        assert held[str(first.id)]["next_try_at"] is not None
        assert (held[str(second.id)]["state"], held[str(second.id)]["tries"]) == ("waiting", 0)
        assert held[str(second.id)]["next_try_at"] is None
        failing[0] = False
        assert sender.send() == 0, "not before its wait is over"
        later(timedelta(seconds=6))
        assert sender.send() == 2
        assert ids(bad)[-2:] == [str(first.id), str(second.id)]


WAITS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]


def test_a_dead_endpoint_is_tried_ten_times_and_then_disabled_and_says_why(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
    later: Make,
) -> None:
    person = new_id()
    with receiver(status(503)) as endpoint:
        made = webhook(person, endpoint)
        event, behind = (happened(practice.SESSION_LOGGED, person) for _ in range(2))
        record.add(event, behind)
        assert sender.send() == 1
        for wait in WAITS:
            later(timedelta(seconds=wait - 1))
            assert sender.send() == 0, wait
            later(timedelta(seconds=wait * 0.1 + 1))
            assert sender.send() == 1, wait
        assert ids(endpoint) == [str(event.id)] * 10
        stamps = [int(request.headers["webhook-timestamp"]) for request in endpoint.requests]
        assert stamps == sorted(set(stamps)), "each try is signed anew"
        shown = ask(methods.GET_WEBHOOK, by=person, id=made["id"])
        assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")
        failed, waiting = deliveries(person, made)
        assert (failed["state"], failed["tries"], failed["next_try_at"]) == ("failed", 10, None)
        assert (waiting["state"], waiting["tries"], waiting["next_try_at"]) == ("waiting", 0, None)
        later(timedelta(days=2))
        record.add(happened(practice.SESSION_LOGGED, person))
        assert sender.send() == 0, "nothing is sent, and nothing is planned"
        with pytest.raises(Conflict, match="disabled"):
            ask(methods.REDELIVER, by=person, id=made["id"], delivery=failed["id"])
        # Its owner mends it: what waited goes on, and what failed may be sent again.
        endpoint.answer = status(200)
        change = {"enabled": True}
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change=change)
        assert sender.send() == 1
        assert ids(endpoint)[-1] == str(behind.id)
        ask(methods.REDELIVER, by=person, id=made["id"], delivery=failed["id"])
        assert sender.send() == 1
        assert ids(endpoint)[-1] == str(event.id)
        assert {each["state"] for each in deliveries(person, made)} == {"delivered"}


def test_an_endpoint_that_takes_everything_else_is_not_disabled_for_one_event(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)

    def answer(connected: Any) -> None:
        about = orjson.loads(endpoint.requests[-1].body)["subject"]
        status(400 if about.startswith("khatma/") else 200)(connected)

    with receiver(answer) as endpoint:
        made = webhook(person, endpoint)
        poison, behind = (record.part(group, person) for _ in range(2))
        record.add(poison, behind)
        sender.send()
        for wait in WAITS:
            later(timedelta(seconds=wait * 1.1 + 1))
            record.add(happened(practice.SESSION_LOGGED, person))
            sender.send()
        assert ask(methods.GET_WEBHOOK, by=person, id=made["id"])["enabled"] is True
        assert str(behind.id) in ids(endpoint), "what waited behind it has its turn"


def test_410_disables_at_once(
    sender: Sender, record: Record, ask: Ask, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver(status(410)) as endpoint:
        made = webhook(person, endpoint)
        record.add(*(happened(practice.SESSION_LOGGED, person) for _ in range(3)))
        assert sender.send() == 1
    shown = ask(methods.GET_WEBHOOK, by=person, id=made["id"])
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
    assert shown["disabled_at"] is not None


def test_who_left_before_it_is_sent_does_not_get_it(
    sender: Sender,
    record: Record,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
    later: Make,
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)
    with receiver(status(500)) as endpoint:
        made = webhook(person, endpoint)
        record.add(record.part(group, person))
        assert sender.send() == 1
        # They leave, and are told so; then the retry of what they may not see any more is due.
        left = record.of(khatma.MEMBER_LEFT, group, person)
        record.add(left)
        endpoint.answer = status(200)
        later(timedelta(seconds=6))
        sender.send()
    assert ids(endpoint)[1:] == [str(left.id)]
    assert [each["state"] for each in deliveries(person, made)] == ["withheld", "delivered"]


def test_what_waits_and_is_wanted_no_more_is_not_sent_and_says_so(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
    later: Make,
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)
    with receiver(status(500)) as endpoint:
        made = webhook(person, endpoint)
        part, session = record.part(group, person), happened(practice.SESSION_LOGGED, person)
        record.add(part, session)
        assert sender.send() == 2
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"types": ["practice.#"]})
        endpoint.answer = status(200)
        later(timedelta(seconds=6))
        sender.send()
        assert ids(endpoint)[2:] == [str(session.id)]
        shown = [(each["state"], each["problem"]) for each in deliveries(person, made)]
        assert shown == [("withheld", "unwanted"), ("delivered", None)]
        assert [each["tries"] for each in deliveries(person, made)] == [1, 2]

        # Whoever asks for one by itself wants it.
        (one, _) = deliveries(person, made)
        ask(methods.REDELIVER, by=person, id=made["id"], delivery=one["id"])
        sender.send()
        assert ids(endpoint)[3:] == [str(part.id)]


def test_how_many_are_sent_again_is_said_in_grammar(
    sender: Sender, record: Record, ask: Ask, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    since: Any = clock.now()
    said = []
    with receiver() as endpoint:
        made = webhook(person, endpoint)
        for _ in range(3):
            answer = ask(methods.REDELIVER_SINCE, by=person, id=made["id"], since=since)
            said.append(answer["message"])
            record.add(happened(practice.SESSION_LOGGED, person))
        sender.send()
    assert said == [
        "0 events are sent again.",
        "1 event is sent again.",
        "2 events are sent again.",
    ]


def test_a_test_is_sent_at_once_and_once_and_changes_nothing(
    sender: Sender, record: Record, ask: Ask, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver(status(500)) as endpoint:
        made = webhook(person, endpoint, types=["khatma.created"])
        record.add(happened(practice.SESSION_LOGGED, person))
        test = ask(methods.TEST_WEBHOOK, by=person, id=made["id"])
        assert (test["type"], test["state"]) == ("notify.webhook_tested.v1", "waiting")
        with pytest.raises(Conflict, match="on its way"):
            ask(methods.TEST_WEBHOOK, by=person, id=made["id"])
        sender.send()
        assert len(endpoint.requests) == 1
        (request,) = endpoint.requests
        said = Webhook(made["secret"]).verify(request.body, request.signed)
        event = Envelope.model_validate(said)
        assert event.subject == f"webhook/{made['id']}"
        assert (event.sequence, event.data) == (1, {"webhook_id": made["id"]})
        came = ask(methods.GET_DELIVERY, by=person, id=made["id"], delivery=test["id"])
        assert (came["state"], came["response_code"], came["tries"]) == ("failed", 500, 1)
        # One that is disabled can be tested, too, before it is enabled.
        endpoint.answer = status(410)
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": False})
        ask(methods.TEST_WEBHOOK, by=person, id=made["id"])
        assert sender.send() == 1
        assert ask(methods.GET_WEBHOOK, by=person, id=made["id"])["disabled_reason"] == "owner"
        with pytest.raises(Conflict, match="test"):
            ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": True})
            ask(methods.REDELIVER, by=person, id=made["id"], delivery=test["id"])


def test_what_was_recorded_since_then_is_sent_again_and_what_was_missed_as_well(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
) -> None:
    person, group, former = new_id(), new_id(), new_id()
    record.join(group, person)
    with receiver() as endpoint:
        made = webhook(person, endpoint, types=["practice.#", "khatma.part_completed"])
        old = happened(practice.SESSION_LOGGED, person)
        record.add(old)
        sender.send()
        since = clock.now()
        sent = happened(practice.SESSION_LOGGED, person)
        record.add(sent)
        sender.send()
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": False})
        missed = [
            happened(practice.SESSION_LOGGED, person),
            record.part(group, person),
        ]
        record.add(*missed, record.of(khatma.PROGRESS_NOTED, group, person))
        # Of a khatma that they are not in, and another's.
        record.add(record.part(former, new_id()))
        record.add(happened(practice.SESSION_LOGGED, new_id()))
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": True})
        assert sender.send() == 0
        answer = ask(methods.REDELIVER_SINCE, by=person, id=made["id"], since=since)
        assert (answer["redelivered"], answer["next"]) == (3, None)
        sender.send()
    again = [str(event.id) for event in (sent, *missed)]
    assert ids(endpoint)[:2] == [str(old.id), str(sent.id)]
    assert sorted(ids(endpoint)[2:]) == sorted(again)
    # The order within each subject is kept.
    assert [each for each in ids(endpoint)[2:] if each != again[2]] == again[:2]


def test_what_is_under_way_and_redelivered_is_sent_once_more_afterwards(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint)
        since = clock.now()
        events = [happened(practice.SESSION_LOGGED, person) for _ in range(3)]
        record.add(*events)
        one = {"by": person, "id": made["id"]}
        first, *_ = deliveries(person, made)
        for again in (
            lambda: ask(methods.REDELIVER, **one, delivery=first["id"]),
            lambda: ask(methods.REDELIVER_SINCE, **one, since=since),
        ):
            for code in (200, 500):
                endpoint.answer = status(code)
                under_way = sender.take()
                assert [each.id for each in under_way] == [first["id"]]
                again()
                sender.settle(under_way)
                shown, *_ = deliveries(person, made)
                assert (shown["state"], shown["tries"]) == ("waiting", 0)
        endpoint.answer = status(200)
        endpoint.requests.clear()
        assert sender.send() == 3
        assert {each["state"] for each in deliveries(person, made)} == {"delivered"}
    # Once, and before what waited behind it.
    assert ids(endpoint) == [str(event.id) for event in events]


def test_who_redelivers_what_is_tried_for_the_last_time_has_no_webhook_disabled_by_it(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
    deliveries: Make,
) -> None:
    person = new_id()
    with receiver(status(500)) as endpoint:
        made = webhook(person, endpoint)
        record.add(happened(practice.SESSION_LOGGED, person))
        sender.send()
        for wait in WAITS[:-1]:
            later(timedelta(seconds=wait * 1.1 + 1))
            sender.send()
        later(timedelta(seconds=WAITS[-1] * 1.1 + 1))
        last = sender.take()
        (delivery,) = deliveries(person, made)
        assert delivery["tries"] == 9
        ask(methods.REDELIVER, by=person, id=made["id"], delivery=delivery["id"])
        sender.settle(last)
        assert ask(methods.GET_WEBHOOK, by=person, id=made["id"])["enabled"]
        endpoint.answer = status(200)
        assert sender.send() == 1


def test_who_asks_to_be_left_alone_for_a_while_is(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make, later: Make
) -> None:
    person = new_id()
    with receiver(status(429, "Retry-After: 1000")) as endpoint:
        webhook(person, endpoint)
        record.add(happened(practice.SESSION_LOGGED, person))
        assert sender.send() == 1
        later(timedelta(seconds=990))
        assert sender.send() == 0
        later(timedelta(seconds=111))
        assert sender.send() == 1


def test_one_request_redelivers_so_much_and_says_where_to_go_on(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from notify.usecases import deliveries as usecases

    monkeypatch.setattr(usecases, "MOST_AGAIN", 4)
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint)
        events = [happened(practice.SESSION_LOGGED, person) for _ in range(6)]
        since: Any = clock.now()
        for event in events:
            record.add(event)
        sender.send()
        while since is not None:
            answer = ask(methods.REDELIVER_SINCE, by=person, id=made["id"], since=since)
            since = answer["next"]
        sender.send()
    assert set(ids(endpoint)[6:]) == {str(event.id) for event in events}


def test_one_dead_endpoint_slows_nobody_and_one_person_has_five_under_way(
    db: Database, sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person, other = new_id(), new_id()
    groups = [new_id() for _ in range(12)]
    for group in groups:
        record.join(group, person)
    with receiver(silent) as dead, receiver() as good:
        webhook(person, dead)
        for group in groups:
            record.add(record.part(group, person))
        taken = sender.take()
        assert len(taken) == 5
        assert sender.take() == []
        hung = eventlet.spawn(sender.settle, taken)
        webhook(other, good)
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
        hung = [webhook(person, endpoint)["id"] for _ in range(2)]
        record.add(*(record.part(group, person) for group in groups))
        # Whatever waits longest: two of each are as much as it has.
        held = sender.take()
        assert sorted(each.webhook for each in held) == [hung[0], hung[0], hung[1], hung[1]]
        assert not sender.is_due(), "until one of them ends, nobody looks again"
        good = webhook(person, endpoint)["id"]
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
        made = [webhook(person, endpoint)["id"]]
        record.add(*(record.part(group, person) for group in groups))
        made += [webhook(person, endpoint)["id"] for _ in range(4)]
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
            webhook(person, endpoint)
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
        made = webhook(person, endpoint)
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


def test_what_was_under_way_when_its_webhook_was_disabled_is_not_sent_again(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
) -> None:
    """Neither where its try failed, nor where the instance that had it died."""
    person, other = new_id(), new_id()
    with receiver(status(500)) as endpoint:
        made = [webhook(each, endpoint) for each in (person, other)]
        record.add(*(happened(practice.SESSION_LOGGED, each) for each in (person, other)))
        failing, _ = sender.take()
        for each, hook in zip((person, other), made, strict=True):
            ask(methods.CHANGE_WEBHOOK, by=each, id=hook["id"], change={"enabled": False})
        sender.settle([failing])
        later(LEASE * 2)
        sender.send()
        assert len(endpoint.requests) == 1
        endpoint.answer = status(200)
        for each, hook in zip((person, other), made, strict=True):
            ask(methods.CHANGE_WEBHOOK, by=each, id=hook["id"], change={"enabled": True})
        assert sender.send() == 2


def test_what_waits_for_a_deleted_webhook_is_not_sent_and_goes(
    sender: Sender,
    db: Database,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    connection: Any,
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint)
        record.add(happened(practice.SESSION_LOGGED, person))
        ask(methods.DELETE_WEBHOOK, by=person, id=made["id"])
        assert sender.send() == 0
        record.add(happened(practice.SESSION_LOGGED, person))
        assert sender.send() == 0
    sweep(db)
    with connection.cursor() as cursor:
        for table in ("webhook", "delivery", "delivery_line"):
            cursor.execute(f"select count(*) from {table} where person_id = %s", [person])
            assert cursor.fetchone() == (0,), table


def test_deliveries_go_after_thirty_days_whatever_became_of_them(
    sender: Sender,
    db: Database,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
    deliveries: Make,
) -> None:
    person = new_id()
    with receiver(says(b"")) as endpoint:
        made = webhook(person, endpoint)
        record.add(*(happened(practice.SESSION_LOGGED, person) for _ in range(2)))
        sender.send()
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": False})
        later(timedelta(days=29))
        sweep(db)
        assert len(deliveries(person, made)) == 2
        later(timedelta(days=2))
        sweep(db)
        assert deliveries(person, made) == []
        # What is left of its line is no trouble.
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": True})
        assert sender.send() == 0
        endpoint.answer = status(200)
        record.add(happened(practice.SESSION_LOGGED, person))
        assert sender.send() == 1


def test_deliveries_are_paged_from_the_newest(
    sender: Sender, record: Record, ask: Ask, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint)
        events = [happened(practice.SESSION_LOGGED, person) for _ in range(5)]
        record.add(*events)
    seen, before = [], None
    while True:
        page = ask(methods.PAGE_DELIVERIES, by=person, id=made["id"], limit=2, before=before)
        seen += [each["event_id"] for each in page["results"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [str(event.id) for event in reversed(events)]
