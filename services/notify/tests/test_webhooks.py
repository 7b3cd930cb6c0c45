"""Making, changing and removing one's own webhooks."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest
from delivering import URL
from pydantic import ValidationError

from chassis.process import clock
from contracts.auth.events import USER_DELETED
from contracts.notify import webhooks as methods
from contracts.preconditions import entity_tag
from contracts.refusals import Conflict, Invalid, NotFound, PreconditionFailed, Unauthenticated
from notify.outgoing import resolving
from notify.outgoing.posting import Poster

Ask = Callable[..., Any]
NewId = Callable[[], int]


def test_a_webhook_is_made_shown_and_listed_and_its_secret_is_told_once(
    ask: Ask, new_id: NewId, webhook: Any
) -> None:
    person = new_id()
    made = webhook(person, types=["khatma.#", "practice.session_logged"], description="Mine")
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made | {"id": 0, "created_at": "", "updated_at": ""} == {
        "id": 0,
        "url": URL,
        "types": ["khatma.#", "practice.session_logged"],
        "description": "Mine",
        "enabled": True,
        "disabled_reason": None,
        "disabled_at": None,
        "former_secret_until": None,
        "created_at": "",
        "updated_at": "",
    }
    other = webhook(person)
    assert secret != other.pop("secret")
    assert ask(methods.GET_WEBHOOK, by=person, id=made["id"]) == made
    assert ask(methods.LIST_WEBHOOKS, by=person) == [made, other]


def test_the_same_request_makes_one_and_tells_no_secret_again(
    ask: Ask, new_id: NewId, connection: Any
) -> None:
    person = new_id()
    made = ask(methods.CREATE_WEBHOOK, by=person, key=f"once-{person}", url=URL)
    with pytest.raises(Conflict, match=f"made the webhook {made['id']} before"):
        ask(methods.CREATE_WEBHOOK, by=person, key=f"once-{person}", url=URL)
    assert len(ask(methods.LIST_WEBHOOKS, by=person)) == 1
    with connection.cursor() as cursor:
        cursor.execute("select result from command where actor = %s", [person])
        assert all(made["secret"] not in row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https://layla:secret@example.com/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fd00:ec2::254]/",
        "http://0x7f.1/",
        "https://example.com:25/",
    ],
)
def test_an_address_to_which_nothing_may_be_sent_is_refused(
    ask: Ask, new_id: NewId, webhook: Any, url: str
) -> None:
    person = new_id()
    with pytest.raises(Invalid) as refused:
        webhook(person, url)
    assert list(refused.value.errors or ()) == ["url"]
    kept = webhook(person)
    with pytest.raises(Invalid):
        change(ask, person, kept, url=url)
    assert [each["url"] for each in ask(methods.LIST_WEBHOOKS, by=person)] == [URL]


def test_loopback_is_refused_unless_it_is_allowed(
    service: Any, new_id: NewId, webhook: Any
) -> None:
    service.poster = Poster(loopback=False)
    for url in (URL, "http://localhost:8000/", "http://api.localhost/", "http://[::1]/"):
        with pytest.raises(Invalid, match="url"):
            webhook(new_id(), url)


def test_a_name_that_leads_inside_or_nowhere_is_refused(
    new_id: NewId, webhook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"inside.example": ["8.8.8.8", "10.0.0.1"], "nowhere.example": []}

    def addresses(host: str) -> list[Any]:
        return [ip_address(text) for text in found[host]]

    monkeypatch.setattr(resolving, "_found", addresses)
    for host, said in (("inside.example", "public addresses"), ("nowhere.example", "DNS")):
        with pytest.raises(Invalid) as refused:
            webhook(new_id(), f"https://{host}/")
        assert said in (refused.value.errors or {})["url"][0]


def test_a_type_that_is_none_is_refused_by_name(ask: Ask, new_id: NewId, webhook: Any) -> None:
    for types in (["khatma.nothing"], ["auth.#"], ["notify.webhook_tested.v1"], ["(a+)+"]):
        with pytest.raises(Invalid) as refused:
            webhook(new_id(), types=types)
        assert "word 1 chooses none" in (refused.value.errors or {})["types"][0]
        assert "khatma.created.v1" in (refused.value.errors or {})["types"][0]


@pytest.mark.parametrize("text", ["\u202egnp.exe", "a\u2066b", "\u200b", "a\nb"])
def test_a_description_is_seen_and_turns_nothing_round(
    ask: Ask, new_id: NewId, webhook: Any, text: str
) -> None:
    person = new_id()
    made = webhook(person, description="")
    for refused in (
        lambda: webhook(person, description=text),
        lambda: change(ask, person, made, description=text),
    ):
        with pytest.raises((Invalid, ValidationError), match="description"):
            refused()
    assert change(ask, person, made, description="مكتبتي")["description"] == "مكتبتي"


def test_ten_are_as_many_as_one_may_have(ask: Ask, new_id: NewId, webhook: Any) -> None:
    person = new_id()
    made = [webhook(person) for _ in range(10)]
    with pytest.raises(Conflict, match="10 webhooks"):
        webhook(person)
    ask(methods.DELETE_WEBHOOK, by=person, id=made[3]["id"])
    webhook(person)
    webhook(new_id())


def change(ask: Ask, person: int, webhook: Any, precondition: Any = None, **said: Any) -> Any:
    return ask(
        methods.CHANGE_WEBHOOK, by=person, id=webhook["id"], change=said, precondition=precondition
    )


def test_what_is_named_is_changed_and_nothing_else(ask: Ask, new_id: NewId, webhook: Any) -> None:
    person = new_id()
    made = webhook(person, description="Mine")
    changed = change(ask, person, made, url=f"{URL}/new", types=["khatma.created.v1"])
    assert (changed["url"], changed["description"]) == (f"{URL}/new", "Mine")
    assert changed["types"] == ["khatma.created.v1"]
    assert changed["updated_at"] > made["updated_at"]
    assert change(ask, person, made) == changed
    assert ask(methods.GET_WEBHOOK, by=person, id=made["id"]) == changed


def test_its_owner_disables_and_enables_it(ask: Ask, new_id: NewId, webhook: Any) -> None:
    person = new_id()
    made = webhook(person)
    off = change(ask, person, made, enabled=False)
    assert (off["enabled"], off["disabled_reason"]) == (False, "owner")
    assert off["disabled_at"] == off["updated_at"]
    on = change(ask, person, made, enabled=True)
    assert (on["enabled"], on["disabled_reason"], on["disabled_at"]) == (True, None, None)


def test_a_change_or_deletion_holds_only_for_what_was_seen(
    ask: Ask, new_id: NewId, webhook: Any
) -> None:
    import orjson

    person = new_id()
    made = webhook(person)
    del made["secret"]
    stale = {"if_match": [entity_tag(orjson.dumps(made))]}
    change(ask, person, made, stale, description="Another")
    with pytest.raises(PreconditionFailed):
        change(ask, person, made, stale, description="A third")
    with pytest.raises(PreconditionFailed):
        ask(methods.DELETE_WEBHOOK, by=person, id=made["id"], precondition=stale)


def test_another_ones_is_not_there(ask: Ask, new_id: NewId, webhook: Any) -> None:
    made = webhook(new_id())
    other = new_id()
    one = {"by": other, "id": made["id"]}
    for refused in (
        lambda: ask(methods.GET_WEBHOOK, **one),
        lambda: change(ask, other, made, url=URL),
        lambda: ask(methods.DELETE_WEBHOOK, **one),
        lambda: ask(methods.ROTATE_SECRET, **one),
        lambda: ask(methods.TEST_WEBHOOK, **one),
        lambda: ask(methods.PAGE_DELIVERIES, **one),
        lambda: ask(methods.GET_DELIVERY, **one, delivery=1),
        lambda: ask(methods.REDELIVER, **one, delivery=1),
        lambda: ask(methods.REDELIVER_SINCE, **one, since=clock.now()),
    ):
        with pytest.raises(NotFound, match="no such webhook"):
            refused()
    assert ask(methods.LIST_WEBHOOKS, by=other) == []


def test_a_secret_is_rotated_and_the_one_before_signs_for_a_while(
    ask: Ask, new_id: NewId, webhook: Any
) -> None:
    person = new_id()
    made = webhook(person)
    rotated = ask(methods.ROTATE_SECRET, by=person, id=made["id"], overlap_hours=2)
    assert rotated["secret"] not in (made["secret"], None)
    shown = ask(methods.GET_WEBHOOK, by=person, id=made["id"])
    assert shown["former_secret_until"] == rotated["former_secret_until"]
    assert "secret" not in shown
    at_once = ask(methods.ROTATE_SECRET, by=person, id=made["id"], overlap_hours=0)
    assert at_once["former_secret_until"] is None


def test_five_secrets_sign_at_a_time_and_no_more(
    ask: Ask, new_id: NewId, webhook: Any, connection: Any
) -> None:
    person = new_id()
    one = {"by": person, "id": webhook(person)["id"]}
    told = [ask(methods.ROTATE_SECRET, **one, overlap_hours=hours) for hours in (9, 3, 7, 5)]
    before = ask(methods.GET_WEBHOOK, **one)
    # The one that ends first is named, and what can be done at once.
    first = told[1]["former_secret_until"]
    with pytest.raises(Conflict, match=f"{first[:10]}.*overlap_hours"):
        ask(methods.ROTATE_SECRET, **one, overlap_hours=1)
    assert ask(methods.GET_WEBHOOK, **one) == before
    assert ask(methods.ROTATE_SECRET, **one, overlap_hours=0)["former_secret_until"] is None
    assert ask(methods.ROTATE_SECRET, **one, overlap_hours=1)["former_secret_until"]


def test_nothing_is_left_of_one_who_is_gone(
    ask: Ask, hear: Any, new_id: NewId, webhook: Any, connection: Any
) -> None:
    person, other = new_id(), new_id()
    made, kept = webhook(person), webhook(other)
    ask(methods.TEST_WEBHOOK, by=person, id=made["id"])
    hear(USER_DELETED, person)
    with connection.cursor() as cursor:
        for table in ("webhook", "delivery", "delivery_line", "delivery_queue"):
            cursor.execute(f"select count(*) from {table} where person_id = %s", [person])
            assert cursor.fetchone() == (0,), table
    with pytest.raises(Unauthenticated):
        webhook(person)
    assert ask(methods.LIST_WEBHOOKS, by=person) == []
    assert [each["id"] for each in ask(methods.LIST_WEBHOOKS, by=other)] == [kept["id"]]
