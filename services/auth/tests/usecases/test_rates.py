"""How often one origin may register, log in and change a password; successes count."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from auth.domain.rate import NO_LIMIT, Rate, Rates
from auth.usecases import retention
from contracts.auth import methods
from contracts.refusals import Conflict, TooMany, Unauthenticated

PASSWORD = "a long enough secret"


@pytest.fixture
def address(request):
    """An address that no other test comes from."""
    number = abs(hash(request.node.nodeid)) % 2**24
    return f"11.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def log_in(desk, email, address, rate, password=PASSWORD):
    desk.service.rates = Rates(signup=NO_LIMIT, login=Rate(rate))
    return desk.log_in(email, password, address)


def register(desk, address, rate, key=None, **body):
    desk.service.rates = Rates(signup=Rate(rate), login=NO_LIMIT)
    body = {"email": desk.an_email(), "password": PASSWORD, "address": address, **body}
    return desk.ask(methods.REGISTER, key=key, **body)


def test_logins_that_succeed_count(desk, address, move_clock):
    email = desk.register()["email"]
    move_clock(timedelta(0))
    for _ in range(6):
        log_in(desk, email, address, 6)
    with pytest.raises(TooMany) as refusal:
        log_in(desk, email, address, 6)
    assert refusal.value.retry_after == 10

    move_clock(timedelta(seconds=10))
    log_in(desk, email, address, 6)
    with pytest.raises(TooMany):
        log_in(desk, email, address, 6)
    move_clock(timedelta(seconds=70))
    for _ in range(6):
        log_in(desk, email, address, 6)


def test_being_refused_does_not_prolong_it(desk, address, move_clock):
    email = desk.register()["email"]
    move_clock(timedelta(0))
    log_in(desk, email, address, 1)
    for second in range(0, 60, 5):
        move_clock(timedelta(seconds=second))
        with pytest.raises(TooMany):
            log_in(desk, email, address, 1)
    move_clock(timedelta(seconds=60))
    log_in(desk, email, address, 1)


def test_no_limit_means_none(desk, address):
    email = desk.register()["email"]
    for _ in range(20):
        log_in(desk, email, address, 0)
    register(desk, address, 0)


def test_no_password_is_looked_at_for_whoever_asks_too_often(desk, address, monkeypatch):
    email = desk.register()["email"]
    log_in(desk, email, address, 1)
    monkeypatch.setattr(desk.hasher, "verify", None)
    with pytest.raises(TooMany):
        log_in(desk, email, address, 1)


def test_addresses_are_counted_apart_and_a_household_together(desk, address):
    email = desk.register()["email"]
    log_in(desk, email, address, 1)
    log_in(desk, email, f"{address.replace('11.', '12.', 1)}", 1)
    log_in(desk, email, "2001:db8:a:1::1", 1)
    with pytest.raises(TooMany):
        log_in(desk, email, "2001:db8:a:1::2", 1)
    log_in(desk, email, "2001:db8:a:2::1", 1)


def test_wrong_passwords_count_too(desk, address):
    email = desk.register()["email"]
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            log_in(desk, email, address, 2, "not the password")
    with pytest.raises(TooMany):
        log_in(desk, email, address, 2)


def test_logins_at_once_are_counted_one_after_the_other(desk, address, at_once):
    email = desk.register()["email"]
    outcomes = at_once(*[partial(log_in, desk, email, address, 5)] * 12)
    refused = [outcome for outcome in outcomes if isinstance(outcome, TooMany)]
    assert len(refused) == 7


def test_registrations_are_counted_apart_from_logins(desk, address, monkeypatch):
    email = desk.register()["email"]
    for _ in range(3):
        register(desk, address, 3)
    monkeypatch.setattr(desk.hasher, "hash", None)
    with pytest.raises(TooMany) as refusal:
        register(desk, address, 3)
    assert refusal.value.retry_after == 20
    log_in(desk, email, address, 3)


def test_asking_which_emails_are_taken_counts(desk, address):
    email = desk.register()["email"]
    for _ in range(2):
        with pytest.raises(Conflict):
            register(desk, address, 2, email=email)
    with pytest.raises(TooMany):
        register(desk, address, 2, email=email)


def test_a_registration_that_is_repeated_is_answered_and_not_counted(desk, address):
    email = desk.an_email()
    first = register(desk, address, 2, key=email, email=email)
    for _ in range(5):
        assert register(desk, address, 2, key=email, email=email) == first
    register(desk, address, 2)
    with pytest.raises(TooMany):
        register(desk, address, 2)


def test_who_registers_from_no_address_is_one_of_us(desk):
    for _ in range(3):
        register(desk, "", 1)


def test_changing_the_password_counts_for_the_account(desk):
    person = desk.newcomer()
    other = desk.another_session(person)
    secrets = [PASSWORD, "an unheard-of secret", "another unheard-of secret", "a fourth secret"]

    def change(turn):
        old, new = secrets[turn : turn + 2]
        by = (person, other)[turn % 2].actor
        desk.ask(methods.CHANGE_PASSWORD, by=by, old_password=old, new_password=new)

    desk.service.rates = Rates(signup=NO_LIMIT, login=Rate(2))
    change(0)
    change(1)
    with pytest.raises(TooMany):
        change(2)


def test_what_is_whole_again_is_forgotten(desk, address, move_clock):
    email = desk.register()["email"]

    def kept():
        found = text("select count(*) from allowance where origin = :origin")
        return desk.db.reader.ask(found, origin=address)[0][0]

    move_clock(timedelta(0))
    log_in(desk, email, address, 6)
    log_in(desk, email, address, 6)
    move_clock(timedelta(seconds=15))
    retention.sweep(desk.db, access=desk.service.access)
    assert kept() == 1
    move_clock(timedelta(seconds=25))
    retention.sweep(desk.db, access=desk.service.access)
    assert kept() == 0
