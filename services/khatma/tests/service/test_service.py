"""The running service, under its own roles and permissions, over the real broker."""

import pytest
from nameko.timer import Timer

from chassis.process.settings import ServiceSettings
from chassis.service.run import serving
from chassis.testing import made
from contracts.auth import events as auth
from contracts.khatma import methods
from contracts.khatma.events import DATA_ERASED
from contracts.rpc import METHODS
from khatma.service import KhatmaService

LAYLA, OMAR, SARA = 9_001, 9_002, 9_003


@pytest.fixture(scope="module")
def service(migrated, broker):
    settings = ServiceSettings(
        database_url=migrated.app_url("khatma"),
        broker_url=broker.url("khatma"),
        check_contracts=True,
        retry_seconds=(0.1, 0.2, 0.3),
    )
    with serving(KhatmaService, settings) as container:
        yield container


def group(gateway, creator=LAYLA):
    return gateway.result(
        methods.CREATE_KHATMA,
        creator,
        name="ختمة رمضان",
        khatma_type="group",
        target_days=30,
        is_public=True,
    )["id"]


def finish(number):
    return {"chapter_assigned": number, "is_completed": True}


def test_every_method_of_the_contract_is_answered(gateway):
    khatma = group(gateway)
    change = {"name": "أخرى"}
    report = {"chapter_assigned": 1, "is_completed": False}
    reading = gateway.result(methods.LOG_READING, LAYLA, id=khatma, report=report)["id"]
    bodies = {
        "list_khatmas": {},
        "get_khatma": {"id": khatma},
        "create_khatma": {"name": "ختمة", "khatma_type": "private", "target_days": 30},
        "change_khatma": {"id": khatma, "change": change},
        "members": {"id": khatma},
        "log_reading": {"id": khatma, "report": finish(1)},
        "join": {"id": khatma},
        "invite": {"id": khatma, "member": None},
        "search": {"q": "ختمة"},
        "set_intentions": {"id": khatma, "intention": ["شفاء"]},
        "intentions": {"id": khatma},
        "list_links": {"id": khatma},
        "get_reading": {"id": reading},
        "list_readings": {},
        "user_stats": {},
        "khatma_stats": {"id": khatma},
        "achievements": {},
        "stats_of": {"id": LAYLA},
        "achievements_of": {"id": LAYLA},
        "list_completed": {},
        "homepage": {},
        "dashboard": {},
        "page_khatmas": {"filter": "joinable"},
        "page_parts": {"id": khatma},
        "health": {},
        "delete_khatma": {"id": khatma},
    }
    for name, body in bodies.items():
        gateway.result(METHODS[f"khatma.{name}"], LAYLA, **body)
    ours = {method.name for method in METHODS.values() if method.service == "khatma"}
    second = group(gateway)
    link = gateway.result(methods.MAKE_LINK, LAYLA, id=second)
    for by_code in (methods.SHOW_BY_LINK, methods.JOIN_BY_LINK):
        gateway.result(by_code, OMAR, code=link["code"])
    gateway.result(methods.REVOKE_LINK, LAYLA, id=second, link=link["id"])
    by_link = {"make_link", "show_by_link", "join_by_link", "revoke_link"}
    assert ours == {*bodies, *by_link, "leave"}
    khatma = group(gateway)
    gateway.result(methods.JOIN, OMAR, id=khatma)
    gateway.result(methods.LEAVE, OMAR, id=khatma)


def test_the_sweep_comes_round(service):
    timers = [each for each in service.entrypoints if isinstance(each, Timer)]
    assert [each.method_name for each in timers] == ["sweep"]


def test_refusals_travel_with_their_code_and_field(gateway):
    khatma = group(gateway)
    hidden = gateway.result(
        methods.CREATE_KHATMA, LAYLA, name="ختمة", khatma_type="private", target_days=30
    )["id"]
    report = {"chapter_assigned": 1, "is_completed": True, "reading_date": "2099-01-01"}
    refusals = [
        gateway.refusal(methods.GET_KHATMA, OMAR, id=hidden),
        gateway.refusal(methods.DELETE_KHATMA, OMAR, id=khatma),
        gateway.refusal(methods.JOIN, LAYLA, id=khatma),
        gateway.refusal(methods.LOG_READING, LAYLA, id=khatma, report=report),
        gateway.refusal(methods.LIST_KHATMAS, LAYLA, filter="all"),
        gateway.refusal(methods.USER_STATS, None),
    ]
    assert [refusal["exc_type"] for refusal in refusals] == [
        "not_found",
        "forbidden",
        "conflict",
        "invalid",
        "invalid",
        "unauthenticated",
    ]
    assert set(refusals[3]["errors"]) == {"reading_date"}
    assert set(refusals[4]["errors"]) == {"filter"}


def test_a_write_is_announced_in_order_per_khatma(gateway, wire):
    khatma = group(gateway)
    gateway.result(methods.JOIN, OMAR, id=khatma)
    gateway.result(methods.LOG_READING, OMAR, id=khatma, report=finish(2))
    events = wire.history(f"khatma/{khatma}", 4)
    assert [event.type for event in events] == [
        "khatma.created.v1",
        "khatma.member_joined.v1",
        "khatma.parts_claimed.v1",
        "khatma.part_completed.v1",
    ]
    assert [event.sequence for event in events] == [1, 2, 3, 4]
    assert [event.actor for event in events] == [LAYLA, OMAR, OMAR, OMAR]
    assert events[3].data["other_members"] == [LAYLA]


def test_many_join_at_once_over_the_broker(gateway):
    khatma = group(gateway)
    people = range(20_000, 20_060)
    asked = [gateway.send(methods.JOIN, person, id=khatma) for person in people]
    replies = [gateway.reply(correlation) for correlation in asked]
    given = [reply["result"]["chapter_assigned"] for reply in replies if reply["result"]]
    refused = {reply["error"]["exc_type"] for reply in replies if reply["error"]}
    assert sorted(given) == list(range(2, 31))
    assert refused == {"conflict"}


def test_people_are_followed_from_registration_to_their_end(gateway, wire):
    def tell(kind, **data):
        wire.say(made(kind, SARA, **data))

    def creator():
        return gateway.result(methods.GET_KHATMA, OMAR, id=khatma)["creator"]

    khatma = group(gateway, SARA)
    about = {"username": "sara", "timezone": "Asia/Amman", "day_starts_at": 0}
    tell(auth.USER_REGISTERED, fullname="", version=1, **about)
    wire.until(lambda: creator() == {"id": SARA, "fullname": "sara"})
    tell(auth.USER_UPDATED, fullname="سارة", version=2, **about)
    wire.until(lambda: creator() == {"id": SARA, "fullname": "سارة"})
    tell(auth.USER_DELETED)
    erased = wire.hear(DATA_ERASED, SARA)
    assert wire.history(f"person/{SARA}", 0) == []
    assert erased.sequence == 1
    assert gateway.refusal(methods.GET_KHATMA, OMAR, id=khatma)["exc_type"] == "not_found"
    assert gateway.refusal(methods.JOIN, SARA, id=group(gateway))["exc_type"] == "unauthenticated"
