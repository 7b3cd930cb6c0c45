import re
import secrets
from functools import partial

import pytest

from contracts.auth import methods
from contracts.refusals import Conflict, Invalid, KeyReused


def test_answers_the_account_and_announces_it(desk):
    email = desk.an_email()

    account = desk.register(email=email, fullname="ليلى حسن", gender="female", phone="+962 7")

    assert account == {
        "id": account["id"],
        "username": account["username"],
        "fullname": "ليلى حسن",
        "email": email,
        "gender": "female",
        "phone": "+962 7",
    }
    assert desk.announced(account["id"]) == [
        (
            "user_registered",
            {
                "username": account["username"],
                "fullname": "ليلى حسن",
                "timezone": "UTC",
                "day_starts_at": 0,
                "visibility": "companions",
                "version": 1,
            },
        )
    ]


def test_names_whoever_gives_no_username(desk):
    account = desk.register()

    assert re.fullmatch(r"reader-[a-z0-9]{6}", account["username"])
    assert account["fullname"] == ""
    assert account["gender"] is None
    assert account["phone"] is None


def test_a_random_username_that_is_taken_is_drawn_again(desk, monkeypatch):
    taken = desk.register()["username"]
    drawn = iter(taken.removeprefix("reader-") + "bbcc" + secrets.choice("23456789") + "x")
    monkeypatch.setattr("auth.usecases.accounts.secrets.choice", lambda _: next(drawn))

    assert desk.register()["username"] != taken


@pytest.mark.parametrize("variant", [str.upper, str.title, str])
def test_an_email_is_taken_whatever_its_case(desk, variant):
    email = desk.an_email()
    desk.register(email=email)

    with pytest.raises(Conflict) as refusal:
        desk.register(email=variant(email))
    assert email not in refusal.value.detail.lower()


def test_a_username_is_taken_whatever_its_case(desk):
    username = desk.a_username()
    desk.register(username=username)

    with pytest.raises(Conflict, match="username"):
        desk.register(username=username.upper())


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("PassWord1", "many people"),
        ("Some.Reader@Example.com", "e-mail"),
        ("SOME.READER", "e-mail"),
        ("layla-of-amman", "name"),
        ("layla hassan", "name"),
        ("LaylaHassan", "name"),
    ],
)
def test_refuses_passwords_that_are_guessed_first(desk, password, says):
    with pytest.raises(Invalid) as refusal:
        desk.register(
            email="some.reader@example.com",
            username="Layla-of-Amman",
            fullname="Layla Hassan",
            password=password,
        )
    assert says in refusal.value.errors["password"][0]


def test_of_many_at_once_with_one_email_exactly_one_registers(desk, at_once):
    email = desk.an_email()
    outcomes = at_once(*[partial(desk.register, email=email) for _ in range(8)])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 7 + ["dict"]


def test_of_many_at_once_with_one_username_exactly_one_registers(desk, at_once):
    username = desk.a_username()
    outcomes = at_once(*[partial(desk.register, username=username) for _ in range(8)])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 7 + ["dict"]


def test_a_repeated_command_answers_the_same_account(desk):
    body = {"email": desk.an_email(), "password": "a long enough secret"}
    command = secrets.token_hex(8)

    first = desk.ask(methods.REGISTER, key=command, **body)
    again = desk.ask(methods.REGISTER, key=command, **body)

    assert again == first
    assert len(desk.announced(first["id"])) == 1
    with pytest.raises(KeyReused):
        desk.ask(methods.REGISTER, key=command, fingerprint="another body", **body)


def test_the_password_is_stored_as_a_hash_alone(desk, postgres):
    account = desk.register(password="the only one of its kind")

    with postgres.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select account::text from auth.account where id = %s", [account["id"]])
        (row,) = cursor.fetchone()
    assert "$argon2id$" in row
    assert "the only one of its kind" not in row


def test_nothing_is_hashed_where_the_email_or_the_username_is_taken(desk, monkeypatch):
    taken = desk.register(username=desk.a_username())
    monkeypatch.setattr(desk.hasher, "hash", None)
    with pytest.raises(Conflict):
        desk.register(email=taken["email"])
    with pytest.raises(Conflict):
        desk.register(username=taken["username"].upper())


def test_nothing_is_hashed_for_a_registration_that_was_answered_before(desk, monkeypatch):
    body = {"email": desk.an_email(), "password": "a long enough secret"}
    first = desk.ask(methods.REGISTER, key=body["email"], fingerprint="one", **body)
    monkeypatch.setattr(desk.hasher, "hash", None)
    again = desk.ask(methods.REGISTER, key=body["email"], fingerprint="one", **body)
    assert again == first
    with pytest.raises(KeyReused):
        desk.ask(methods.REGISTER, key=body["email"], fingerprint="other", **body)


def test_an_email_that_is_taken_while_it_was_hashed_is_a_conflict(desk, monkeypatch):
    email = desk.an_email()
    hash_ = desk.hasher.hash

    def overtaken(password):
        monkeypatch.setattr(desk.hasher, "hash", hash_)
        desk.register(email=email)
        return hash_(password)

    monkeypatch.setattr(desk.hasher, "hash", overtaken)
    with pytest.raises(Conflict):
        desk.register(email=email)
