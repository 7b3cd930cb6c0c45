"""Server-sent events: what is told to whom, from where on, and how it ends."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Gateway, eventually
from peers import Mint, Peer
from raw import Line, head
from reader import Reader
from record import PROGRESS, Record

from contracts.refusals import Unauthenticated
from gateway.cursors import cursor
from gateway.streams import endings, hub, wire
from sakina_local.testing import Vhost

ME, OTHER = 7, 8
NewReader = Callable[..., Reader]


@pytest.fixture(autouse=True)
def _quickly_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has gone is asked the second time soon: each test waits until nobody is left."""
    monkeypatch.setattr(wire, "PROBE_SECONDS", 0.05)


@pytest.fixture
def follow(
    gateway: Gateway, new_gateway: Callable[..., Gateway], mint: Mint, record: Record
) -> Iterator[NewReader]:
    """Open a stream of somebody's, by a token of theirs; they leave before any gateway ends."""
    opened: list[Reader] = []

    def follow(person: int = ME, *, at: Gateway = gateway, **said: str) -> Reader:
        reader = Reader(at.url, **{"token": mint.token(sub=str(person)), **said})
        opened.append(reader)
        return reader

    yield follow
    for reader in opened:
        reader.leave()
    eventually(lambda: not gateway.parts.hub)


def places(reader: Reader, count: int) -> list[int]:
    return [reader.event().data["sequence"] for _ in range(count)]


def test_a_stream_begins_now_and_tells_what_happens_to_its_reader(
    follow: NewReader, record: Record
) -> None:
    record.add(ME)
    reader = follow()
    assert reader.status == 200
    assert reader.headers["content-type"].startswith("text/event-stream")
    assert reader.headers["cache-control"] == "no-cache, no-store, no-transform"
    assert reader.headers["x-accel-buffering"] == "no"
    first = reader.block()
    assert first is not None
    assert (first.retry, first.id, first.event) == (3000, cursor(1, ME), "opened")
    assert first.data == {"cursor": first.id}
    record.add(OTHER)
    record.add(OTHER, ME)
    told = reader.event()
    assert (told.id, told.event) == (cursor(3, ME), PROGRESS)
    assert told.data == record.events[2][0]


def test_while_nobody_listens_nothing_is_heard_and_nothing_missed_once_somebody_does(
    follow: NewReader, gateway: Gateway, record: Record
) -> None:
    for _ in range(3):
        eventually(lambda: not record.is_heard())
        reader = follow()
        told = [record.add(ME)]
        assert record.is_heard()
        told.append(record.add(ME))
        assert places(reader, 2) == told
        reader.leave()
        eventually(lambda: not gateway.parts.hub)


def test_two_streams_of_a_person_and_one_of_anothers_are_each_told_what_concerns_them(
    follow: NewReader, record: Record
) -> None:
    readers = follow(), follow(), follow(OTHER)
    for reader in readers:
        reader.block()
    record.add(ME)
    record.add(ME, OTHER)
    record.add(9)
    record.add(OTHER)
    record.add(ME)
    assert [places(reader, count) for reader, count in zip(readers, (3, 3, 2), strict=True)] == [
        [1, 2, 5],
        [1, 2, 5],
        [2, 4],
    ]


def test_who_comes_with_a_cursor_is_told_all_after_it_and_goes_on_live(
    follow: NewReader, record: Record
) -> None:
    for number in range(250):
        record.add(ME if number % 2 else OTHER, tell=False)
    reader = follow(after=cursor(3, ME))
    assert places(reader, 124) == record.seen_by(ME)[1:]
    record.add(ME)
    assert places(reader, 1) == [251]


def test_last_event_id_counts_before_after(follow: NewReader, record: Record) -> None:
    for _ in range(5):
        record.add(ME, tell=False)
    reader = follow(after=cursor(1, ME), last=cursor(4, ME))
    assert places(reader, 1) == [5]


def test_a_cursor_of_a_record_that_is_no_more_is_refused(follow: NewReader, record: Record) -> None:
    """As after one was restored from a back-up."""
    record.add(ME, tell=False)
    reader = follow(after=cursor(900, ME))
    assert reader.status == 400
    assert "no more" in reader.problem()["detail"]


def test_only_the_types_that_were_chosen_are_told(follow: NewReader, record: Record) -> None:
    completed = "khatma.completed.v1"
    record.add(ME, tell=False)
    record.add(ME, kind=completed, tell=False)
    reader = follow(after=cursor(0, ME), types="khatma.completed,practice.*")
    assert places(reader, 1) == [2]
    record.add(ME)
    record.add(ME, kind=completed)
    assert places(reader, 1) == [4]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"after": "nonsense"}, "after"),
        ({"last": "nonsense"}, "Last-Event-ID"),
        ({"after": cursor(1, OTHER)}, "after"),
        ({"last": cursor(1, OTHER)}, "Last-Event-ID"),
        ({"types": "khatma.nothing"}, "types"),
        ({"colour": "green"}, "colour"),
        ({"ticket": "both"}, "ticket"),
    ],
)
def test_what_cannot_be_heeded_is_refused_by_name(
    follow: NewReader, said: dict[str, str], named: str
) -> None:
    reader = follow(**said)
    assert reader.status == 400
    assert list(reader.problem()["errors"]) == [named]


def test_who_says_nothing_of_themselves_is_told_what_to_send(follow: NewReader) -> None:
    reader = follow(token="")
    assert reader.status == 401
    assert "Authorization" in reader.problem()["detail"]


def test_a_message_that_was_lost_is_asked_for_and_nothing_is_told_twice(
    follow: NewReader, record: Record
) -> None:
    reader = follow()
    reader.block()
    record.mutes = iter([False, True, True, False, False, True, False])
    for _ in range(6):
        record.add(ME)
    record.tell()
    assert places(reader, 6) == [1, 2, 3, 4, 5, 6]
    assert "activity_recorded" in record.asked


def test_what_is_heard_while_it_asks_is_not_forgotten(
    follow: NewReader, record: Record, gateway: Gateway, peers: dict[str, Peer]
) -> None:
    reader = follow()
    reader.block()
    answers = peers["notify"].answers
    answer = answers["activity_recorded"]

    def answer_late(request: dict[str, Any]) -> Any:
        """Say what there was when it was asked, once there is more, of which one part is lost."""
        answers["activity_recorded"] = answer
        said = answer(request)
        record.mutes = iter([True, False])
        for _ in range(2):
            record.add(ME)
        eventually(lambda: len(gateway.parts.live._waiting) == 2)
        return said

    answers["activity_recorded"] = answer_late
    record.publish(b'{"after":5,"recorded":5,"events":[]}')
    assert places(reader, 2) == [1, 2]


@pytest.mark.parametrize(
    "nonsense", [b"no json", b"[]", b"{}", b'{"after":0,"recorded":9,"events":[{}]}']
)
def test_what_cannot_be_understood_live_is_asked_for(
    follow: NewReader, record: Record, nonsense: bytes
) -> None:
    reader = follow()
    reader.block()
    record.publish(nonsense)
    record.add(ME)
    assert places(reader, 1) == [1]


def test_nobody_else_can_tell_anything_live(
    follow: NewReader, record: Record, gateway: Gateway, peers: dict[str, Peer]
) -> None:
    """Any service can write to any queue by the default exchange."""
    reader = follow()
    reader.block()
    forged = {
        "after": 0,
        "recorded": 1,
        "events": [{"position": 1, "audience": [ME], "event": {"type": PROGRESS, "forged": True}}],
    }
    queue = gateway.parts.live.queue
    peers["practice"].publish("", queue, forged)
    record.add(ME)
    assert "forged" not in reader.event().data


def test_a_stream_says_something_all_the_time(
    follow: NewReader, new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BEAT_SECONDS", 1)
    reader = follow(at=new_gateway())
    reader.block()
    for _ in range(2):
        block = reader.block()
        assert block is not None
        assert block.is_comment


def test_a_stream_ends_with_its_session_and_says_so(
    follow: NewReader, gateway: Gateway, mint: Mint, record: Record
) -> None:
    ends = follow(token=mint.token(sid="stream-ends"))
    stays = follow(token=mint.token(sid="stream-stays"))
    for reader in (ends, stays):
        reader.block()
    gateway.run(ended(gateway, ME, "stream-ends"))
    (last,) = ends.rest()
    assert (last.event, last.data["reason"], last.id) == ("goodbye", "session_ended", None)
    assert "Log in" in last.data["detail"]
    record.add(ME)
    assert places(stays, 1) == [1]


def test_every_stream_of_a_person_ends_with_all_their_sessions(
    follow: NewReader, gateway: Gateway, record: Record
) -> None:
    """As with a deleted account or a new password."""
    leaver = 7701
    mine, another = follow(leaver), follow(OTHER)
    for reader in (mine, another):
        reader.block()
    gateway.run(ended(gateway, leaver, None))
    assert [block.data["reason"] for block in mine.rest()] == ["session_ended"]
    record.add(OTHER)
    assert places(another, 1) == [1]


async def ended(gateway: Gateway, user: int, session: str | None) -> None:
    gateway.parts.revoked.add(user, session, time.time())


def test_a_stream_ends_with_its_access_token(follow: NewReader, mint: Mint) -> None:
    reader = follow(token=mint.token(exp=time.time() + 1.5))
    (last,) = reader.rest()
    assert (last.event, last.data["reason"]) == ("goodbye", "token_expired")


def test_a_gateway_that_ends_says_when_to_come_back_and_waits_for_no_reader(
    follow: NewReader, new_gateway: Callable[..., Gateway]
) -> None:
    gateway = new_gateway()
    readers = [follow(at=gateway) for _ in range(3)]
    for reader in readers:
        reader.block()
    began = time.monotonic()
    gateway.stop()
    assert time.monotonic() - began < 8
    for reader in readers:
        (last,) = reader.rest()
        assert (last.event, last.data["reason"]) == ("goodbye", "restarting")
        assert last.retry == last.data["retry_ms"]
        assert 500 <= last.retry <= 5000


def test_one_person_has_so_many_streams_and_another_has_theirs(
    follow: NewReader, new_gateway: Callable[..., Gateway]
) -> None:
    gateway = new_gateway(max_streams_each=2, max_streams=3)
    first, _ = follow(at=gateway), follow(at=gateway)
    refused = follow(at=gateway)
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert "Close one" in refused.problem()["detail"]
    assert follow(OTHER, at=gateway).status == 200
    full = follow(9, at=gateway)
    assert (full.status, int(full.headers["retry-after"]) >= 1) == (503, True)
    described = gateway.api.openapi()["paths"]["/api/activity/stream/"]["get"]["responses"]
    assert {"429", "503"} <= set(described)
    first.leave()
    eventually(lambda: len(gateway.parts.hub) == 2)
    assert follow(at=gateway).status == 200


def test_streams_are_no_requests_under_way(
    follow: NewReader, new_gateway: Callable[..., Gateway]
) -> None:
    gateway = new_gateway(max_in_flight=6, max_in_flight_each=2)
    for _ in range(9):
        assert follow(at=gateway).status == 200
    assert gateway.client.get("/readyz").status_code == 200


def test_a_stream_is_counted_when_it_began_and_not_as_a_long_request(
    follow: NewReader, gateway: Gateway, figures: Callable[[], str]
) -> None:
    with follow() as reader:
        reader.block()
        assert "\nsakina_gateway_streams 1.0\n" in figures()
        began = time.monotonic()
        eventually(lambda: time.monotonic() - began > 0.5)
    eventually(lambda: not gateway.parts.hub)
    route = 'method="GET",route="/api/activity/stream/"'
    line = f"sakina_gateway_request_seconds_sum{{{route}}} "
    said = figures()
    total = float(said.partition(line)[2].partition("\n")[0])
    count = float(
        said.partition(f"sakina_gateway_request_seconds_count{{{route}}} ")[2].partition("\n")[0]
    )
    assert total / count < 0.5


def test_a_page_of_another_origin_may_read_a_stream(
    gateway: Gateway, mint: Mint, record: Record
) -> None:
    with Line(gateway) as line:
        token = f"Authorization: Bearer {mint.token()}"
        line.send(head("GET /api/activity/stream", token, "Origin: https://web.example"))
        assert line.begun()["access-control-allow-origin"] == "*"
    eventually(lambda: not gateway.parts.hub)


def test_head_says_what_get_would_and_opens_nothing(
    gateway: Gateway, mint: Mint, record: Record
) -> None:
    with Line(gateway) as line:
        token = f"Authorization: Bearer {mint.token()}"
        for _ in range(2):
            line.send(head("HEAD /api/activity/stream", token))
            said = line.hear(to="HEAD")
            assert said.status == 200
            assert said.headers["content-type"].startswith("text/event-stream")
            if said.headers.get("connection") == "close":
                break
    assert not gateway.parts.hub


def all_have_gone(gateway: Gateway, record: Record) -> None:
    """Wait for it; of who said before that they say no more, only what is told next finds out."""

    def are_gone() -> bool:
        record.add(ME)
        return not gateway.parts.hub

    eventually(are_gone)


def test_who_says_no_more_is_told_what_happens_all_the_same(
    gateway: Gateway, mint: Mint, record: Record
) -> None:
    with Line(gateway) as line:
        line.send(head("GET /api/activity/stream", f"Authorization: Bearer {mint.token()}"))
        line.say_no_more()
        assert line.begun()["content-type"].startswith("text/event-stream")
        assert b"event: opened" in line.until(b"}\n\n")
        record.add(ME)
        assert PROGRESS.encode() in line.until(b"}\n\n")
    all_have_gone(gateway, record)


def test_who_says_no_more_and_reads_on_is_asked_twice_and_then_let_be(
    gateway: Gateway, mint: Mint, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "PROBE_SECONDS", 0.01)
    with Line(gateway) as line:
        line.send(head("GET /api/activity/stream", f"Authorization: Bearer {mint.token()}"))
        line.say_no_more()
        line.begun()
        said = line.until(b"event: opened") + line.until(b"}\n\n")
        for _ in range(40):
            record.add(ME)
            said += line.until(b"}\n\n")
        while said.count(b":\n\n") < 2:
            said += line.until(b":\n\n")
    # One more is the beat that each stream has, where all of this took so long.
    assert 2 <= said.count(b"\n:\n\n") <= 3
    all_have_gone(gateway, record)


@pytest.mark.parametrize(
    "condition",
    [
        {"If-None-Match": "*"},
        {"If-Match": '"a"'},
        {"If-Modified-Since": "Sun, 01 Mar 2026 08:00:00 GMT"},
    ],
)
@pytest.mark.usefixtures("record")
def test_a_stream_passes_over_conditions(
    condition: dict[str, str], gateway: Gateway, mint: Mint
) -> None:
    """A 304 would end an EventSource for good, and 412 too."""
    token = f"Authorization: Bearer {mint.token()}"
    said = [f"{name}: {value}" for name, value in condition.items()]
    with Line(gateway) as line:
        line.send(head("GET /api/activity/stream", token, *said))
        assert line.begun()["content-type"].startswith("text/event-stream")
        assert b"event: opened" in line.until(b"}\n\n")
    eventually(lambda: not gateway.parts.hub)


def test_http_1_0_is_answered_without_chunks_until_the_end(
    gateway: Gateway, mint: Mint, record: Record
) -> None:
    """As by a proxy in its first settings."""
    with Line(gateway) as line:
        line.send(
            b"GET /api/activity/stream HTTP/1.0\r\nAuthorization: Bearer %b\r\n\r\n"
            % mint.token(sid="stream-old").encode()
        )
        assert "transfer-encoding" not in line.begun()
        assert line.until(b"\n\n").startswith(b"retry: 3000\nid: ")
        gateway.run(ended(gateway, ME, "stream-old"))
        assert line.until(b"\n\n").startswith(b"event: goodbye\n")
        assert line.is_over()


def test_without_notify_no_stream_is_opened_and_the_room_is_free_again(
    follow: NewReader, new_gateway: Callable[..., Gateway], peers: dict[str, Peer]
) -> None:
    gateway = new_gateway(max_streams_each=1, deadline_seconds=0.5)
    peers["notify"].unanswered = {"activity"}
    for _ in range(3):
        assert follow(at=gateway).status == 504
    peers["notify"].unanswered = set()
    assert follow(at=gateway).status == 200


def test_streams_begin_anew_where_the_record_is_another_one(
    follow: NewReader, record: Record, broker: Vhost, peers: dict[str, Peer]
) -> None:
    """As after a restore: the readers would wait for places that were told long ago."""
    for _ in range(5):
        record.add(ME, tell=False)
    reader = follow()
    reader.block()
    restored = Record(broker.url("notify"))
    peers["notify"].answers |= restored.answers()
    restored.add(ME, tell=False)
    restored.tell()
    (last,) = reader.rest()
    assert last.data["reason"] == "failed"
    assert follow(last=reader.last).status == 400
    reader = follow()
    reader.block()
    restored.add(ME)
    assert places(reader, 1) == [2]
    restored.close()


def test_what_waited_for_a_gap_is_not_told_to_who_comes_after(
    follow: NewReader, gateway: Gateway, record: Record, broker: Vhost, peers: dict[str, Peer]
) -> None:
    """The gap was asked for, and all readers left before the answer."""
    asked, may_answer = threading.Event(), threading.Event()

    def late(request: dict[str, Any]) -> Any:
        asked.set()
        may_answer.wait(10)
        return record.answers()["activity_recorded"](request)

    peers["notify"].answers["activity_recorded"] = late
    reader = follow()
    reader.block()
    record.mutes = iter([True, False, False])
    for _ in range(3):
        record.add(ME)
    assert asked.wait(10)
    reader.leave()
    eventually(lambda: not gateway.parts.hub)
    may_answer.set()
    another = Record(broker.url("notify"))
    peers["notify"].answers |= another.answers()
    another.add(OTHER, tell=False)
    another.skip()
    reader = follow()
    reader.block()
    eventually(lambda: "activity_recorded" in another.asked)
    another.add(ME)
    another.add(ME)
    assert [reader.event().data for _ in range(2)] == [event for event, _ in another.events[1:]]
    another.close()


def test_a_session_that_ends_while_its_stream_is_opened_gets_none(
    follow: NewReader, gateway: Gateway, mint: Mint, record: Record, peers: dict[str, Peer]
) -> None:
    def ends(request: dict[str, Any]) -> Any:
        gateway.run(ended(gateway, ME, "stream-brief"))
        return record.answers()["activity"](request)

    peers["notify"].answers["activity"] = ends
    reader = follow(token=mint.token(sid="stream-brief"))
    assert (reader.status, reader.problem()["status"]) == (401, 401)


def test_nothing_is_written_before_a_stream_has_begun(
    follow: NewReader,
    new_gateway: Callable[..., Gateway],
    record: Record,
    peers: dict[str, Peer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither a heartbeat nor an event, however long the first page of the past takes."""
    monkeypatch.setattr(hub, "BEAT_SECONDS", 1)
    gateway = new_gateway()

    def late(request: dict[str, Any]) -> Any:
        page = record.answers()["activity"](request)
        record.add(ME)
        for _ in range(3):
            gateway.run(beaten(gateway))
        return page

    peers["notify"].answers["activity"] = late
    reader = follow(at=gateway)
    assert reader.status == 200
    assert places(reader, 1) == [1]


async def beaten(gateway: Gateway) -> None:
    for share in gateway.parts.hub._shares:
        for stream in share:
            stream.beat()


TICKETS = "/api/activity/tickets/"


def test_a_ticket_opens_a_stream_of_who_asked_for_it_in_their_session(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer], follow: NewReader, record: Record
) -> None:
    kept: dict[str, dict[str, Any]] = {}

    def add(request: dict[str, Any]) -> dict[str, Any]:
        kept[request["body"]["hash"]] = request
        return {"expires_in": 30, "expires_at": datetime.now(UTC).isoformat()}

    def take(request: dict[str, Any]) -> dict[str, Any]:
        answer = find(request)
        del kept[request["body"]["hash"]]
        return answer

    def find(request: dict[str, Any]) -> dict[str, Any]:
        made = kept.get(request["body"]["hash"])
        if made is None:
            raise Unauthenticated("This ticket opens nothing. Ask for another one.")
        times = {name: made["body"][name] for name in ("issued_at", "expires_at")}
        return {"person": made["actor"]["id"], "session": made["actor"]["session"], **times}

    peers["notify"].answers |= {"add_ticket": add, "take_ticket": take, "find_ticket": find}
    headers = {"Authorization": f"Bearer {mint.token(sid='stream-by-ticket')}"}
    made = gateway.client.post(TICKETS, headers=headers)
    answer = made.json()
    assert made.status_code == 201
    assert answer["expires_in"] == 30
    assert answer["stream"] == made.headers["location"]
    assert answer["stream"] == f"/api/activity/stream?ticket={answer['ticket']}"
    assert answer["ticket"] not in str(kept)
    # What can be wrong without it leaves it good, and so does HEAD.
    foreign = cursor(1, OTHER)
    for wrong in (
        {"after": "nonsense"},
        {"after": foreign},
        {"last": foreign},
        {"last": "nonsense"},
        {"types": "khatma.nothing"},
    ):
        assert follow(token="", ticket=answer["ticket"], **wrong).status == 400
    told = gateway.client.head("/api/activity/stream", params={"ticket": answer["ticket"]})
    assert told.status_code == 200

    reader = follow(token="", ticket=answer["ticket"])
    assert reader.status == 200
    reader.block()
    record.add(OTHER)
    record.add(ME)
    assert places(reader, 1) == [2]

    again = follow(token="", ticket=answer["ticket"])
    assert again.status == 401
    assert again.headers["content-type"] == "application/problem+json"
    assert "another" in again.problem()["detail"]

    late = gateway.client.post(TICKETS, headers=headers).json()["ticket"]
    gateway.run(ended(gateway, ME, "stream-by-ticket"))
    assert [block.data["reason"] for block in reader.rest()] == ["session_ended"]
    assert follow(token="", ticket=late).status == 401


def test_who_has_gone_before_they_were_let_in_leaves_no_stream(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer], record: Record
) -> None:
    server = gateway._server.server_state
    others = set(server.connections)
    now = time.time()

    def find(_: Any) -> dict[str, Any]:
        return {"person": ME, "session": "s", "issued_at": now, "expires_at": now + 60}

    with Line(gateway) as line:

        def take(request: Any) -> dict[str, Any]:
            line.hang_up()
            eventually(lambda: server.connections <= others)
            return find(request)

        peers["notify"].answers |= {"find_ticket": find, "take_ticket": take}
        line.send(head("GET /api/activity/stream?ticket=x"))
        eventually(lambda: peers["notify"].named("take_ticket"))
        eventually(lambda: not server.tasks)
    assert not gateway.parts.hub


def test_a_ticket_is_for_who_is_logged_in(gateway: Gateway) -> None:
    assert gateway.client.post(TICKETS).status_code == 401


def test_a_roll_brings_readers_back_at_different_times() -> None:
    waits = {endings.RESTARTING.text() for _ in range(50)}
    assert len(waits) > 10
