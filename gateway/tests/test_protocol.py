"""HTTP itself: offers to leave it, and requests that are none."""

import json
from collections.abc import Callable

import pytest
from conftest import Gateway
from peers import Mint, Peer
from raw import Line, Said, head

from gateway import lingering, protocol

BODY = json.dumps({"meditation_type": "gratitude", "duration": 25, "date": "2026-03-01"}).encode()
SESSIONS = "POST /api/meditations/sessions/"
CHUNKS = b"%x\r\n%b\r\n" % (20, BODY[:20]) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY) - 20, BODY[20:])
ALIVE = head("GET /healthz")
FRAMINGS = [(f"Content-Length: {len(BODY)}", BODY), ("Transfer-Encoding: chunked", CHUNKS)]
OFFERS = [
    ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB"),
    ("Upgrade: websocket", "Connection: keep-alive, upgrade", "Sec-WebSocket-Version: 13"),
    ("Connection: Upgrade", "Upgrade: TLS/1.0, HTTP/1.1"),
    ("Connection: upgrade", "Upgrade: anything"),
]


def new_session(mint: Mint, *headers: str) -> bytes:
    token = f"Authorization: Bearer {mint.token()}"
    return head(SESSIONS, token, "Content-Type: application/json", *headers)


def refused(said: Said, status: int) -> dict[str, str]:
    assert said.status == status, said
    assert said.headers["content-type"] == "application/problem+json"
    assert said.headers["connection"] == "close"
    assert said.headers["x-request-id"]
    assert said.headers["x-content-type-options"] == "nosniff"
    document: dict[str, str] = json.loads(said.body)
    assert document["status"] == status
    assert document["detail"].endswith(".")
    return document


@pytest.mark.parametrize("packets", [1, 2, 3], ids=["in one packet", "body later", "in bits"])
@pytest.mark.parametrize(("framing", "body"), FRAMINGS, ids=["length", "chunked"])
@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer[1])
def test_an_offer_to_upgrade_loses_no_body(
    offer: tuple[str, ...],
    framing: str,
    body: bytes,
    packets: int,
    gateway: Gateway,
    mint: Mint,
    peers: dict[str, Peer],
) -> None:
    with Line(gateway) as line:
        asked = new_session(mint, *offer, framing)
        if packets == 1:
            line.send(asked + body)
        else:
            line.send(asked[:-4])
            line.send(asked[-4:])
            for start in range(0, len(body), 40 if packets == 3 else len(body)):
                line.send(body[start : start + (40 if packets == 3 else len(body))])
        assert line.hear().status == 201
        line.send(ALIVE)
        assert line.hear().body == b'{"alive":true}', "the connection goes on"
    (asked_for,) = peers["practice"].named("log_session")
    assert asked_for["body"]["duration"] == 25


def test_an_offer_loses_nothing_that_comes_behind_it(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    length = f"Content-Length: {len(BODY)}"
    offering = new_session(mint, *OFFERS[0], length) + BODY
    reading = head("GET /healthz", *OFFERS[0])
    with Line(gateway) as line:
        line.send(offering + reading + ALIVE + offering + ALIVE)
        assert [line.hear().status for _ in range(5)] == [201, 200, 200, 201, 200]
    assert len(peers["practice"].named("log_session")) == 2


def test_an_upgrade_offered_on_logging_out_ends_the_other_session_too(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    peers["auth"].answers["log_out"] = {"message": "Bye."}
    body = b'{"refresh":"of another session"}'
    with Line(gateway) as line:
        line.send(
            head(
                "POST /api/accounts/logout/",
                f"Authorization: Bearer {mint.token()}",
                "Content-Type: application/json",
                f"Content-Length: {len(body)}",
                *OFFERS[0],
            )
            + body
        )
        assert line.hear().status == 200
    (asked,) = peers["auth"].named("log_out")
    assert asked["body"]["refresh"] == "of another session"


@pytest.mark.parametrize(
    "host",
    [
        None, "Host:", "Host: ", "Host: a\r\nHost: b", "Host: a\r\nHost: a", "Host: a b",
        "Host: a/b", "Host: me@a", "Host: a:b", "Host: a:123456", "Host: [::1", "Host: a,b:80:80",
    ],
)  # fmt: skip
@pytest.mark.parametrize("start", ["GET /healthz", SESSIONS, "OPTIONS /api/khatmas/"])
def test_a_request_has_one_host(host: str | None, start: str, gateway: Gateway) -> None:
    preflight = ("Origin: https://app.example", "Access-Control-Request-Method: GET")
    with Line(gateway) as line:
        line.send(head(start, *preflight, host=host))
        assert "Host" in refused(line.hear(), 400)["detail"]
        assert line.is_over()


@pytest.mark.parametrize(
    "host",
    [
        "Host: sakina.example", "Host: 127.0.0.1:8000", "Host: [::1]:8000", "Host: my_gateway:",
        "Host: xn--bcher-kva.example", "host:sakina.example",
    ],
)  # fmt: skip
def test_any_name_of_the_server_will_do(host: str, gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(head("GET /healthz", host=host))
        assert line.hear().status == 200


def test_http_1_0_knows_no_host(gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert line.hear().status == 200
        assert line.is_over()


@pytest.mark.parametrize(
    ("sent", "status", "instance"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, ""),
        (b"GET healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400, ""),
        (b"GET /healthz HTTP/3.7\r\nHost: x\r\n\r\n", 505, "/healthz"),
        (b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", 505, "/healthz"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "*"),
        (b"NONSENSE\r\n\r\n", 400, ""),
        (b"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 501, ""),
        (b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501, ""),
        (b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400, "*"),
        (b"GET /healthz#part HTTP/1.1\r\nHost: x\r\n\r\n", 400, ""),
        (b"GET /healthz HTTP/1.1\nHost: x\n\n", 400, "/healthz"),
        (head("GET /healthz", "X : 1"), 400, "/healthz"),
        (head("GET /healthz", "X: 1", " folded"), 400, "/healthz"),
        (head("GET /healthz", "X: \x00"), 400, "/healthz"),
        (head("GET /healthz?secret=1", "X Y: 1"), 400, "/healthz"),
        (head(SESSIONS, "Content-Length: 2", "Content-Length: 3"), 400, SESSIONS[5:]),
        (head(SESSIONS, "Content-Length: +2"), 400, SESSIONS[5:]),
        (head(SESSIONS, "Content-Length: 99999999999999999999999"), 400, SESSIONS[5:]),
        (head(SESSIONS, "Content-Length: 2", "Transfer-Encoding: chunked"), 400, SESSIONS[5:]),
        (head(SESSIONS, "Transfer-Encoding: chunked, gzip"), 400, SESSIONS[5:]),
        (head(SESSIONS, "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n", 501, SESSIONS[5:]),
        (head("GET /" + "a" * 9000), 414, "/" + "a" * 9000),
        (head("GET /" + "a" * 100_000), 414, ""),
        (b"GET /" + b"a" * 1_000_000, 414, ""),  # more than is thrown away resets the connection
        (head("GET /healthz?q=" + "a" * 9000), 414, "/healthz"),
        (head("GET /healthz", "X: " + "a" * 40_000), 431, "/healthz"),
        (head("GET /healthz", *["X: 1234567890"] * 4000), 431, "/healthz"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 900_000, 431, "/healthz"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_what_is_no_request_is_told_so(
    sent: bytes, status: int, instance: str, gateway: Gateway
) -> None:
    with Line(gateway) as line:
        line.send(sent)
        document = refused(line.hear(), status)
        if status != 414:
            assert document["instance"] == instance
        assert line.is_over()


@pytest.mark.parametrize(
    "broken",
    [(b"zz\r\n",), (b"2\r\n{}\r\n", b"zz\r\n"), (b"2\r\n{}junk",), (b"-2\r\n{}\r\n",)],
    ids=repr,
)
def test_a_body_that_is_framed_wrongly_does_nothing(
    broken: tuple[bytes, ...], gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    with Line(gateway) as line:
        token = f"Authorization: Bearer {mint.token()}"
        line.send(head("DELETE /api/meditations/sessions/", token, "Transfer-Encoding: chunked"))
        for part in broken:
            line.send(part)
        assert refused(line.hear(), 400)["instance"] == "/api/meditations/sessions/"
        assert line.is_over()
    assert not peers["practice"].calls


def test_a_body_that_breaks_off_does_nothing(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    token = f"Authorization: Bearer {mint.token()}"
    deleting = head("DELETE /api/meditations/sessions/", token, "Content-Length: 10")
    with Line(gateway) as line:
        line.send(deleting + b"{}")
    with Line(gateway) as line:
        line.send(head("GET /api/meditations/stats/", token))
        assert line.hear().status == 200
    assert [method for method, _, _ in peers["practice"].calls] == ["stats"]


def test_junk_behind_a_request_takes_nothing_from_its_answer(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    with Line(gateway) as line:
        line.send(new_session(mint, f"Content-Length: {len(BODY)}") + BODY + b"junk\r\n\r\n")
        assert line.hear().status == 201
        refused(line.hear(), 400)
        assert line.is_over()
    assert len(peers["practice"].named("log_session")) == 1


def test_empty_lines_behind_a_request_are_let_pass(gateway: Gateway, mint: Mint) -> None:
    """RFC 9112, 2.2: some clients send them."""
    with Line(gateway) as line:
        line.send(new_session(mint, f"Content-Length: {len(BODY)}") + BODY + b"\r\n\r\n" + ALIVE)
        assert [line.hear().status for _ in range(2)] == [201, 200]


def test_who_asks_whether_to_send_is_told_to_go_on(gateway: Gateway, mint: Mint) -> None:
    with Line(gateway) as line:
        line.send(new_session(mint, f"Content-Length: {len(BODY)}", "Expect: 100-continue"))
        assert line.hear().status == 100
        line.send(BODY)
        assert line.hear().status == 201


@pytest.mark.parametrize("target", ["http://sakina.example", "HTTPS://other.example:443"])
def test_a_proxys_client_may_write_the_whole_address(target: str, gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(head(f"GET {target}/healthz?a=b"))
        assert line.hear().body == b'{"alive":true}'
        line.send(head(f"GET {target}"))
        assert json.loads(line.hear().body)["links"]["docs"] == "/docs"


def test_the_server_as_a_whole_says_its_methods(gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(head("OPTIONS *"))
        said = line.hear()
        assert (said.status, said.headers["allow"]) == (
            204,
            "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        )


def test_a_head_that_does_not_come_is_not_waited_for(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    with Line(gateway) as line:
        line.send(ALIVE)
        assert line.hear().status == 200
        line.send(b"GET /healthz HTTP/1.1\r\nHo")
        refused(line.hear(), 408)
        assert line.is_over()


@pytest.mark.parametrize("begin", [b"", b"\r\n"])
def test_who_says_nothing_is_let_go(
    begin: bytes, new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.server.KEEP_ALIVE_SECONDS", 0.3)
    with Line(new_gateway()) as line:
        line.send(begin)
        assert line.is_over()


def test_a_gateway_that_stops_waits_for_nobody_who_is_idle(
    new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "LINGER_SECONDS", 60)
    gateway = new_gateway()
    with Line(gateway) as line:
        line.send(ALIVE)
        assert line.hear().status == 200
        gateway.stop()
        assert not gateway.is_running()
        assert line.is_over()


@pytest.mark.parametrize("version", ["1.2", "1.9"])
def test_a_later_minor_version_is_served_as_ours(version: str, gateway: Gateway) -> None:
    """RFC 9110, 2.5."""
    with Line(gateway) as line:
        for _ in range(2):
            line.send(head("GET /healthz").replace(b"HTTP/1.1", f"HTTP/{version}".encode()))
            assert line.hear().status == 200


PAGE = "Origin: https://app.example"
ASKING = "Access-Control-Request-Method: GET"


@pytest.mark.parametrize("length", [9000, 60_000, 100_000])
@pytest.mark.parametrize("start", ["/healthz?q=", "/"])
def test_a_page_is_let_ask_and_then_told_that_its_address_is_too_long(
    start: str, length: int, gateway: Gateway
) -> None:
    address = start + "a" * length
    with Line(gateway) as line:
        line.send(head(f"OPTIONS {address}", PAGE, ASKING))
        preflight = line.hear()
        assert preflight.status == 200
        assert preflight.headers["access-control-allow-origin"] == "*"
        line.send(head(f"GET {address}", PAGE))
        answer = line.hear()
        refused(answer, 414)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert line.is_over()


def test_a_head_of_many_pieces_is_read_to_its_origin(gateway: Gateway) -> None:
    """A network's packets, of which none holds both the address and the origin."""
    whole = head("GET /" + "a" * 60_000, PAGE)
    with Line(gateway) as line:
        line.send(whole[:9000])
        line.send(whole[9000:50_000])
        line.send(whole[50_000:-20])
        line.send(whole[-20:])
        answer = line.hear()
        refused(answer, 414)
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("headers", [(), (PAGE,), (ASKING,)], ids=repr)
def test_only_a_preflight_may_have_an_address_that_is_too_long(
    headers: tuple[str, ...], gateway: Gateway
) -> None:
    with Line(gateway) as line:
        line.send(head("OPTIONS /" + "a" * 9000, *headers))
        refused(line.hear(), 414)


@pytest.mark.parametrize("target", ["/api/search/khatmas/?q=قرآن", "/ختمة", "/café"])
def test_letters_beyond_ascii_are_asked_for_in_percents(target: str, gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(f"GET {target} HTTP/1.1\r\nHost: sakina.example\r\n\r\n".encode())
        assert "percent-encode" in refused(line.hear(), 400)["detail"]


def test_who_says_no_more_gets_every_answer_that_they_asked_for(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    """Half-closed, as by `printf … | nc -N`: RFC 9112, 9.6 lets either side end its own first."""
    peers["notify"].answers["activity"] = lambda _: {
        "events": [],
        "next": 0,
        "previous": 0,
        "more": False,
        "recorded": 0,
    }
    asked = head("GET /api/activity/", f"Authorization: Bearer {mint.token()}")
    with Line(gateway) as line:
        line.send(asked + asked)
        line.say_no_more()
        assert [line.hear().status, line.hear().status] == [200, 200]
        assert line.is_over()


def test_half_of_a_request_has_no_answer_when_nothing_more_is_said(gateway: Gateway) -> None:
    for half in (head("POST /api/login/", "Content-Length: 9") + b"{", b"GET /heal"):
        with Line(gateway) as line:
            line.send(half)
            line.say_no_more()
            assert line.is_over()
