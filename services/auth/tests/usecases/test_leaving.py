import secrets
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from auth.usecases import retention
from chassis.data import outbox
from contracts.auth import methods
from contracts.refusals import NotFound, Unauthenticated


def leave(desk, person, command=None):
    return desk.ask(methods.DELETE_ME, by=person.actor, key=command)


def test_says_so_and_ends_every_session(desk):
    person = desk.newcomer()
    other = desk.another_session(person)
    leave(desk, person)

    (ended,) = desk.ended(person.id)
    assert ended["sid"] is None
    for session in (person, other):
        assert desk.claims(session.tokens)["iat"] <= ended["before"]
        with pytest.raises(Unauthenticated):
            desk.ask(methods.REFRESH, refresh=session.tokens["refresh"])
    assert desk.announced(person.id)[1:] == [
        ("user_deleted", {}),
        ("session_ended", {"sid": None, "before": ended["before"]}),
    ]


def test_nothing_of_the_account_is_left_but_its_id(desk, postgres):
    email = f"{secrets.token_hex(8)}@example.com"
    person = desk.newcomer(email=email, fullname="Somebody Unforgettable", phone="555 1234567")
    leave(desk, person)

    with postgres.connect() as connection, connection.cursor() as cursor:
        for table in ("account", "tombstone", "session", "refresh_token", "ended_session"):
            cursor.execute(f"select t::text from auth.{table} t")
            rows = " ".join(row[0] for row in cursor.fetchall())
            for trace in (email, "Unforgettable", "1234567"):
                assert trace not in rows, table
        cursor.execute("select count(*) from auth.tombstone where id = %s", [person.id])
        assert cursor.fetchone() == (1,)


def test_what_registering_answered_is_not_answered_again(desk):
    body = {"email": desk.an_email(), "password": "a long enough secret"}
    first = desk.ask(methods.REGISTER, key="mine", **body)
    assert desk.ask(methods.REGISTER, key="mine", **body) == first
    tokens = desk.log_in(first["email"])
    desk.ask(methods.DELETE_ME, by=desk.actor(tokens))

    assert desk.ask(methods.REGISTER, key="mine", **body)["id"] != first["id"]


def test_the_account_is_gone_for_good(desk):
    person = desk.newcomer()
    leave(desk, person)

    with pytest.raises(Unauthenticated):
        desk.log_in(person.email)
    for method in (methods.ME, methods.DELETE_ME):
        with pytest.raises(NotFound):
            desk.ask(method, by=person.actor)
    with pytest.raises(NotFound):
        desk.ask(methods.UPDATE_ME, by=person.actor, fullname="back again")
    assert desk.ask(methods.FIND_BY_EMAIL, email=person.email) == {"id": None}


def test_email_and_username_are_free_again_for_another_id(desk):
    person = desk.newcomer(username=desk.a_username())
    leave(desk, person)

    again = desk.register(email=person.email, username=person.actor.username)
    assert again["id"] > person.id
    assert desk.ask(methods.ME, by=desk.actor(desk.log_in(person.email)))["id"] == again["id"]


def test_a_repeated_command_is_answered_as_the_first(desk):
    person = desk.newcomer()
    command = secrets.token_hex(8)
    assert leave(desk, person, command) == leave(desk, person, command)
    assert [kind for kind, _ in desk.announced(person.id)].count("user_deleted") == 1


def test_an_invitation_finds_whom_it_means_whatever_the_case(desk):
    person = desk.newcomer()
    for email in (person.email, person.email.upper()):
        assert desk.ask(methods.FIND_BY_EMAIL, email=email) == {"id": person.id}


def test_a_login_that_commits_just_before_is_ended_too(desk, at_once):
    for _ in range(5):
        person = desk.newcomer()
        begun, _ = at_once(partial(desk.log_in, person.email), partial(leave, desk, person))
        (ended,) = desk.ended(person.id)
        if isinstance(begun, dict):
            assert desk.claims(begun)["iat"] <= ended["before"]
            with pytest.raises(Unauthenticated):
                desk.ask(methods.REFRESH, refresh=begun["refresh"])
        else:
            assert isinstance(begun, Unauthenticated)


def test_a_token_made_while_the_account_goes_is_older_than_its_end(desk, move_clock):
    person = desk.newcomer()
    leave(desk, person)
    later = move_clock(timedelta(seconds=3))
    assert desk.ended(person.id)[0]["before"] > later.timestamp()


def outbox_of(desk, user):
    found = text(
        "select data from outbox where subject = :subject "
        "union all select data from published where subject = :subject"
    )
    return " ".join(row.data for row in desk.db.reader.ask(found, subject=f"user/{user}"))


@pytest.fixture
def publish(desk):
    """Publish what there is about somebody, as the relay does once the broker has confirmed."""

    def publish(user):
        rows = outbox.unpublished(desk.db.reader, 1000)
        ours = [row.id for row in rows if row.subject == f"user/{user}"]
        outbox.mark_published(desk.db.reader, ours)

    return publish


def test_a_name_leaves_the_outbox_with_its_person(desk, publish):
    person, bystander = desk.newcomer(fullname="Unforgettable"), desk.newcomer(fullname="Staying")
    desk.ask(methods.UPDATE_ME, by=person.actor, fullname="Unforgotten")
    for each in (person, bystander):
        publish(each.id)
    leave(desk, person)
    assert "Unforg" not in outbox_of(desk, person.id)
    assert [kind for kind, _ in desk.announced(person.id)] == ["user_deleted", "session_ended"]
    assert "Staying" in outbox_of(desk, bystander.id)


def test_a_name_that_was_on_its_way_is_swept(desk, publish):
    person, bystander = desk.newcomer(fullname="Unforgettable"), desk.newcomer(fullname="Staying")
    leave(desk, person)
    retention.sweep(desk.db, access=desk.service.access)
    assert "Unforgettable" in outbox_of(desk, person.id), "nobody has been told yet"
    for each in (person, bystander):
        publish(each.id)
    retention.sweep(desk.db, access=desk.service.access)
    assert "Unforgettable" not in outbox_of(desk, person.id)
    left = text("select type from published where subject = :subject order by sequence")
    assert [row.type for row in desk.db.reader.ask(left, subject=f"user/{person.id}")] == [
        "auth.user_deleted.v1",
        "auth.session_ended.v1",
    ]
    assert "Staying" in outbox_of(desk, bystander.id)
