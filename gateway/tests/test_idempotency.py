"""The command that a request becomes: the same one when it is repeated, never another's."""

from typing import Any

import httpx
import pytest
from peers import Mint, Peer

from contracts.auth import methods as auth
from contracts.refusals import Conflict, KeyReused
from gateway.idempotency import client_command

SESSIONS = "/api/meditations/sessions/"
BODY = {"meditation_type": "gratitude", "duration": 25}


def command_of(peer: Peer) -> dict[str, Any]:
    command: dict[str, Any] = peer.calls[-1][1]["command"]
    return command


def log(client: httpx.Client, key: str | None = "k", **changes: Any) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(SESSIONS, json=BODY | changes, headers=headers)


def test_a_repeated_request_is_the_same_command(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    log(client)
    first = command_of(peers["practice"])
    # The same by another way of writing: fields in another order, an alias of the path.
    client.post(
        SESSIONS.rstrip("/"),
        content=b'{ "duration":25,"meditation_type" : "gratitude"}',
        headers={"Idempotency-Key": "k", "Content-Type": "application/json"},
    )
    assert command_of(peers["practice"]) == first
    assert first["keep_seconds"] == 86_400
    assert len(first["id"]) <= 64


def test_another_body_has_another_fingerprint(client: httpx.Client, peers: dict[str, Peer]) -> None:
    log(client)
    first = command_of(peers["practice"])
    log(client, duration=26)
    second = command_of(peers["practice"])
    assert second["id"] == first["id"]
    assert second["fingerprint"] != first["fingerprint"]


def test_another_person_path_method_or_key_is_another_command(
    client: httpx.Client, mint: Mint, peers: dict[str, Peer]
) -> None:
    key = {"Idempotency-Key": "k"}
    other = {"Authorization": f"Bearer {mint.token(sub='8')}"} | key
    client.post(SESSIONS, json=BODY, headers=key)
    client.post(SESSIONS, json=BODY, headers=other)
    client.post(SESSIONS, json=BODY, headers={"Idempotency-Key": "K"})
    for number in (3, 4):
        client.put(f"{SESSIONS}{number}/", json={"duration": 2}, headers=key)
        client.patch(f"{SESSIONS}{number}/", json={"duration": 2}, headers=key)
    ids = {request["command"]["id"] for _, request, _ in peers["practice"].calls}
    assert len(ids) == 7


def test_without_a_key_each_request_is_its_own_command(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    log(client, key=None)
    first = command_of(peers["practice"])
    log(client, key=None)
    assert first["id"] != command_of(peers["practice"])["id"]
    assert (first["keep_seconds"], first["fingerprint"]) == (600, "")


def test_reading_is_no_command(client: httpx.Client, peers: dict[str, Peer]) -> None:
    client.get(SESSIONS, headers={"Idempotency-Key": "k"})
    assert command_of(peers["practice"]) is None


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ", "a\tb"])
def test_a_key_that_is_none_is_refused(
    key: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    answer = client.post(SESSIONS, json=BODY, headers={b"Idempotency-Key": key.encode()})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["Idempotency-Key"]
    assert not peers["practice"].calls


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/khatmas/3/links/", {}),
        ("/api/khatmas/3/intentions/", {"intention": []}),
        ("/api/login/", {"email": "a@b.co", "password": "secret"}),
    ],
)
def test_a_key_that_is_none_is_refused_where_it_is_ignored_too(
    path: str, body: Any, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    answer = client.post(path, json=body, headers={"Idempotency-Key": "x" * 300})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["Idempotency-Key"]
    assert not peers["khatma"].calls
    assert not peers["auth"].named("log_in")


def test_a_link_is_asked_for_once_for_each_key(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    until = "2026-03-09T12:00:00Z"
    made = {"id": 8, "code": "a-b_C", "expires_at": until, "uses_left": 30}
    peers["khatma"].answers["make_link"] = made
    commands = []
    for uses in (30, 30, 5):
        headers = {"Idempotency-Key": "k"}
        answer = client.post("/api/khatmas/3/links/", json={"max_uses": uses}, headers=headers)
        assert answer.status_code == 201
        commands.append(command_of(peers["khatma"]))
    assert commands[0] == commands[1]
    assert commands[2]["id"] == commands[0]["id"]
    assert commands[2]["fingerprint"] != commands[0]["fingerprint"]


def test_the_longest_key_is_one(client: httpx.Client) -> None:
    assert log(client, key="x" * 255).status_code == 201


@pytest.mark.parametrize(
    ("path", "body", "method"),
    [
        ("/api/login/", {"email": "a@b.co", "password": "secret"}, "log_in"),
        ("/api/refresh/", {"refresh": "secret"}, "refresh"),
        ("/api/accounts/logout/", {}, "log_out"),
        (
            "/api/accounts/password/",
            {"old_password": "secret", "new_password": "quiet-river-29"},
            "change_password",
        ),
    ],
)
def test_what_may_not_be_kept_ignores_the_key(
    path: str,
    body: dict[str, str],
    method: str,
    stranger: httpx.Client,
    mint: Mint,
    peers: dict[str, Peer],
) -> None:
    tokens = {"access": "a", "refresh": "r", "user": {"id": 1, "username": "u", "email": "e"}}
    peers["auth"].answers[method] = tokens | {"message": "Done."}
    ids = set()
    for _ in range(2):
        headers = {"Idempotency-Key": "x" * 255, "Authorization": f"Bearer {mint.token()}"}
        assert stranger.post(path, json=body, headers=headers).status_code == 200
        ids.add(command_of(peers["auth"])["id"])
    assert len(ids) == 2


def test_a_stranger_registers_once(stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["auth"].answers["register"] = {"id": 5, "username": "layla", "email": "l@e.co"}
    body = {"username": "layla", "email": "l@e.co", "password": "quiet-river-29"}
    commands = []
    for password in ("quiet-river-29", "quiet-river-29", "other-river-30"):
        answer = stranger.post(
            "/api/accounts/register/",
            json=body | {"password": password},
            headers={"Idempotency-Key": "k"},
        )
        assert answer.status_code == 201
        commands.append(command_of(peers["auth"]))
    assert commands[0] == commands[1]
    assert commands[2]["id"] == commands[0]["id"]
    assert commands[2]["fingerprint"] != commands[0]["fingerprint"]
    assert "river" not in str(commands)


def test_strangers_share_no_key(stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    """An app that calls it `signup-1` on every phone must not keep the second person out."""
    peers["auth"].answers["register"] = {"id": 5, "username": "layla", "email": "l@e.co"}
    commands = []
    for name in ("layla", "omar"):
        body = {"username": name, "email": f"{name}@e.co", "password": "quiet-river-29"}
        headers = {"Idempotency-Key": "signup-1"}
        stranger.post("/api/accounts/register/", json=body, headers=headers)
        commands.append(command_of(peers["auth"])["id"])
    assert commands[0] != commands[1]


@pytest.mark.parametrize(
    "again",
    [" User@BÜCHER.example", "user@xn--bcher-kva.example\u00a0", "USER@bu\u0308cher.example"],
)
def test_a_stranger_who_writes_their_email_in_another_way_is_the_same(
    stranger: httpx.Client, peers: dict[str, Peer], again: str
) -> None:
    commands = []
    for email in ("user@bücher.example", again):
        stranger.post(
            "/api/accounts/register/",
            json={"username": "layla", "email": email, "password": "quiet-river-29"},
            headers={"Idempotency-Key": "k"},
        )
        commands.append(command_of(peers["auth"]))
    assert commands[0] == commands[1]


@pytest.mark.parametrize(("refusal", "status"), [(KeyReused, 422), (Conflict, 409)])
def test_what_the_service_says_of_a_command_is_answered(
    refusal: Any, status: int, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    def refuse(_: Any) -> None:
        raise refusal("Not like this.")

    peers["practice"].answers["log_session"] = refuse
    assert log(client).status_code == status


def test_an_invitation_is_known_by_what_the_client_sent(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    """The account may appear between a request and its repetition: still the same request."""
    peers["khatma"].answers["invite"] = {"message": "Invited."}
    commands = []
    for member in (None, 9):
        peers["auth"].answers["find_by_email"] = {"id": member}
        client.post(
            "/api/khatmas/3/invite/",
            json={"email": "ali@example.com"},
            headers={"Idempotency-Key": "k"},
        )
        commands.append(command_of(peers["khatma"]))
    assert commands[0] == commands[1]


def test_a_fingerprint_is_nothing_to_whoever_does_not_know_the_secret() -> None:
    """It is stored beside the answer: without a key, a password in the body could be guessed."""
    body = auth.LogIn(email="layla@example.com", password="a long enough secret", address="")
    made = [client_command("k", "7", ("POST", "/x"), body, secret) for secret in (b"a", b"b")]
    assert made[0].id == made[1].id
    assert made[0].fingerprint != made[1].fingerprint
