"""The same person, though their keyboard writes an e-mail or a password in another way."""

import secrets

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from contracts.auth import methods
from contracts.refusals import Conflict, Forbidden, Invalid, Unauthenticated

SPACES = "\u00a0\u1680\u2000\u2003\u200a\u202f\u205f\u3000"
OLD = PasswordHasher(memory_cost=64, time_cost=1, parallelism=1)


@pytest.fixture
def from_before(db):
    """Make an account as releases before this one did: any address, a hash of NFC alone."""

    def make(email, password="a long enough secret", key=None):
        with db.transaction() as tx:
            (row,) = tx.ask(
                text(
                    """
                    insert into account (
                        email, email_key, username, username_key, fullname, password_hash,
                        joined_at
                    )
                    values (:email, :key, :name, :name, '', :hash, now())
                    returning id
                    """
                ),
                email=email,
                key=key or email.casefold(),
                name=f"u{secrets.token_hex(6)}",
                hash=OLD.hash(password),
            )
        return row.id

    return make


def hash_of(db, user):
    (row,) = db.reader.ask(text("select password_hash from account where id = :id"), id=user)
    return row.password_hash


@pytest.mark.parametrize("space", SPACES)
def test_a_password_is_the_same_with_every_space(desk, space):
    account = desk.register(password=f"quiet{space}river 29")
    for typed in ("quiet river 29", f"quiet{space}river{space}29"):
        assert desk.log_in(account["email"], typed)["user"]["id"] == account["id"]


def test_an_old_password_is_the_same_with_every_space(desk):
    person = desk.newcomer(password="quiet river 29")
    body = {"old_password": "quiet\u00a0river\u202f29", "new_password": "loud\u3000ocean 31"}
    desk.ask(methods.CHANGE_PASSWORD, by=person.actor, **body)
    assert desk.log_in(person.email, "loud ocean 31")


def test_whoever_chose_another_space_before_still_gets_in_and_then_with_each(desk, db, from_before):
    email = desk.an_email()
    user = from_before(email, "quiet\u00a0river 29")
    kept = hash_of(db, user)

    with pytest.raises(Unauthenticated):
        desk.log_in(email, "quiet\u2003river 29")
    assert desk.log_in(email, "quiet\u00a0river 29")["user"]["id"] == user
    made_anew = hash_of(db, user)
    assert made_anew != kept
    for typed in ("quiet river 29", "quiet\u2003river 29", "quiet\u00a0river 29"):
        assert desk.log_in(email, typed)["user"]["id"] == user
    assert hash_of(db, user) == made_anew


@pytest.mark.parametrize(
    "password",
    [
        "        ",
        "\u3164" * 8,
        "\u200b" * 8,
        "❤️ quiet",
        "quiet\u200briver",
        "\ue000" * 8,
        "1234567",
    ],
)
def test_a_password_that_nobody_could_choose_today_still_opens(desk, from_before, password):
    email = desk.an_email()
    user = from_before(email, password)
    tokens = desk.log_in(email, password)
    assert tokens["user"]["id"] == user
    change = {"old_password": password, "new_password": "quiet-river-29"}
    desk.ask(methods.CHANGE_PASSWORD, by=desk.actor(tokens), **change)
    assert desk.log_in(email, "quiet-river-29")


def test_an_old_password_with_another_space_is_proof_of_its_owner(desk, from_before):
    email = desk.an_email()
    from_before(email, "quiet\u00a0river 29")
    actor = desk.actor(desk.log_in(email, "quiet\u00a0river 29"))
    change = {"old_password": "wrong\u00a0river 29", "new_password": "loud ocean 31"}
    with pytest.raises(Forbidden):
        desk.ask(methods.CHANGE_PASSWORD, by=actor, **change)
    change["old_password"] = "quiet\u00a0river 29"
    desk.ask(methods.CHANGE_PASSWORD, by=actor, **change)


@pytest.mark.parametrize(
    "password",
    [
        " " * 8,
        "\u00a0" * 8,
        "a       ",
        "\u2800" * 8,
        "\u3164" * 8,
        "quiet\u200briver",
        "\ue000" * 8,
    ],
)
def test_what_nobody_sees_is_no_new_password(desk, password):
    person = desk.newcomer()
    with pytest.raises(Exception, match=r"visible|The password") as refused:
        desk.register(password=password)
    change = {"old_password": "a long enough secret", "new_password": password}
    with pytest.raises(type(refused.value)) as refused_too:
        desk.ask(methods.CHANGE_PASSWORD, by=person.actor, **change)
    if isinstance(refused.value, Invalid):
        assert list(refused.value.errors) == ["password"]
        assert list(refused_too.value.errors) == ["new_password"]


@pytest.mark.parametrize("space", " \u00a0\u202f\u3000")
def test_spaces_around_an_email_are_no_part_of_it(desk, space):
    email = desk.an_email()
    account = desk.register(email=f"{space}{email}{space}")
    assert account["email"] == email
    for typed in (email, f"{email}{space}", f"{space}{email.upper()}"):
        assert desk.log_in(typed)["user"]["id"] == account["id"]
        with pytest.raises(Conflict):
            desk.register(email=typed)
        found = desk.ask(methods.FIND_BY_EMAIL, email=typed)
        assert found == {"id": account["id"]}


def test_an_international_domain_is_one_account_however_it_is_written(desk):
    local = secrets.token_hex(6)
    account = desk.register(email=f"{local}@bücher.example")
    assert account["email"] == f"{local}@bücher.example"
    for typed in (
        f"{local}@BÜCHER.example",
        f"{local}@xn--bcher-kva.example",
        f"{local}@bu\u0308cher.example",
    ):
        assert desk.log_in(typed)["user"]["id"] == account["id"]
        with pytest.raises(Conflict):
            desk.register(email=typed)
        assert desk.ask(methods.FIND_BY_EMAIL, email=typed) == {"id": account["id"]}


def test_failures_are_counted_for_the_account_however_its_email_is_written(desk):
    local = secrets.token_hex(6)
    desk.register(email=f"{local}@bücher.example")
    written = [
        f"{local}@bücher.example",
        f" {local}@BÜCHER.example",
        f"{local}@xn--bcher-kva.example",
    ]
    for typed in (written * 4)[:10]:
        with pytest.raises(Unauthenticated):
            desk.log_in(typed, "wrong", address="198.51.100.77")
    with pytest.raises(Exception, match="Too many"):
        desk.log_in(written[0], address="198.51.100.77")


@pytest.mark.parametrize(
    "odd",
    [
        "\u200b{}@example.com",
        "{}\u3164@example.com",
        ".{}@example.com",
        "{}..x.@example.com",
        "{}@-example-.com",
        "{}@xn--a.example",
        "{}@xn--bcher-kva.example",
        "STRASSE{}ß@Example.com",
        "{}@192.0.2.1",
        "{}@sakina.local",
    ],
)
def test_an_account_with_an_odd_address_from_before_still_gets_in(desk, from_before, odd):
    email = odd.format(secrets.token_hex(6))
    user = from_before(email)
    for typed in (email, f"  {email} ", email.upper()):
        assert desk.log_in(typed)["user"]["id"] == user


def test_an_account_from_before_keeps_its_international_address_to_itself(desk, from_before):
    local = secrets.token_hex(6)
    user = from_before(f"{local}@xn--bcher-kva.example")
    assert desk.log_in(f"{local}@bücher.example")["user"]["id"] == user
    with pytest.raises(Conflict):
        desk.register(email=f"{local}@bücher.example")


def test_a_phone_is_kept_in_ascii_digits(desk):
    assert desk.register(phone="\u202a+٩٦٢ ٧٩ ۱۲۳\u202c")["phone"] == "+962 79 123"
