from datetime import UTC, datetime, timedelta

import jwt
import pytest

from auth.credentials import keys, tokens
from auth.credentials.tokens import Signer
from auth.domain.account import Account

NOW = datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=UTC)
LAYLA = Account(
    id=2**53 + 1,
    email="layla@example.com",
    username="layla",
    fullname="ليلى حسن",
    gender="female",
    phone="+962 7",
    bio="",
    timezone="Asia/Amman",
    day_starts_at=90,
    visibility="companions",
    version=3,
    joined_at=NOW,
    password_hash="$argon2id$…",
)


@pytest.fixture
def key(tmp_path):
    keys.make(tmp_path)
    return keys.KeyFolder(tmp_path).newest


def test_the_header_names_key_type_and_algorithm_and_nothing_else(key):
    token = Signer(key, "me", "you", timedelta(minutes=10)).access(LAYLA, "s1", NOW)
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "kid": key.kid, "typ": "at+jwt"}


def test_the_claims_are_those_that_callers_need(key):
    token = Signer(key, "me", "you", timedelta(minutes=10)).access(LAYLA, "s1", NOW)
    claims = jwt.decode(
        token,
        key.private.public_key(),
        algorithms=["ES256"],
        issuer="me",
        audience="you",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    begin = 1772366400
    assert claims.pop("jti")
    assert claims == {
        "iss": "me",
        "aud": "you",
        "sub": "9007199254740993",
        "sid": "s1",
        "iat": begin,
        "nbf": begin,
        "exp": begin + 600,
        "username": "layla",
        "fullname": "ليلى حسن",
        "timezone": "Asia/Amman",
        "day_starts_at": 90,
        "visibility": "companions",
        "ver": 3,
    }


def test_no_two_tokens_are_alike(key):
    signer = Signer(key, "me", "you", timedelta(minutes=10))
    assert len({signer.access(LAYLA, "s1", NOW) for _ in range(20)}) == 20
    assert len({tokens.new_refresh() for _ in range(20)}) == 20
    assert len({tokens.new_sid() for _ in range(20)}) == 20


def test_a_refresh_token_has_256_bits_beside_the_name_of_its_family():
    token = tokens.new_refresh()
    family = tokens.family(token)
    assert token.startswith(family)
    assert len(jwt.utils.base64url_decode(token.removeprefix(family))) * 8 >= 256
    assert len(jwt.utils.base64url_decode(family)) * 8 >= 128


def test_a_family_keeps_its_name_and_every_token_has_a_secret_of_its_own():
    token = tokens.new_refresh()
    another = tokens.new_refresh(tokens.family(token))
    assert tokens.family(another) == tokens.family(token)
    assert another != token
    assert tokens.family(tokens.new_refresh()) != tokens.family(token)


def test_a_token_of_before_there_were_families_has_none():
    assert tokens.family("qvcoBy8UOKBA932AxYFon6K5Qgac1dRgDMXHKhi_fZc") is None
