from datetime import timedelta
from functools import partial

import pytest

from auth.domain import throttle
from contracts.auth import methods
from contracts.refusals import Forbidden, TooMany, Unauthenticated

MINUTES = 15 * 60


def fail(desk, email, address, times=1):
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            desk.log_in(email, "not the password", address)


@pytest.fixture
def address(request):
    """An address that no other test fails from."""
    number = abs(hash(request.node.nodeid)) % 2**24
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def test_the_eleventh_try_waits_even_with_the_password(desk, address):
    email = desk.register()["email"]
    fail(desk, email, address, 10)

    for password in ("not the password", "a long enough secret"):
        with pytest.raises(TooMany) as refusal:
            desk.log_in(email, password, address)
        assert 0 < refusal.value.retry_after <= MINUTES


def test_an_unknown_email_is_throttled_alike(desk, address):
    email = desk.an_email()
    fail(desk, email, address, 10)
    with pytest.raises(TooMany):
        desk.log_in(email, address=address)


def test_the_owner_is_not_locked_out_by_someone_elsewhere(desk, address):
    email = desk.register()["email"]
    fail(desk, email, address, 10)

    assert desk.log_in(email, address="198.51.100.4")["access"]


def test_case_and_neighbouring_addresses_are_no_way_round(desk):
    email = desk.register()["email"]
    for host in range(10):
        fail(desk, email if host % 2 else email.upper(), f"2001:db8:77:1::{host:x}")
    with pytest.raises(TooMany):
        desk.log_in(email, address="2001:db8:77:1:ffff::1")
    assert desk.log_in(email, address="2001:db8:77:2::1")["access"]


def test_successes_never_count(desk, address):
    email = desk.register()["email"]
    fail(desk, email, address, 9)
    for _ in range(12):
        desk.log_in(email, address=address)
    fail(desk, email, address)


def test_room_comes_back_as_failures_age(desk, address, move_clock):
    email = desk.register()["email"]
    fail(desk, email, address, 10)
    with pytest.raises(TooMany) as refusal:
        desk.log_in(email, address=address)

    move_clock(timedelta(seconds=refusal.value.retry_after + 1))
    assert desk.log_in(email, address=address)["access"]


def test_trying_while_throttled_does_not_prolong_it(desk, address, move_clock):
    email = desk.register()["email"]
    fail(desk, email, address, 10)
    move_clock(timedelta(minutes=14))
    for _ in range(12):
        with pytest.raises(TooMany):
            desk.log_in(email, address=address)
    move_clock(timedelta(minutes=15, seconds=30))
    assert desk.log_in(email, address=address)["access"]


def test_an_address_that_tries_many_accounts_waits(desk, address, monkeypatch):
    monkeypatch.setattr(throttle, "PER_ADDRESS", 12)
    for _ in range(12):
        fail(desk, desk.an_email(), address)
    email = desk.register()["email"]

    with pytest.raises(TooMany):
        desk.log_in(email, address=address)
    assert desk.log_in(email, address="198.51.100.4")["access"]


def test_an_address_has_a_hundred_failures():
    assert throttle.PER_ADDRESS == 100


def test_guesses_at_once_are_no_more_than_guesses_in_turn(desk, address, at_once):
    email = desk.register()["email"]
    guesses = at_once(*[partial(desk.log_in, email, "wrong word", address) for _ in range(18)])

    answered = sorted(type(guess).__name__ for guess in guesses)
    assert answered == ["TooMany"] * 8 + ["Unauthenticated"] * 10


def test_a_right_guess_comes_too_late_when_wrong_ones_overtake_it(desk, address, monkeypatch):
    email = desk.register()["email"]
    verify = desk.hasher.verify

    def overtaken(*arguments):
        monkeypatch.setattr(desk.hasher, "verify", verify)
        fail(desk, email, address, 10)
        return verify(*arguments)

    monkeypatch.setattr(desk.hasher, "verify", overtaken)
    with pytest.raises(TooMany):
        desk.log_in(email, address=address)


def test_no_work_is_done_for_whoever_is_throttled(desk, address, monkeypatch):
    email = desk.register()["email"]
    fail(desk, email, address, 10)
    monkeypatch.setattr(desk.hasher, "verify", None)
    with pytest.raises(TooMany):
        desk.log_in(email, address=address)


def test_the_old_password_is_guessed_ten_times_in_a_session_and_no_more(desk):
    person = desk.newcomer()
    change = partial(
        desk.ask,
        methods.CHANGE_PASSWORD,
        old_password="not it",
        new_password="an unheard-of secret",
    )
    for _ in range(10):
        with pytest.raises(Forbidden):
            change(by=person.actor)
    with pytest.raises(TooMany):
        change(by=person.actor)
    with pytest.raises(Forbidden):
        change(by=desk.another_session(person).actor)
