"""Every way to be somebody that one is not, and every way to stay oneself."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from conftest import Gateway, eventually
from cryptography.hazmat.primitives import serialization
from peers import Mint, Peer

STATS = "/api/meditations/stats/"
REQUIRED = ["exp", "iat", "nbf", "iss", "aud", "sub", "jti", "sid"]


def ask(stranger: httpx.Client, token: str, scheme: str = "Bearer") -> httpx.Response:
    return stranger.get(STATS, headers={"Authorization": f"{scheme} {token}"})


def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def public_pem(mint: Mint) -> bytes:
    return (
        mint.private["k1"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def signed_with_hmac(mint: Mint, secret: bytes) -> str:
    """An HS256 token, made by hand: the library refuses to sign with a public key."""
    import hashlib
    import hmac

    head = {"alg": "HS256", "typ": "at+jwt", "kid": "k1"}
    signed = f"{encoded(head)}.{encoded(mint.claims())}"
    signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def of_a_stranger(mint: Mint) -> str:
    """Signed with the attacker's own key, under the name of one of ours."""
    other = Mint()
    return jwt.encode(mint.claims(), other.private["k1"], "ES256", {"kid": "k1", "typ": "at+jwt"})


def bringing(header: str) -> Callable[[Mint], str]:
    def make(mint: Mint) -> str:
        other = Mint()
        values = {"jwk": other.jwk("k1"), "x5c": ["MIIB"]}
        value = values.get(header, "http://127.0.0.1:9/keys")
        return mint.token(headers={header: value})

    return make


def tampered(mint: Mint) -> str:
    head, _, signature = mint.token().split(".")
    return f"{head}.{encoded(mint.claims(sub='1'))}.{signature}"


ATTACKS: dict[str, Callable[[Mint], str]] = {
    "no signature": lambda m: (
        f"{encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': 'k1'})}.{encoded(m.claims())}."
    ),
    "no algorithm, with the old signature": lambda m: (
        f"{encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': 'k1'})}.{m.token().partition('.')[2]}"
    ),
    "hmac with the public key": lambda m: signed_with_hmac(m, public_pem(m)),
    "hmac with the published jwk": lambda m: signed_with_hmac(m, json.dumps(m.jwk("k1")).encode()),
    "another's key": of_a_stranger,
    "tampered claims": tampered,
    "its own key by jku": bringing("jku"),
    "its own key by x5u": bringing("x5u"),
    "its own key in jwk": bringing("jwk"),
    "its own key in x5c": bringing("x5c"),
    "critical extension": bringing("crit"),
    "typ of an id token": lambda m: m.token(headers={"typ": "JWT"}),
    "no typ": lambda m: m.token(headers={"typ": None}),
    "no kid": lambda m: jwt.encode(m.claims(), m.private["k1"], "ES256", {"typ": "at+jwt"}),
    "expired": lambda m: m.token(exp=time.time() - 1),
    "not valid yet": lambda m: m.token(nbf=time.time() + 60),
    "issued in the future": lambda m: m.token(iat=time.time() + 60),
    "another issuer": lambda m: m.token(iss="elsewhere"),
    "another audience": lambda m: m.token(aud="elsewhere"),
    "nobody": lambda m: m.token(sub="nobody"),
    "id 0": lambda m: m.token(sub="0"),
    "id past the end": lambda m: m.token(sub=str(2**63)),
    "a session that is no text": lambda m: m.token(sid=7),
    "issued at no time": lambda m: m.token(iat=True),
    "a refresh token": lambda _: "qvcoBy8UOKBA932AxYFon6K5Qgac1dRgDMXHKhi_fZc",
    "empty parts": lambda _: "..",
    "not base64": lambda _: "%%%.%%%.%%%",
    "a header nested deeply": lambda _: (
        f"{base64.urlsafe_b64encode(b'[' * 2900).decode()}.e30.c2ln"
    ),
    # Good but for its length: no claim that is read is at fault.
    "longer than any of ours": lambda m: m.token(more="x" * 5000),
    **{f"without {claim}": (lambda m, claim=claim: m.token(**{claim: None})) for claim in REQUIRED},
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_that_is_not_good_is_nobody(
    attack: str, stranger: httpx.Client, mint: Mint, peers: dict[str, Peer]
) -> None:
    refused(ask(stranger, ATTACKS[attack](mint)))
    assert not peers["practice"].calls


def test_a_good_token_is_its_bearer_in_every_service(
    stranger: httpx.Client, mint: Mint, peers: dict[str, Peer]
) -> None:
    assert ask(stranger, mint.token(sid="abc"), scheme="bearer").status_code == 200
    (_, request, _) = peers["practice"].calls[0]
    assert request["actor"] == {
        "id": 7,
        "session": "abc",
        "username": "layla",
        "fullname": "ليلى حسن",
        "timezone": "Asia/Amman",
        "day_starts_at": 90,
        "version": 3,
        "visibility": "companions",
    }


def test_who_sees_one_s_figures_travels_from_the_token(
    stranger: httpx.Client, mint: Mint, peers: dict[str, Peer]
) -> None:
    assert ask(stranger, mint.token(visibility="nobody")).status_code == 200
    (_, request, _) = peers["practice"].calls[0]
    assert request["actor"]["visibility"] == "nobody"


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer", "Token abc", "Bearer é"])
def test_without_a_bearer_token_one_is_nobody(header: str, stranger: httpx.Client) -> None:
    refused(stranger.get(STATS, headers={b"Authorization": header.encode("latin-1")}))


def test_a_token_stops_when_it_expires_although_it_is_remembered(
    stranger: httpx.Client, mint: Mint
) -> None:
    token = mint.token(exp=time.time() + 4)
    assert ask(stranger, token).status_code == 200
    eventually(lambda: ask(stranger, token).status_code == 401)


def test_a_token_made_when_they_lived_longer_lives_no_longer_than_tokens_do_now(
    stranger: httpx.Client, mint: Mint
) -> None:
    day = time.time() + 86_400
    refused(ask(stranger, mint.token(iat=time.time() - 3601, exp=day)))
    assert ask(stranger, mint.token(iat=time.time() - 3540, exp=day)).status_code == 200


def test_unknown_keys_cost_one_fetch_however_many_come(
    new_gateway: Callable[..., Gateway], mint: Mint, peers: dict[str, Peer]
) -> None:
    gateway = new_gateway()
    other = Mint()
    for number in range(50):
        other.add(f"noise-{number}")
    assert ask(gateway.client, mint.token()).status_code == 200
    peers["auth"].calls.clear()
    for number in range(50):
        refused(ask(gateway.client, other.token(f"noise-{number}")))
    assert len(peers["auth"].named("signing_keys")) == 1


def test_a_new_key_is_good_at_once_and_the_old_one_still(
    new_gateway: Callable[..., Gateway], peers: dict[str, Peer]
) -> None:
    mint = Mint()
    peers["auth"].answers["signing_keys"] = mint.jwks
    gateway = new_gateway()
    before = mint.token()
    assert ask(gateway.client, before).status_code == 200
    mint.add("k2")
    assert ask(gateway.client, mint.token("k2")).status_code == 200
    assert ask(gateway.client, before).status_code == 200


def test_a_new_key_is_good_at_once_in_spite_of_noise(
    new_gateway: Callable[..., Gateway], peers: dict[str, Peer]
) -> None:
    mint, other = Mint(), Mint()
    other.add("noise")
    peers["auth"].answers["signing_keys"] = mint.jwks
    gateway = new_gateway()
    refused(ask(gateway.client, other.token("noise")))
    mint.add("k2")
    peers["auth"].answers["log_in"] = {
        "access": mint.token("k2"),
        "refresh": "r",
        "user": {"id": 7, "username": "layla", "email": "layla@example.com"},
    }
    credentials = {"email": "layla@example.com", "password": "quiet-river-29"}
    access = gateway.client.post("/api/login/", json=credentials).json()["access"]
    assert ask(gateway.client, access).status_code == 200


def test_a_withdrawn_key_is_no_longer_good(
    new_gateway: Callable[..., Gateway], peers: dict[str, Peer]
) -> None:
    mint = Mint()
    mint.add("k2")
    peers["auth"].answers["signing_keys"] = mint.jwks
    gateway = new_gateway()
    token = mint.token("k1")
    assert ask(gateway.client, token).status_code == 200
    mint.published.remove("k1")
    gateway.run(gateway.parts.keys.renew())
    refused(ask(gateway.client, token))
    assert ask(gateway.client, mint.token("k2")).status_code == 200


def test_a_new_key_is_no_lie_while_auth_cannot_be_asked(
    new_gateway: Callable[..., Gateway], mint: Mint, peers: dict[str, Peer]
) -> None:
    gateway = new_gateway()
    assert ask(gateway.client, mint.token()).status_code == 200
    mint.add("k-unheard")
    peers["auth"].answers["signing_keys"] = lambda _: b"nothing that can be understood"
    try:
        answer = ask(gateway.client, mint.token("k-unheard"))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
    finally:
        peers["auth"].answers["signing_keys"] = mint.jwks
    eventually(lambda: ask(gateway.client, mint.token("k-unheard")).status_code == 200)


def test_without_any_key_nobody_is_called_a_liar(
    new_gateway: Callable[..., Gateway], mint: Mint, peers: dict[str, Peer]
) -> None:
    peers["auth"].answers["signing_keys"] = {"keys": []}
    answer = ask(new_gateway().client, mint.token())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


def test_no_more_tokens_are_remembered_than_the_bound(
    gateway: Gateway, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may log in could fill the memory of every gateway."""
    monkeypatch.setattr("gateway.tokens.REMEMBERED", 3)
    for number in range(8):
        assert ask(gateway.client, mint.token(sid=f"one of many {number}")).status_code == 200
    remembered = gateway.parts.tokens._verified
    gone = len(remembered)
    assert ask(gateway.client, mint.token(sid="one more")).status_code == 200
    assert len(remembered) == gone
