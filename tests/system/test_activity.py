"""What happened, as people follow it: one sees one's own, and nothing private travels."""

import os
import time
from collections.abc import Callable
from typing import Any

import pika
import pytest
from people import Person, ok, problem, until
from test_demo import run_demo

from contracts.catalogue import EVENTS
from contracts.events import Envelope
from sakina_demo import cast

NewPerson = Callable[..., Person]
FEED = "/api/activity/"


def page(person: Person, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = ok(person.get(FEED, **asked))
    return found


def feed(person: Person, **asked: Any) -> list[dict[str, Any]]:
    """All that a person sees, oldest first."""
    seen: list[dict[str, Any]] = []
    while True:
        found = page(person, **asked)
        seen += found["events"]
        if not found["more"]:
            return seen
        asked["after"] = found["next"]


def sees(person: Person, kind: str, subject: str, **asked: Any) -> list[dict[str, Any]]:
    """Wait until the person sees an event of a type about something; return what they see."""

    def found() -> list[dict[str, Any]]:
        events = feed(person, **asked)
        return events if any(_is(each, kind, subject) for each in events) else []

    return until(found, f"{person.email} to see {kind} about {subject}")


def _is(event: dict[str, Any], kind: str, subject: str) -> bool:
    return (event["type"], event["subject"]) == (f"{kind}.v1", subject)


def test_members_follow_their_khatma_and_nobody_else_does(newcomer: NewPerson) -> None:
    layla, ali, omar = newcomer("ليلى حسن"), newcomer("Ali Ahmed"), newcomer("Omar")
    khatma = layla.new_khatma(is_public=True)["id"]
    about = f"khatma/{khatma}"
    ali.join(khatma)
    ok(layla.finish(khatma, 9), 201)
    sees(layla, "khatma.part_completed", about)
    of_khatma = [each for each in feed(ali) if each["subject"] == about]
    assert [each["sequence"] for each in of_khatma] == list(range(1, len(of_khatma) + 1))
    assert of_khatma == [each for each in feed(layla) if each["subject"] == about]
    assert [each for each in feed(omar) if each["subject"] == about] == []
    for person in (layla, ali, omar):
        theirs = {each["subject"] for each in feed(person)} - {about}
        assert theirs <= {f"person/{person.id}"}

    ok(ali.delete(f"/api/khatmas/{khatma}/leave/"))
    sees(ali, "khatma.member_left", about)
    ok(layla.finish(khatma, 10), 201)
    until(lambda: len([e for e in feed(layla) if e["type"] == "khatma.part_completed.v1"]) == 2)
    assert [each["type"] for each in feed(ali) if each["subject"] == about] == [
        "khatma.member_left.v1"
    ]

    ok(layla.delete(f"/api/khatmas/{khatma}/"), 204)
    sees(layla, "khatma.deleted", about)
    assert [each["type"] for each in feed(layla) if each["subject"] == about] == [
        "khatma.deleted.v1"
    ]


def test_one_reads_on_from_a_cursor_of_one_s_own_forwards_and_backwards(
    newcomer: NewPerson,
) -> None:
    layla, ali = newcomer(), newcomer()
    sees(layla, "notify.notification_created", f"person/{layla.id}")
    here = page(layla, newest="true", limit=1)["next"]
    for minutes in (1, 2, 3):
        layla.meditate(minutes)
    logged = {"types": "practice.session_logged"}
    until(lambda: len(feed(layla, after=here, **logged)) == 3)
    events = feed(layla, after=here, **logged)
    assert [each["data"]["duration"] for each in events] == [1, 2, 3]
    assert feed(layla, after=here, limit=1, **logged) == events
    newest = page(layla, newest="true", limit=2, **logged)
    assert newest["events"] == events[:0:-1]
    older = page(layla, before=newest["previous"], limit=1, **logged)
    assert older["events"] == events[:1]
    # Where one begins with the newest, one goes on with what comes.
    layla.meditate(4)
    until(lambda: len(feed(layla, after=newest["next"], **logged)) == 1)

    for cursor, told in ((here, "somebody else's"), (f"{here[:-1]}~", "no cursor")):
        assert told in problem(ali.get(FEED, after=cursor), 400)["errors"]["after"][0]
    refused = problem(layla.get(FEED, types="khatma.finished"), 400)["errors"]["types"][0]
    assert "khatma.part_completed.v1" in refused


def test_whoever_deletes_their_account_is_in_nobody_s_feed_of_people(newcomer: NewPerson) -> None:
    layla, ali = newcomer(), newcomer()
    khatma = layla.new_khatma(is_public=True)["id"]
    about = f"khatma/{khatma}"
    ali.join(khatma)
    sees(layla, "khatma.member_joined", about)
    ok(ali.delete("/api/user/me/"), 204)
    sees(layla, "khatma.member_left", about)
    assert {each["subject"] for each in feed(layla)} == {f"person/{layla.id}", about}


@pytest.fixture
def published(request: pytest.FixtureRequest, newcomer: NewPerson) -> Callable[[], list[bytes]]:
    """Read the whole stream of the system under test, up to what happens when it is called."""
    if "SAKINA_SYSTEM_URL" in os.environ:
        pytest.skip("only a broker that the tests started themselves lets them hear everything")
    broker = request.getfixturevalue("broker")
    request.getfixturevalue("processes")

    def published() -> list[bytes]:
        last = f"person/{newcomer('The last one').meditate(1)['user']}"
        bodies: list[bytes] = []
        with pika.BlockingConnection(pika.URLParameters(broker.admin_url)) as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=500)

            def take(channel: Any, method: Any, _: Any, body: bytes) -> None:
                bodies.append(body)
                channel.basic_ack(method.delivery_tag)

            channel.basic_consume("activity", take, arguments={"x-stream-offset": "first"})
            end = time.monotonic() + 30
            while not any(f'"{last}"'.encode() in body for body in bodies[-50:]):
                assert time.monotonic() < end, "the stream ends before the last event"
                connection.process_data_events(0.1)
        return bodies

    return published


def test_nothing_that_is_published_holds_what_is_private(
    url: str, newcomer: NewPerson, published: Callable[[], list[bytes]]
) -> None:
    """Of the demo, and of somebody who fills in everything."""
    secret = "كلمة-سر-لا-يعرفها-أحد"
    layla, ali = newcomer(phone="01098765432"), newcomer()
    ok(layla.patch("/api/user/me/", {"bio": secret, "phone": "+20 109 8765433"}))
    layla.meditate(5, notes=secret)
    khatma = layla.new_khatma()["id"]
    ok(layla.post(f"/api/khatmas/{khatma}/intentions/", {"intention": [secret]}))
    ok(layla.finish(khatma, 1, notes=secret), 201)
    ok(layla.post(f"/api/khatmas/{khatma}/invite/", {"email": ali.email}), 202)
    link = ok(layla.post(f"/api/khatmas/{khatma}/links/"), 201)
    run_demo(url)
    bodies = published()
    for body in bodies:
        envelope = Envelope.model_validate_json(body)
        EVENTS[envelope.type].data.model_validate(envelope.data)
    everything = b"\n".join(bodies).decode()
    assert f'"khatma/{khatma}"' in everything
    # JSON may write what is not ASCII in two ways.
    private = [secret, secret.encode("ascii", "backslashreplace").decode(), layla.email, ali.email]
    private += ["example.com", cast.DOMAIN, "98765432", "98765433", "8765433", link["code"]]
    assert [each for each in private if each in everything] == []
