"""What happens, told as it happens: to whom it concerns, for as long as it does."""

from collections.abc import Callable
from typing import Any

import httpx
from listening import STREAM, Listener
from people import Person, ok, problem, until

NewPerson = Callable[..., Person]
TICKETS = "/api/activity/tickets/"


def test_a_member_sees_the_khatma_move_and_a_stranger_sees_nothing(
    url: str, newcomer: NewPerson
) -> None:
    owner, member, stranger = (newcomer(f"Person {n}") for n in range(3))
    made = owner.new_khatma(is_public=True)
    khatma, chapter = int(made["id"]), made["my_chapters"][0]
    member.join(khatma)
    settled(member, khatma)
    with Listener(url, member.access) as theirs, Listener(url, stranger.access) as others:
        ok(owner.finish(khatma, chapter), 201)
        done = theirs.until("khatma.part_completed.v1")
        assert (done["subject"], done["actor"]) == (f"khatma/{khatma}", owner.id)
        stranger.meditate(7)
        name, logged = others.event()
        assert (name, logged["data"]["duration"]) == ("practice.session_logged.v1", 7)


def test_who_leaves_a_khatma_sees_that_and_no_more_of_it_on_a_stream_that_is_open(
    url: str, newcomer: NewPerson
) -> None:
    owner, member = newcomer("Owner"), newcomer("Member")
    made = owner.new_khatma(is_public=True)
    khatma, chapter = int(made["id"]), made["my_chapters"][0]
    member.join(khatma)
    settled(member, khatma)
    with Listener(url, member.access) as theirs, Listener(url, owner.access) as owners:
        ok(member.delete(f"/api/khatmas/{khatma}/leave/"))
        theirs.until("khatma.member_left.v1")
        ok(owner.finish(khatma, chapter), 201)
        owners.until("khatma.part_completed.v1")
        member.meditate(9)
        name, _ = theirs.event()
        assert name == "practice.session_logged.v1"


def test_what_happened_between_two_streams_is_told_by_the_second_once(
    url: str, newcomer: NewPerson
) -> None:
    person = newcomer()
    with Listener(url, person.access, types="practice.*") as first:
        person.meditate(1)
        told = [first.event()[1]["data"]["duration"]]
    for minutes in (2, 3):
        person.meditate(minutes)
    with Listener(url, person.access, last=first.last, types="practice.*") as second:
        person.meditate(4)
        told += [second.event()[1]["data"]["duration"] for _ in range(3)]
        cursor = second.last
    assert told == [1, 2, 3, 4]
    feed = ok(person.get("/api/activity/", after=first.last, types="practice.*"))
    assert [event["data"]["duration"] for event in feed["events"]] == [2, 3, 4]
    assert ok(person.get("/api/activity/", after=cursor, types="practice.*"))["events"] == []


def test_a_ticket_opens_one_stream_once(url: str, http: httpx.Client, newcomer: NewPerson) -> None:
    person = newcomer()
    made = ok(person.post(TICKETS), 201)
    assert made["expires_in"] == 30
    with Listener(url, ticket=made["ticket"]) as listener:
        person.meditate(6)
        listener.until("practice.session_logged.v1")
        refused = problem(http.get(STREAM, params={"ticket": made["ticket"]}), 401)
        assert "POST /api/activity/tickets/" in refused["detail"]
        person.post("/api/accounts/logout/", {"refresh": person.refresh})
        assert listener.rest()[-1][1]["reason"] == "session_ended"
    problem(http.get(STREAM, params={"ticket": "never-made"}), 401)
    problem(http.post(TICKETS), 401)


def test_an_account_that_is_deleted_ends_its_streams_and_its_tickets(
    url: str, http: httpx.Client, newcomer: NewPerson
) -> None:
    person = newcomer()
    ticket = ok(person.post(TICKETS), 201)["ticket"]
    with Listener(url, person.access) as listener:
        assert person.delete("/api/user/me/").status_code == 204
        name, said = listener.rest()[-1]
        assert (name, said["reason"]) == ("goodbye", "session_ended")
    problem(http.get(STREAM, params={"ticket": ticket}), 401)


def test_a_gateway_that_is_stopped_says_when_to_come_back(
    url: str, processes: Any, newcomer: NewPerson
) -> None:
    person = newcomer()
    listener = Listener(url, person.access)
    with listener:
        processes.stop("gateway")
        name, said = listener.rest()[-1]
    assert (name, said["reason"]) == ("goodbye", "restarting")
    processes.start("gateway")
    processes.wait_until_ready(60)
    person.meditate(8)
    with Listener(url, person.access, last=listener.last, types="practice.*") as again:
        assert again.event()[1]["data"]["duration"] == 8


def settled(person: Person, khatma: int) -> None:
    """Wait until what the person did to come into the khatma is recorded."""

    def joined() -> bool:
        feed = ok(person.get("/api/activity/", newest="true"))
        return any(
            event["type"] == "khatma.member_joined.v1" and event["subject"] == f"khatma/{khatma}"
            for event in feed["events"]
        )

    until(joined, "what the person joined is recorded")
