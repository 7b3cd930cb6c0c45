from functools import partial

import pytest
from sqlalchemy import text

from auth.credentials.hashing import Argon2
from auth.credentials.tokens import digest
from chassis.data.connections import Died, Lent
from contracts.auth import methods
from contracts.refusals import Unauthenticated


def test_answers_who_it_is_and_tokens(desk):
    account = desk.register(username=desk.a_username(), fullname="ليلى حسن")
    answer = desk.log_in(account["email"])

    assert answer["user"] == {name: account[name] for name in ("id", "username", "email")}
    claims = desk.claims(answer)
    assert claims["sub"] == str(account["id"])
    assert claims["username"] == account["username"]
    assert claims["fullname"] == "ليلى حسن"
    assert (claims["timezone"], claims["day_starts_at"], claims["ver"]) == ("UTC", 0, 1)


def test_each_login_is_a_session_of_its_own(desk):
    email = desk.register()["email"]
    assert desk.claims(desk.log_in(email))["sid"] != desk.claims(desk.log_in(email))["sid"]


def test_the_email_is_read_without_regard_to_case(desk):
    account = desk.register()
    assert desk.log_in(account["email"].upper())["user"]["id"] == account["id"]


@pytest.mark.parametrize(
    "unknown",
    ["nobody@example.com", "no e-mail at all", "ليلى", "'; drop table x --"],
)
def test_a_wrong_password_and_an_unknown_email_are_answered_alike(desk, unknown):
    known = desk.register()["email"]
    with pytest.raises(Unauthenticated) as wrong:
        desk.log_in(known, "not the password")
    with pytest.raises(Unauthenticated) as nobody:
        desk.log_in(unknown)
    assert wrong.value.to_wire() == nobody.value.to_wire()


def test_a_wrong_password_and_an_unknown_email_cost_the_same_work(desk, monkeypatch):
    known = desk.register()["email"]
    parameters = []
    argon2 = desk.hasher._argon2

    class Watched:
        def verify(self, encoded, password):
            parameters.append(encoded.split("$")[1:4])
            return argon2.verify(encoded, password)

    monkeypatch.setattr(desk.hasher, "_argon2", Watched())
    for email in (known, desk.an_email()):
        with pytest.raises(Unauthenticated):
            desk.log_in(email, "not the password")
    assert parameters == [["argon2id", "v=19", "m=64,t=1,p=1"]] * 2


def test_the_password_of_nobody_opens_no_account(desk):
    with pytest.raises(Unauthenticated):
        desk.log_in(desk.an_email(), "the password of nobody")


def test_a_refresh_token_is_stored_as_a_digest_alone(desk, postgres):
    refresh = desk.newcomer().tokens["refresh"]

    with postgres.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select digest from auth.refresh_token")
        stored = [bytes(row[0]) for row in cursor.fetchall()]
    assert digest(refresh) in stored
    assert refresh.encode() not in stored


def hash_of(postgres, user):
    with postgres.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select password_hash from auth.account where id = %s", [user])
        return cursor.fetchone()[0]


def test_a_hash_with_old_parameters_is_made_anew_and_still_opens(desk, postgres):
    account = desk.register()
    before = hash_of(postgres, account["id"])
    desk.service.hasher = Argon2(memory_kib=128, passes=1)

    desk.log_in(account["email"])
    after = hash_of(postgres, account["id"])

    assert "m=64," in before
    assert "m=128," in after
    desk.log_in(account["email"])
    assert hash_of(postgres, account["id"]) == after


def test_a_login_succeeds_though_another_makes_the_hash_anew_first(desk, monkeypatch):
    account = desk.register()
    desk.service.hasher = Argon2(memory_kib=128, passes=1)
    verify = desk.hasher.verify

    def overtaken(*arguments):
        monkeypatch.setattr(desk.hasher, "verify", verify)
        verified = verify(*arguments)
        desk.log_in(account["email"])
        return verified

    monkeypatch.setattr(desk.hasher, "verify", overtaken)
    assert desk.log_in(account["email"])["user"]["id"] == account["id"]


def test_logins_at_once_that_make_the_hash_anew_all_succeed(desk, at_once):
    account = desk.register()
    desk.service.hasher = Argon2(memory_kib=128, passes=1)

    answers = at_once(*[partial(desk.log_in, account["email"]) for _ in range(6)])

    assert [answer["user"]["id"] for answer in answers] == [account["id"]] * 6


@pytest.mark.parametrize("at_the_most", [False, True])
def test_a_password_changed_while_it_was_verified_opens_nothing(desk, monkeypatch, at_the_most):
    if at_the_most:
        monkeypatch.setattr("auth.usecases.sessions.MOST_FOR_ONE", 1)
    person = desk.newcomer()
    verify = desk.hasher.verify

    def changed_after(*arguments):
        monkeypatch.setattr(desk.hasher, "verify", verify)
        verified = verify(*arguments)
        desk.ask(
            methods.CHANGE_PASSWORD,
            by=person.actor,
            old_password="a long enough secret",
            new_password="an unheard-of secret",
        )
        return verified

    monkeypatch.setattr(desk.hasher, "verify", changed_after)
    with pytest.raises(Unauthenticated):
        desk.log_in(person.email)


def test_a_login_whose_connection_dies_after_it_was_heard_is_one_session(desk, monkeypatch):
    account = desk.register()
    send = Lent.send

    def lost(lent, sayings, **words):
        rows = send(lent, sayings, **words)
        if "insert into session" in str(sayings[-1][0]):
            monkeypatch.setattr(Lent, "send", send)
            raise Died("the answer was lost")
        return rows

    monkeypatch.setattr(Lent, "send", lost)
    refresh = desk.log_in(account["email"])["refresh"]

    assert Lent.send is send
    begun = text("select count(*) from session where user_id = :user")
    assert desk.db.reader.ask(begun, user=account["id"])[0][0] == 1
    assert desk.ask(methods.REFRESH, refresh=refresh)["access"]


def test_the_transaction_is_not_open_while_hashing(desk, postgres, monkeypatch):
    account = desk.register()
    verify = desk.hasher.verify
    open_ones = []

    def look(*arguments):
        with postgres.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "select state from pg_stat_activity where usename = 'auth_app' and datname = %s "
                "and state <> 'idle'",
                [postgres.name],
            )
            open_ones.extend(cursor.fetchall())
        return verify(*arguments)

    monkeypatch.setattr(desk.hasher, "verify", look)
    desk.log_in(account["email"])
    assert open_ones == []
