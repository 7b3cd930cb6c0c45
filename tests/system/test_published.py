"""What is really published is what /asyncapi.json lists, and all of it is.

The ear is at the broker, on the exchange that consumers outside follow, while people do everything
that the demo and both source documents do, and what these leave out.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import jsonschema
import pytest
from activity import Heard, Listener, listening
from people import Person, ok, unique, until
from test_demo import run_demo
from test_documents import DOCUMENTS, Telling, prepare

NewPerson = Callable[..., Person]
BY_OLDER_RELEASES = {"khatma.members_listed.v1", "khatma.member_invited.v1"}
"""Said of khatmas from before there was a record of activity, which no new system has; and by
releases of before alone."""


@pytest.fixture(scope="module")
def catalogue(http: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = ok(http.get("/asyncapi.json"))
    return document


@pytest.fixture(scope="module")
def listener(request: pytest.FixtureRequest, url: str) -> Iterator[Listener]:
    if "SAKINA_SYSTEM_URL" in os.environ:
        pytest.skip("only a broker that the tests started themselves lets them hear everything")
    request.getfixturevalue("system")
    with listening(request.getfixturevalue("broker").admin_url) as ear:
        yield ear


@pytest.fixture(scope="module")
def heard(
    listener: Listener,
    catalogue: dict[str, Any],
    http: httpx.Client,
    url: str,
    crowd: list[Person],
    newcomer: NewPerson,
) -> list[Heard]:
    """Everything that was published meanwhile, at least one of each type that is listed."""
    run_demo(url)
    for document in DOCUMENTS.values():
        telling = Telling(http, document["prefix"], True, unique("run"), crowd)
        for example in document["examples"]:
            prepare(telling, example)
            telling.note(example, telling.send(example))
    practise(newcomer())
    read_together(newcomer(), newcomer(), newcomer())
    come_and_go(newcomer())
    listed = on_the_broker(catalogue)
    # Of one that stays out, the first test tells the name.
    with suppress(AssertionError):
        until(lambda: listed - BY_OLDER_RELEASES <= listener.keys())
    return listener.heard


def practise(person: Person) -> None:
    """Lead the board, change one's mind, and begin anew."""
    board = ok(person.get("/api/meditations/leaderboard/"))["results"]
    most = board[0]["total_minutes"] if board else 0
    while most >= 0:
        minutes = min(most + 1, 1440)
        session = person.meditate(minutes)
        most -= minutes
    # Who leads is looked at now and then, and may not lead for long.
    person.told("leaderboard_top")
    path = f"/api/meditations/sessions/{session['id']}/"
    ok(person.patch(path, {"notes": "calm", "duration": session["duration"] - 1 or 1}))
    ok(person.patch(path, {"meditation_type": "gratitude"}))
    assert person.delete(path).status_code == 204
    person.meditate()
    assert person.delete("/api/meditations/sessions/").status_code == 204


def read_together(creator: Person, reader: Person, invited: Person) -> None:
    """A khatma with a past, which ends; and one of one's own, read to its end."""
    khatma = creator.new_khatma(is_public=True, parts_at_once=2)["id"]
    path = f"/api/khatmas/{khatma}"
    ok(creator.patch(f"{path}/", {"target_days": 29}))
    ok(creator.post(f"{path}/invite/", {"email": invited.email}), 202)
    invited.told("khatma_invitation")
    part = reader.join(khatma)
    ok(reader.post(f"{path}/sessions/", {"chapter_assigned": part, "is_completed": False}), 201)
    ok(reader.finish(khatma, part), 201)
    ok(reader.post(f"{path}/sessions/", {"chapter_assigned": part, "is_completed": False}), 201)
    ok(reader.delete(f"{path}/leave/"))
    ok(creator.patch("/api/notifications/mark-all-read/"))
    notice = creator.told("khatma_joined")[0]
    ok(creator.patch(f"/api/notifications/{notice['id']}/read/"))
    assert creator.delete(f"{path}/").status_code == 204
    own = creator.new_khatma(khatma_type="private", is_public=False)["id"]
    for chapter in range(1, 31):
        ok(creator.finish(own, chapter), 201)
    creator.told("achievement_earned")


def come_and_go(person: Person) -> None:
    """Be somebody else, log out, and leave for good."""
    ok(person.patch("/api/user/me/", {"fullname": "Another Name"}))
    ok(person.post("/api/accounts/logout/", {}))
    until(lambda: person.get("/api/user/me/").status_code == 401, "the end of a session")
    assert person.log_in().delete("/api/user/me/").status_code == 204


def on_the_broker(catalogue: dict[str, Any]) -> set[str]:
    """The routing keys of what the document says of the exchange."""
    channels = catalogue["channels"].values()
    return {each["address"] for each in channels if "amqp" in each.get("bindings", {})}


def judge(catalogue: dict[str, Any], key: str) -> jsonschema.Draft7Validator:
    """The schema of the message on the channel whose address is the routing key `key`."""
    (channel,) = [each for each in catalogue["channels"].values() if each["address"] == key]
    (reference,) = channel["messages"].values()
    message: Any = catalogue
    for step in reference["$ref"].removeprefix("#/").split("/"):
        message = message[step]
    return jsonschema.Draft7Validator(
        {**message["payload"], "components": catalogue["components"]},
        format_checker=jsonschema.FormatChecker(),
    )


def test_what_is_published_is_what_is_listed(heard: list[Heard], catalogue: dict[str, Any]) -> None:
    assert {each.key for each in heard} | BY_OLDER_RELEASES == on_the_broker(catalogue)


def test_all_that_is_published_is_as_it_is_described(
    heard: list[Heard], catalogue: dict[str, Any]
) -> None:
    for each in heard:
        problems = list(judge(catalogue, each.key).iter_errors(each.event))
        assert not problems, (each.key, each.event, problems)


def test_the_envelope_of_amqp_says_the_same(heard: list[Heard]) -> None:
    for each in heard:
        assert each.event["type"] == each.key
        assert each.properties.message_id == each.event["id"]
        assert each.properties.content_type == "application/json"
        assert each.properties.content_encoding == "utf-8"
        assert each.properties.delivery_mode == 2


def test_no_event_names_an_address_or_what_somebody_intends(heard: list[Heard]) -> None:
    for each in heard:
        assert "@" not in str(each.event), each.event
        assert not {"email", "phone", "intention", "notes"} & each.event["data"].keys()


def test_a_service_numbers_the_events_of_a_subject_one_by_one(heard: list[Heard]) -> None:
    counted: dict[tuple[str, str], dict[str, int]] = {}
    for each in heard:
        counter = (each.event["source"], each.event["subject"])
        counted.setdefault(counter, {})[each.event["id"]] = each.event["sequence"]
    for subject, numbers in counted.items():
        said = sorted(numbers.values())
        assert said == list(range(said[0], said[0] + len(said))), subject
