"""Traefik: what it refuses, what it limits, and whom it believes; by the published port."""

import re
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from load import Reader
from stack import DEPLOY, Stack, docker, until

LOGIN = "/api/login/"


def answer(stack: Stack, request: bytes, patience: float = 30) -> bytes:
    """Send bytes as they are, and return everything that comes until the connection ends."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=patience) as connection:
        connection.sendall(request)
        said = b""
        try:
            while more := connection.recv(65536):
                said += more
        except ConnectionResetError:
            pass
        return said


def get(stack: Stack, path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: sakina", "Connection: close", *headers]
    return answer(stack, ("\r\n".join(lines) + "\r\n\r\n").encode())


def post(stack: Stack) -> bytes:
    lines = [f"POST {LOGIN} HTTP/1.1", "Host: sakina", "Connection: close", "Content-Length: 1"]
    return answer(stack, ("\r\n".join(lines) + "\r\n\r\nx").encode())


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1])


def edge(stack: Stack, what: str) -> str:
    shown = f"{{{{(index .IPAM.Config 0).{what}}}}}"
    return docker("network", "inspect", "--format", shown, f"{stack.name}_edge")


def new_id() -> str:
    """Return an id of a khatma that nobody has: the log names it, as it names no other word."""
    return str(10**9 + secrets.randbelow(10**9))


def asked(stack: Stack, mark: str) -> list[dict[str, object]]:
    """Return the gateway's log lines of requests with `mark` in their path."""
    return [line for line in stack.lines("gateway") if mark in str(line.get("path", ""))]


@pytest.mark.parametrize(
    "code", ["%2f", "%2F", "%5c", "%5C", "%00", "%3b", "%25", "%3f", "%23", "\x00"]
)
def test_what_two_readers_may_read_differently_is_refused(stack: Stack, code: str) -> None:
    mark = new_id()
    assert status(get(stack, f"/api/khatmas/{mark}{code}1/")) == 400
    assert status(get(stack, f"/api/khatmas/{mark}/")) == 401
    seen = until(lambda: asked(stack, mark), "the plain one reaches the gateway")
    assert len(seen) == 1, "the other one does not"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("//healthz", 200),
        ("/docs//..//healthz", 200),
        ("/../healthz", 200),
        ("/healthz/", 200),
        ("//api/khatmas/", 401),
        ("/api//khatmas//", 401),
        ("/api/x/../khatmas", 401),
        ("/api/khatmas/%2e%2e/khatmas/", 401),
        ("/api/%6bhatmas/", 401),
        ("/api/khatmas/..", 404),
    ],
)
def test_an_address_means_what_it_means_without_traefik(
    stack: Stack, path: str, found: int
) -> None:
    assert status(get(stack, path)) == found
    asked_ = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    code = f"""
import socket
gateway = socket.create_connection(('127.0.0.1', 8000), 10)
gateway.sendall({asked_!r})
print(gateway.recv(65536).split()[1].decode())
"""
    assert int(stack.python(stack.ids("gateway")[0], code)) == found


@pytest.mark.parametrize("offer", ["h2c", "websocket", "TLS/1.0"])
def test_an_offer_to_upgrade_loses_no_body(stack: Stack, offer: str) -> None:
    """Nobody is logged in by this, and auth would not be asked at all without the body."""
    body = b'{"email": "nobody@example.com", "password": "quiet-river-29"}'
    head = (
        f"POST {LOGIN} HTTP/1.1\r\nHost: sakina\r\nContent-Type: application/json\r\n"
        f"Connection: close, Upgrade\r\nUpgrade: {offer}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    assert status(answer(stack, head.encode() + body)) == 401


@pytest.mark.parametrize(
    "path", ["/api/rawdata", "/api/version", "/api/http/routers", "/api/overview", "/debug/vars"]
)
def test_traefik_has_no_api_and_no_dashboard(http: httpx.Client, path: str) -> None:
    found = http.get(path)
    assert found.status_code == 404
    assert found.headers["content-type"] == "application/problem+json", "the gateway says so"


def test_the_dashboard_is_the_readers_own(http: httpx.Client) -> None:
    assert http.get("/dashboard/").headers["content-type"] == "application/problem+json"


def test_its_health_check_listens_inside_alone(stack: Stack, http: httpx.Client) -> None:
    assert http.get("/ping").status_code == 404
    (gateway,) = stack.ids("gateway")
    code = """
import socket
try:
    socket.create_connection(('traefik', 8082), 2)
except OSError as error:
    print('refused')
"""
    assert stack.python(gateway, code) == "refused"


@pytest.mark.parametrize("size", [65_537, 150_000, 262_144])
def test_a_big_body_is_refused_in_words(http: httpx.Client, size: int) -> None:
    said = http.post(LOGIN, content=b"x" * size, headers={"Content-Type": "application/json"})
    assert said.status_code == 413
    assert said.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_flood_does_not_reach_the_gateway(
    stack: Stack, http: httpx.Client, chunked: bool
) -> None:
    mark = f"/api/khatmas/{new_id()}/"
    chunk = b"x" * 65_536

    def chunks() -> Iterator[bytes]:
        for _ in range(32):
            yield chunk

    said = http.patch(mark, content=chunks() if chunked else chunk * 32)
    assert said.status_code == 413
    assert http.patch(mark, content=b"x").status_code == 401
    until(lambda: asked(stack, mark), "the small one reaches the gateway")
    assert len(asked(stack, mark)) == 1


def test_who_says_nothing_more_is_not_waited_for(stack: Stack) -> None:
    """In the middle of a body, of a head, and between two requests."""
    body = f"POST {LOGIN} HTTP/1.1\r\nHost: sakina\r\nContent-Length: 100\r\n\r\n{{"
    head = f"GET {LOGIN} HTTP/1.1\r\nHost: sakina\r\nX-Slow: "
    whole = "GET /healthz HTTP/1.1\r\nHost: sakina\r\n\r\n"
    with ThreadPoolExecutor(3) as pool:
        ends = pool.map(lambda said: answer(stack, said.encode(), 90), (body, head, whole))
    of_body, of_head, of_whole = ends
    assert status(of_body) >= 400
    assert of_head == b""
    assert status(of_whole) == 200


def test_a_head_that_is_too_long_is_refused(stack: Stack) -> None:
    assert status(get(stack, "/healthz", "X-Long: " + "x" * 60_000)) == 431


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /api/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
        b"POST /api/login/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_may_hide_a_second_request_is_refused(stack: Stack, request_: bytes) -> None:
    assert status(answer(stack, request_)) in (400, 501)


SPOOFED = [
    "X-Forwarded-For: 6.6.6.6",
    "X-Real-Ip: 6.6.6.6",
    "Forwarded: for=6.6.6.6;host=evil.example;proto=https",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Proto: https",
    "X_Forwarded_For: 6.6.6.6",
    "True-Client-Ip: 6.6.6.6",
]


def test_nobody_says_where_they_come_from(stack: Stack) -> None:
    mark = new_id()
    path = f"/api/khatmas/{mark}/"
    assert status(get(stack, path, *SPOOFED, f"X-Request-Id: {mark}")) == 401
    (seen,) = until(lambda: asked(stack, mark), "the gateway's log has it")
    # The host's own side of the network, which is where this test speaks from.
    host = edge(stack, "Gateway")
    assert seen["client"] == host
    logged = [line for line in stack.lines("traefik") if mark in str(line)]
    assert not any(f"/api/{mark}" in str(line) for line in logged), "paths may hold codes"
    assert [line["ClientHost"] for line in logged] == [host]
    assert "6.6.6.6" not in str(logged)


def elsewhere(stack: Stack, code: str) -> str:
    """Run `code` by the Python of a machine of its own on the outer network."""
    network = f"--network={stack.name}_edge"
    return docker("run", "--rm", network, "python:3.13-slim", "python", "-c", code)


def test_who_comes_from_elsewhere_is_told_apart(stack: Stack) -> None:
    """A machine of its own on the outer network, which says that it is another one."""
    mark = new_id()
    code = f"""
import socket, urllib.error, urllib.request
url, spoofed = 'http://traefik:8080/api/khatmas/{mark}/', {{'X-Forwarded-For': '6.6.6.6'}}
try:
    urllib.request.urlopen(urllib.request.Request(url, headers=spoofed))
except urllib.error.HTTPError as error:
    print(error.code, socket.gethostbyname(socket.gethostname()))
"""
    code_, own = elsewhere(stack, code).split()
    assert code_ == "401"
    (seen,) = until(lambda: asked(stack, mark), "the gateway's log has it")
    assert seen["client"] == own != edge(stack, "Gateway")


def test_links_are_made_from_the_setting_alone(stack: Stack, reader: Reader) -> None:
    with reader.client() as http:
        for turn in range(2):
            assert reader.log_session(http, f"{reader.name}-{turn}", 5).status_code == 201
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        page = http.get("/api/meditations/sessions/?page_size=1", headers=headers)
    assert page.json()["next"].startswith(f"{stack.url}/")


@pytest.mark.parametrize(
    "header", ["X-User-Id: 1", "X-User: admin", "nameko.actor: 1", "X-Actor: 1", "X_User_Id: 1"]
)
def test_headers_make_nobody_somebody(stack: Stack, header: str) -> None:
    assert status(get(stack, "/api/user/me/", header)) == 401


@pytest.fixture
def configured(stack: Stack) -> Iterator[Callable[..., None]]:
    """Run Traefik, and the gateway behind it, with other settings for one test."""

    def change(edit: Callable[[str], str] | None = None, **settings: str) -> None:
        stack.settings.update(settings)
        if edit:
            own = stack.folder / "traefik.yml"
            own.write_text(edit((DEPLOY / "traefik" / "traefik.yml").read_text()))
            stack.settings["SAKINA_TRAEFIK_CONFIG"] = str(own)
        stack.up("--no-deps", "gateway", "traefik")

    with stack.having():
        yield change
    stack.up("--no-deps", "gateway", "traefik")


def test_a_forwarded_for_of_a_named_proxy_counts(
    stack: Stack, configured: Callable[..., None]
) -> None:
    outer = edge(stack, "Subnet")

    def trusting(text: str) -> str:
        return text.replace("trustedIPs: []", f"trustedIPs: ['{outer}']")

    configured(trusting, SAKINA_PROXIES=outer, SAKINA_PROXIES_IN_FRONT="1")
    mark = new_id()
    get(stack, f"/api/khatmas/{mark}/", "X-Forwarded-For: 6.6.6.6, 203.0.113.9")
    (seen,) = until(lambda: asked(stack, mark), "the gateway's log has it")
    assert seen["client"] == "203.0.113.9", "the last one that no proxy of ours has"


def test_more_than_the_rate_is_told_to_wait(stack: Stack, configured: Callable[..., None]) -> None:
    configured(SAKINA_RATE="1", SAKINA_RATE_BURST="20")
    said = [get(stack, "/healthz") for _ in range(40)]
    codes = Counter(map(status, said))
    assert set(codes) == {200, 429}
    assert codes[429] >= 10
    refused = next(one for one in said if status(one) == 429)
    assert b"\r\nretry-after: " in refused.lower()


@pytest.mark.parametrize(
    "path", ["/api/login/", "/api/signup", "//api/accounts/register/", "/accounts/password/"]
)
def test_what_hashes_has_a_rate_of_its_own(
    stack: Stack, configured: Callable[..., None], path: str
) -> None:
    configured(SAKINA_AUTH_RATE="1")
    lines = [f"POST {path} HTTP/1.1", "Host: sakina", "Connection: close", "Content-Length: 2"]
    asked_ = ("\r\n".join(lines) + "\r\n\r\n{}").encode()
    said = [answer(stack, asked_) for _ in range(10)]
    assert Counter(map(status, said))[429] >= 5
    refused = next(one for one in said if status(one) == 429)
    assert b"\r\nretry-after: " in refused.lower()
    assert status(get(stack, path)) != 429, "reads are counted apart"
    for _ in range(10):
        refresh = f"POST /api/refresh/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines[-1]}"
        assert status(answer(stack, (refresh + "\r\n\r\n{}").encode())) == 400


@pytest.fixture
def counting(stack: Stack) -> Iterator[None]:
    """Have auth count two registrations and two logins a minute for each address."""
    with stack.having(SAKINA_SIGNUP_RATE="2", SAKINA_LOGIN_RATE="2"):
        stack.up("--no-deps", "auth")
        stack.wait_until_ready()
        yield
    stack.up("--no-deps", "auth")
    stack.wait_until_ready()


@pytest.mark.usefixtures("counting")
def test_registrations_and_logins_are_counted_for_each_address(
    stack: Stack, http: httpx.Client
) -> None:
    """Of the client's: all come to the gateway by Traefik's."""

    def ask(path: str, account: dict[str, str]) -> httpx.Response:
        spoofed = {"X-Forwarded-For": f"10.0.0.{secrets.randbelow(250)}"}
        return http.post(path, json=account, headers=spoofed)

    made = [account() for _ in range(4)]
    said = [ask("/api/signup/", one) for one in made[:3]]
    assert [one.status_code for one in said] == [201, 201, 429]
    assert int(said[-1].headers["retry-after"]) > 0
    assert said[-1].headers["content-type"] == "application/problem+json"
    entered = {name: made[0][name] for name in ("email", "password")}
    said = [ask("/api/login/", entered) for _ in range(3)]
    assert [one.status_code for one in said] == [200, 200, 429]
    assert int(said[-1].headers["retry-after"]) > 0

    code = f"""
import json, urllib.request
for path, body in (('signup', {made[3]!r}), ('login', {entered!r})):
    url, headers = f'http://traefik:8080/api/{{path}}/', {{'Content-Type': 'application/json'}}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    print(urllib.request.urlopen(request).status)
"""
    assert elsewhere(stack, code).split() == ["201", "200"]


def account() -> dict[str, str]:
    """Return somebody who has no account yet."""
    email = f"{secrets.token_hex(6)}@example.org"
    return {"email": email, "password": "quiet-river-29", "fullname": "Amina"}


def test_pretending_to_be_many_does_not_lift_the_rate(
    stack: Stack, configured: Callable[..., None]
) -> None:
    configured(SAKINA_RATE="1", SAKINA_RATE_BURST="5")
    codes = Counter(
        status(get(stack, "/healthz", f"X-Forwarded-For: 10.0.0.{n}", f"X-Real-Ip: 10.0.0.{n}"))
        for n in range(20)
    )
    assert codes[429] >= 10


def test_more_at_once_than_one_address_may_have_is_refused(
    stack: Stack, configured: Callable[..., None]
) -> None:
    configured(SAKINA_CROWD="3")
    lines = [f"POST {LOGIN} HTTP/1.1", "Host: x", "Content-Length: 9", "Expect: 100-continue"]
    with ExitStack() as waiting:
        for _ in range(3):
            connection = socket.create_connection(("127.0.0.1", stack.port), timeout=10)
            waiting.enter_context(connection)
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            assert status(connection.recv(100)) == 100, "it was let in, and waits for its body"
        assert status(post(stack)) == 429
        assert status(get(stack, "/healthz")) == 200, "reads are counted apart"
    until(lambda: status(post(stack)) == 400, "there is room again")


@contextmanager
def listening(stack: Stack, reader: Reader) -> Iterator[socket.socket]:
    """Open a stream of what happens to the reader."""
    lines = [
        "GET /api/activity/stream HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {reader.access}",
    ]
    with socket.create_connection(("127.0.0.1", stack.port), timeout=30) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert status(heard(connection, b"\nid: ")) == 200
        yield connection


def heard(connection: socket.socket, word: bytes) -> bytes:
    """Listen until `word` comes, and return all that came."""
    said = b""
    while word not in said:
        more = connection.recv(4096)
        assert more, f"it ended before {word!r}: {said!r}"
        said += more
    return said


def test_streams_are_told_at_once_and_take_no_room_from_requests(
    stack: Stack, configured: Callable[..., None], reader: Reader
) -> None:
    configured(SAKINA_CROWD="2", SAKINA_STREAMS="3")
    with ExitStack() as opened:
        *_, last = (opened.enter_context(listening(stack, reader)) for _ in range(3))
        assert status(get(stack, "/healthz")) == 200
        bearer = f"Authorization: Bearer {reader.access}"
        assert status(get(stack, "/api/activity/stream/", bearer)) == 429
        with reader.client() as http:
            assert reader.log_session(http, secrets.token_hex(8), 5).status_code == 201
        heard(last, b"event: practice.session_logged.v1")


def test_no_time_out_cuts_a_stream(
    stack: Stack, configured: Callable[..., None], reader: Reader
) -> None:
    """Every time-out that Traefik has for clients is a second here; a stream goes on."""

    def hurried(text: str) -> str:
        return re.sub(r"((read|write|idle)Timeout): [1-9]\w*", r"\1: 1s", text)

    configured(hurried)
    with listening(stack, reader) as stream:
        heard(stream, b"\n:\n")
        with reader.client() as http:
            assert reader.log_session(http, secrets.token_hex(8), 5).status_code == 201
        heard(stream, b"event: practice.session_logged.v1")


def test_tokens_are_in_no_log(stack: Stack, reader: Reader) -> None:
    with reader.client() as http:
        assert http.get("/api/user/me/").status_code == 200
    for service in ("traefik", "gateway", "auth"):
        assert reader.access not in stack.logs(service), service


@pytest.mark.parametrize("make", ["text", "by_value"])
def test_what_a_database_refuses_is_in_no_log(stack: Stack, make: str) -> None:
    """Its log names the error, not the statement: that holds what people wrote."""
    column = f"nothing_{make}"
    failing = f"""
from sqlalchemy import text
from chassis.data.database import Database
from chassis.data.statements import by_value
from chassis.process.settings import ServiceSettings
db = Database.connect(ServiceSettings().database_url)
db.reader.ask({make}('select cast(:word as text)'), word='a private word')
db.reader.ask({make}('select {column}, cast(:word as text)'), word='a private word')
"""
    with pytest.raises(AssertionError, match=f'column "{column}" does not exist'):
        stack.python(stack.ids("practice")[0], failing)
    log = stack.logs("postgres")
    assert f'column "{column}" does not exist' in log
    assert f"select {column}" not in log
    assert "a private word" not in log
