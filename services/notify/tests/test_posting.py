"""One POST to an endpoint that may do anything: it ends in time, and goes where it was checked."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Any

import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import eventlet
import pytest
from certificates import Authority
from receivers import OK, Answer, receiver, says, silent, status

from chassis.process import clock
from notify.domain.deliveries import Problem
from notify.outgoing import posting, resolving
from notify.outgoing.posting import LARGEST_ANSWER, Poster

SOON = 0.5
GOOD = Poster(loopback=True, seconds=10)
HASTY = Poster(loopback=True, seconds=SOON)


def test_a_post_is_sent_as_it_is_and_its_status_and_latency_are_known() -> None:
    with receiver() as endpoint:
        outcome = GOOD.post(endpoint.url, b'{"a":1}', {"webhook-id": "m"})
    (request,) = endpoint.requests
    assert (outcome.code, outcome.problem) == (200, None)
    assert outcome.latency.total_seconds() < 10
    assert (request.line, request.body) == ("POST /hooks?a=b HTTP/1.1", b'{"a":1}')
    assert request.headers["webhook-id"] == "m"
    assert request.headers["Host"] == endpoint.url.split("/")[2]


@pytest.mark.parametrize(
    ("code", "problem"),
    [(204, None), (299, None), (302, "redirect"), (410, "gone"), (400, "status"), (500, "status")],
)
def test_a_status_other_than_2xx_is_a_failure(code: int, problem: str | None) -> None:
    with receiver(status(code)) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert (outcome.code, outcome.problem) == (code, problem)


@pytest.mark.parametrize(
    ("code", "said", "seconds"),
    [
        (429, "120", 120),
        (503, " 7 ", 7),
        (503, "0", 0),
        (429, "9" * 5000, 10**9),
        (500, "120", None),
        (400, "120", None),
        (429, "-1", None),
        (429, "1.5", None),
        (429, "soon", None),
        (429, "\u0663", None),
        (429, "Fri, 31 Dec 9999 23:59:99 GMT", None),
        (429, "Thu, 01 Jan 1970 00:00:00 GMT", 0),
        (429, "Thu, 01 Jan 1970 00:00:00 -9999", None),
        (429, "", None),
    ],
)
def test_how_long_to_wait_is_heard_of_who_has_too_much_to_do(
    code: int, said: str, seconds: int | None
) -> None:
    answer = f"HTTP/1.1 {code} No\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n"
    with receiver(says(answer.encode())) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert (outcome.code, outcome.problem) == (code, Problem.STATUS)
    assert outcome.asked_wait == (None if seconds is None else timedelta(seconds=seconds))


def test_until_when_to_wait_is_heard_as_a_date() -> None:
    later = format_datetime(clock.now() + timedelta(minutes=10), usegmt=True)
    with receiver(status(503, f"Retry-After: {later}")) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert outcome.asked_wait is not None
    assert timedelta(minutes=9) < outcome.asked_wait <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (["60", "7200"], 7200),
        (["7200", "60"], 7200),
        (["soon", "60"], 60),
        (["60", "Thu, 01 Jan 1970 00:00:00 GMT"], 60),
        (["60, 7200"], 7200),
        (["60 ,, 7200 , soon"], 7200),
        (["soon", "later"], None),
    ],
)
def test_the_longest_is_heard_of_who_says_several_waits(
    said: list[str], seconds: int | None
) -> None:
    """Each in a line, or in one by commas, which a proxy may make of several (RFC 9110, 5.3)."""
    with receiver(status(429, *(f"Retry-After: {one}" for one in said))) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert outcome.asked_wait == (None if seconds is None else timedelta(seconds=seconds))


INTERIM = b"HTTP/1.1 %d Whatever\r\nLink: </style.css>\r\nContent-Length: 3\r\n\r\n"


@pytest.mark.parametrize("codes", [[100], [102], [103], [199], [103, 103, 100, 102]])
def test_what_is_said_before_the_answer_is_passed_over(codes: list[int]) -> None:
    """RFC 9110, 15.2: however many there are, and whatever they are called."""
    before = b"".join(INTERIM % code for code in codes)
    for last, problem in ((204, None), (410, Problem.GONE), (500, Problem.STATUS)):
        final = b"HTTP/1.1 %d Whatever\r\nContent-Length: 0\r\n\r\n" % last
        with receiver(says(before + final)) as endpoint:
            outcome = GOOD.post(endpoint.url, b"{}", {})
        assert (outcome.code, outcome.problem) == (last, problem)


def test_another_protocol_is_an_answer_that_nobody_asked_for() -> None:
    """101 is the last that is said by HTTP: what follows is none."""
    with receiver(says(INTERIM % 101 + OK)) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert (outcome.code, outcome.problem) == (101, Problem.STATUS)


def test_a_redirect_is_not_followed() -> None:
    with receiver() as inside, receiver(status(307, f"Location: {inside.url}")) as endpoint:
        assert GOOD.post(endpoint.url, b"{}", {}).problem is Problem.REDIRECT
    assert inside.requests == []


def drip(connected: socket.socket, start: bytes, piece: bytes) -> None:
    """Send pieces for ever, one each few milliseconds."""
    connected.sendall(start)
    while True:
        connected.sendall(piece)
        eventlet.sleep(0.01)


def flood(connected: socket.socket, start: bytes, piece: bytes) -> None:
    """Send pieces for ever, as fast as they go."""
    connected.sendall(start)
    while True:
        connected.sendall(piece)


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        silent,
        lambda c: drip(c, b"", b"H"),
        lambda c: drip(c, b"", INTERIM % 103),
        lambda c: drip(c, HEAD, b"x"),
        lambda c: drip(c, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        lambda c: drip(c, HEAD + b"Content-Length: 9999999999999999\r\n\r\n", b"a"),
    ],
    ids=[
        "silent",
        "dripped status",
        "hints",
        "dripped header",
        "body without an end",
        "very long body",
    ],
)
def test_an_answer_that_never_ends_ends_in_time(answer: Answer) -> None:
    with receiver(answer) as endpoint, eventlet.Timeout(10):
        assert HASTY.post(endpoint.url, b"{}", {}).problem is Problem.TIMEOUT


@pytest.mark.parametrize(
    "answer",
    [
        lambda c: flood(c, HEAD + b"\r\n", b"a" * 4096),
        lambda c: flood(c, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"a" * 4096),
        lambda c: flood(c, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        lambda c: flood(c, b"", INTERIM % 103 * 100),
        lambda c: flood(c, HEAD, b"A: b\r\n" * 100),
        lambda c: flood(c, HEAD, b"a" * 4096),
        says(b"SSH-2.0-OpenSSH\r\n"),
    ],
    ids=["body", "chunks", "continue", "hints", "headers", "long header", "no HTTP"],
)
def test_more_than_an_answer_or_none_of_http_is_left_at_once(answer: Answer) -> None:
    with receiver(answer) as endpoint, eventlet.Timeout(10):
        assert GOOD.post(endpoint.url, b"{}", {}).problem is Problem.ANSWER


def test_what_a_length_promises_takes_no_memory() -> None:
    """All of it at once would be 9 PiB."""
    with receiver(says(HEAD + b"Content-Length: 9999999999999999\r\n\r\na")) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert (outcome.code, outcome.problem) == (200, Problem.CLOSED)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", None),
        (HEAD + b"Content-Length: 5\r\n\r\na", 200),
        (CHUNKED + b"5\r\na", 200),
        (CHUNKED + b"5\r\nabcde\r\n", 200),
        (CHUNKED + b"5", 200),
        (CHUNKED, 200),
        (INTERIM % 103, None),
    ],
)
def test_a_connection_that_ends_too_soon_is_a_failure(answer: bytes, code: int | None) -> None:
    with receiver(says(answer)) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert (outcome.code, outcome.problem) == (code, Problem.CLOSED)


@pytest.mark.parametrize(
    "body",
    [b"no length\r\n", b"zz\r\nabc", b"-5\r\nabcde", b"1\r\na\r\nzz\r\n", b"\r\n", b"1" * 65_600],
)
def test_chunks_that_are_none_are_no_answer_of_http(body: bytes) -> None:
    with receiver(says(CHUNKED + body)) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert (outcome.code, outcome.problem) == (200, Problem.ANSWER)


@pytest.mark.parametrize("lengths", [(b"0", b"5"), (b"0, 5",), (b"five",), (b"-5",), (b"5,",)])
def test_an_answer_without_one_length_is_no_answer_of_http(lengths: tuple[bytes, ...]) -> None:
    said = b"".join(b"Content-Length: %b\r\n" % each for each in lengths)
    with receiver(says(HEAD + said + b"\r\nhello")) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert outcome.problem is Problem.ANSWER


def test_the_same_length_twice_is_one() -> None:
    with receiver(says(HEAD + b"Content-Length: 5\r\n" * 2 + b"\r\nhello")) as endpoint:
        outcome = GOOD.post(endpoint.url, b"{}", {})
    assert (outcome.code, outcome.problem) == (200, None)


def test_an_address_that_was_good_for_an_earlier_release_is_a_failure() -> None:
    """It is looked at before each post: the rules of today are not those of when it was named."""
    for url in ("http://[fe80::1%25lo]/", "http://[::1%lo]:9102/", "http://127.1/", "nonsense"):
        outcome = GOOD.post(url, b"{}", {})
        assert (outcome.code, outcome.problem) == (None, Problem.ADDRESS)


def test_nobody_there_is_a_failure() -> None:
    with receiver() as endpoint:
        pass
    assert GOOD.post(endpoint.url, b"{}", {}).problem is Problem.REFUSED


def test_loopback_is_refused_where_nobody_allows_it() -> None:
    with receiver() as endpoint:
        outcome = Poster(loopback=False).post(endpoint.url, b"{}", {})
    assert (outcome.code, outcome.problem) == (None, Problem.ADDRESS)
    assert endpoint.requests == []


def leads_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let DNS give the next of `answers` each time; return the names that are asked for."""
    asked: list[str] = []

    def found(host: str) -> list[Any]:
        asked.append(host)
        return [ip_address(text) for text in answers[min(len(asked), len(answers)) - 1]]

    monkeypatch.setattr(resolving, "_found", found)
    return asked


def test_one_forbidden_address_among_many_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, ["127.0.0.1", "10.0.0.1"])
    with receiver() as endpoint:
        url = endpoint.url.replace("127.0.0.1", "example.com")
        assert GOOD.post(url, b"{}", {}).problem is Problem.ADDRESS
    assert endpoint.requests == []


def test_the_checked_address_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS is asked once for each post: a second answer, to whoever connects, would be unchecked."""
    asked = leads_to(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    with receiver() as endpoint:
        url = endpoint.url.replace("127.0.0.1", "example.com")
        assert GOOD.post(url, b"{}", {}).code == 200
        assert asked == ["example.com"]
        assert endpoint.requests[0].headers["Host"] == url.split("/")[2]
        # And it is looked at anew each time.
        assert GOOD.post(url, b"{}", {}).problem is Problem.ADDRESS


def test_the_next_address_is_tried_where_one_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, ["::1", "127.0.0.1"])
    with receiver() as endpoint:
        url = endpoint.url.replace("127.0.0.1", "example.com")
        assert GOOD.post(url, b"{}", {}).code == 200


def test_others_have_their_turn_while_one_is_flooded() -> None:
    with receiver(lambda c: flood(c, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)) as endpoint:
        turns = [0]

        def others() -> None:
            while True:
                turns[0] += 1
                eventlet.sleep(0)

        counting = eventlet.spawn(others)
        GOOD.post(endpoint.url, b"{}", {})
        counting.kill()
    assert turns[0] >= LARGEST_ANSWER / 8192


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Who signs certificates that are good here."""
    return Authority()


def test_a_certificate_of_the_name_that_was_asked_for_is_good(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to(monkeypatch, ["127.0.0.1"])
    poster = Poster(loopback=True, trust=authority.trust)
    with receiver(named="example.com", tls=authority.served_as("example.com")) as endpoint:
        assert poster.post(endpoint.url, b"{}", {}).code == 200
    assert endpoint.requests[0].headers["Host"] == endpoint.url.split("/")[2]


@pytest.mark.parametrize("kind", ["another name", "expired", "nobody's"])
def test_a_certificate_that_is_wrong_is_told_nothing(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    leads_to(monkeypatch, ["127.0.0.1"])
    served = {
        "another name": lambda: authority.served_as("example.org"),
        "expired": lambda: authority.served_as("example.com", days=-1),
        "nobody's": lambda: Authority().served_as("example.com"),
    }[kind]()
    poster = Poster(loopback=True, trust=authority.trust)
    with receiver(named="example.com", tls=served) as endpoint:
        assert poster.post(endpoint.url, b"{}", {}).problem is Problem.TLS
    assert endpoint.requests == []


def test_an_endpoint_that_shakes_no_hands_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the time for all of it, and not in that for connecting, which leaves some for the next."""
    monkeypatch.setattr(posting, "CONNECT_SECONDS", SOON / 10)
    leads_to(monkeypatch, ["127.0.0.1", "::1"])
    mute = eventlet.listen(("127.0.0.1", 0))
    with eventlet.Timeout(10):
        url = f"https://example.com:{mute.getsockname()[1]}/"
        outcome = HASTY.post(url, b"{}", {})
    mute.close()
    assert outcome.problem is Problem.TIMEOUT
    assert outcome.latency.total_seconds() >= SOON


@contextmanager
def full() -> Iterator[int]:
    """Listen where so many wait to be let in that the next ones are not even answered."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    waiting = []
    for _ in range(4):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(listening.getsockname())
        waiting.append(one)
    yield listening.getsockname()[1]
    for each in (*waiting, listening):
        each.close()


def test_an_endpoint_that_lets_nobody_in_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "CONNECT_SECONDS", SOON / 10)
    with full() as port, eventlet.Timeout(10):
        outcome = HASTY.post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert outcome.problem is Problem.TIMEOUT
    assert outcome.latency.total_seconds() >= SOON


def test_an_address_that_lets_nobody_in_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(posting, "CONNECT_SECONDS", SOON / 10)
    leads_to(monkeypatch, ["127.0.0.1", "::1"])
    with (
        eventlet.Timeout(20),
        # In this order: many of this machine have ports of 127.0.0.1, and few of ::1.
        full() as port,
        receiver(host="::1", port=port, named="example.com") as endpoint,
    ):
        assert GOOD.post(endpoint.url, b"{}", {}).code == 200


def test_dns_that_says_nothing_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own resolver would stop the whole process meanwhile."""
    mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mute.bind(("127.0.0.1", 0))
    asked_of(monkeypatch, mute)
    turns = [0]

    def others() -> None:
        while True:
            turns[0] += 1
            eventlet.sleep(0.01)

    counting = eventlet.spawn(others)
    outcome = HASTY.post("http://example.com/", b"{}", {})
    counting.kill()
    mute.close()
    assert outcome.problem is Problem.TIMEOUT
    assert turns[0] >= 5


def test_names_are_asked_of_dns_with_all_their_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    asked_of(monkeypatch, server)
    answering = eventlet.spawn(name_server, server)
    try:
        with receiver() as endpoint:
            good = endpoint.url.replace("127.0.0.1", "good.example")
            assert GOOD.post(good, b"{}", {}).code == 200
            for name, problem in {
                "mixed.example": Problem.ADDRESS,
                "mapped.example": Problem.ADDRESS,
                "none.example": Problem.RESOLUTION,
            }.items():
                url = endpoint.url.replace("127.0.0.1", name)
                assert GOOD.post(url, b"{}", {}).problem is problem, name
        assert len(endpoint.requests) == 1
    finally:
        answering.kill()
        server.close()


RECORDS = {
    "good.example.": {"A": ["127.0.0.1"]},
    "mixed.example.": {"A": ["127.0.0.1"], "AAAA": ["fd00::1"]},
    "mapped.example.": {"A": ["127.0.0.1"], "AAAA": ["::ffff:127.0.0.1"]},
}


def name_server(server: socket.socket) -> None:
    """Answer questions about `RECORDS`."""
    while True:
        asked, peer = server.recvfrom(4096)
        question = dns.message.from_wire(asked)
        answer = dns.message.make_response(question)
        (one,) = question.question
        known = RECORDS.get(one.name.to_text())
        if known is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif addresses := known.get(dns.rdatatype.to_text(one.rdtype)):
            answer.answer.append(
                dns.rrset.from_text_list(one.name, 60, "IN", one.rdtype, addresses)
            )
        server.sendto(answer.to_wire(), peer)


def asked_of(monkeypatch: pytest.MonkeyPatch, server: socket.socket) -> None:
    """Let `server` be the system's name server."""

    def resolver() -> Any:
        own = dns.resolver.Resolver(configure=False)
        own.nameservers, own.port = ["127.0.0.1"], server.getsockname()[1]
        return own

    monkeypatch.setattr(resolving, "Resolver", resolver)


def test_an_endpoint_of_ipv6_is_reached_by_its_address() -> None:
    with receiver(says(OK), host="::1") as endpoint:
        assert GOOD.post(endpoint.url, b"{}", {}).code == 200
    assert endpoint.requests[0].headers["Host"].startswith("[::1]:")
