"""Two devices of one person, and what one of them wrote last: RFC 9110, section 13."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from people import Person, ok, problem

NewPerson = Callable[..., Person]


@pytest.fixture
def person(newcomer: NewPerson) -> Person:
    return newcomer()


@pytest.fixture(params=["session", "khatma", "profile"])
def thing(request: pytest.FixtureRequest, person: Person) -> tuple[str, dict[str, Any]]:
    """Where something is, and how it may be changed."""
    if request.param == "session":
        return f"/api/meditations/sessions/{person.meditate(20)['id']}/", {"notes": "mine"}
    if request.param == "khatma":
        return f"/api/khatmas/{person.new_khatma(is_public=True)['id']}/", {"description": "mine"}
    return "/api/user/me/", {"bio": "mine"}


def seen(person: Person, path: str) -> httpx.Response:
    answer = person.get(path)
    assert answer.status_code == 200, answer.text
    return answer


def test_what_another_device_wrote_is_not_lost(
    person: Person, thing: tuple[str, dict[str, Any]]
) -> None:
    path, change = thing
    first = seen(person, path)
    tag = first.headers["ETag"]
    assert person.send("GET", path, headers={"If-None-Match": tag}).status_code == 304
    (name,) = change
    other = person.patch(path, {name: "of the other device"})
    assert seen(person, path).headers["ETag"] == other.headers["ETag"] != tag
    methods = ["PATCH", "DELETE"] if "user" in path else ["PUT", "PATCH", "DELETE"]
    stale = [{"If-Match": tag}, {"If-Match": f"W/{other.headers['ETag']}"}, {"If-None-Match": "*"}]
    stale.append({"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"})
    for method in methods:
        for headers in stale:
            body = None if method == "DELETE" else change
            problem(person.send(method, path, json=body, headers=headers), 412)
            assert seen(person, path).content == other.content
    held = {"If-Match": f'"x", {other.headers["ETag"]}'}
    mine = person.send("PATCH", path, json=change, headers=held)
    assert ok(mine)[name] == "mine"
    gone = person.send("DELETE", path, headers={"If-Match": mine.headers["ETag"]})
    assert gone.status_code == 204, gone.text


def test_who_joins_changes_what_the_creator_sees(person: Person, newcomer: NewPerson) -> None:
    khatma = person.new_khatma(is_public=True)["id"]
    path = f"/api/khatmas/{khatma}/"
    tag = seen(person, path).headers["ETag"]
    newcomer().join(khatma)
    assert person.send("GET", path, headers={"If-None-Match": tag}).status_code == 200
    problem(person.put(path, {"name": "n"}, headers={"If-Match": tag}), 412)
    problem(person.delete(path, headers={"If-Match": tag}), 412)


def test_figures_are_part_of_what_a_profile_shows(person: Person) -> None:
    path = "/api/user/me/"
    tag = seen(person, path).headers["ETag"]
    khatma = person.new_khatma()["id"]
    ok(person.finish(khatma, 1), 201)
    assert person.send("GET", path, headers={"If-None-Match": tag}).status_code == 200
    problem(person.patch(path, {"bio": "mine"}, headers={"If-Match": tag}), 412)
    problem(person.delete(path, headers={"If-Match": tag}), 412)
    now = seen(person, path).headers["ETag"]
    assert ok(person.patch(path, {"bio": "mine"}, headers={"If-Match": now}))["bio"] == "mine"


def test_a_repeated_request_is_answered_by_its_record(person: Person) -> None:
    path = f"/api/meditations/sessions/{person.meditate(20)['id']}/"
    headers = {"If-Match": seen(person, path).headers["ETag"], "Idempotency-Key": "k"}
    first, again = (person.patch(path, {"duration": 5}, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
