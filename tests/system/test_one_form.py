"""What every answer has in common: moments in one form, and what was made is found by its name."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from people import PASSWORD, Person, ok, unique, until

NewPerson = Callable[..., Person]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LOOKS_LIKE_ONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


def texts(answer: Any) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, dict | list):
        for inner in answer.values() if isinstance(answer, dict) else answer:
            yield from texts(inner)


def moments(answer: Any) -> int:
    """Return how many moments an answer holds, each in the one form."""
    found = [text for text in texts(answer) if LOOKS_LIKE_ONE.match(text)]
    assert [text for text in found if not MOMENT.fullmatch(text)] == []
    return len(found)


def dated(schema: Any, schemas: dict[str, Any]) -> bool:
    """Whether what a schema describes may hold a moment."""
    if isinstance(schema, list):
        return any(dated(each, schemas) for each in schema)
    if not isinstance(schema, dict):
        return False
    if "$ref" in schema:
        return dated(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    return schema.get("format") == "date-time" or any(
        dated(each, schemas) for each in schema.values()
    )


@pytest.fixture(scope="module")
def person(newcomer: NewPerson) -> Person:
    """Somebody with one of everything."""
    person = newcomer()
    person.meditate(20)
    khatma = person.new_khatma(khatma_type="private")["id"]
    for chapter in range(1, 31):
        ok(person.finish(khatma, chapter), 201)
    person.new_khatma()
    person.told("khatma_completed")
    webhook = ok(person.post("/api/webhooks/", {"url": "http://127.0.0.1:64999/"}), 201)["id"]
    person.meditate(5)
    until(
        lambda: ok(person.get(f"/api/webhooks/{webhook}/deliveries/"))["results"],
        "what happened is on its way to the webhook",
    )
    return person


@pytest.fixture(scope="module")
def link(person: Person) -> dict[str, Any]:
    """A link to a khatma of the person's."""
    khatma = ok(person.get("/api/khatmas/"))[0]["id"]
    return ok(person.post(f"/api/khatmas/{khatma}/links/"), 201)


@pytest.fixture(scope="module")
def found(person: Person, newcomer: NewPerson) -> str:
    """A name by which the person finds a khatma of another."""
    name = unique("lantern")
    newcomer().new_khatma(name=name, is_public=True)
    until(lambda: ok(person.get("/api/search/khatmas/", q=name)), "the khatma is found")
    return name


def test_every_moment_of_every_answer_is_in_the_one_form(
    http: httpx.Client, person: Person, link: dict[str, Any], found: str
) -> None:
    document = ok(http.get("/openapi.json"))
    said = {"/api/search/khatmas/": {"q": found}}
    ids = {
        "/api/meditations/sessions/": ok(person.get("/api/meditations/sessions/"))["results"][0],
        "/api/notifications/": person.notifications()[0],
        "/api/sessions/": ok(person.get("/api/sessions/"))[0],
        "/api/achievements/user/": {"id": person.id},
        "/api/webhooks/": ok(person.get("/api/webhooks/"))[0],
        "/api/": ok(person.get("/api/khatmas/"))[0],
    }
    bodies = {
        ("post", "/api/meditations/sessions/"): {"meditation_type": "mantra", "duration": 5},
        ("post", "/api/khatmas/"): {"name": "n", "khatma_type": "group", "target_days": 3},
        ("post", "/api/khatmas/{id}/sessions/"): {"chapter_assigned": 9, "is_completed": False},
        ("post", "/api/webhooks/"): {"url": "http://127.0.0.1:64999/"},
        ("post", "/api/webhooks/{id}/redeliver/"): {"since": "2026-03-01T00:00:00.000000Z"},
    }
    sent_to = f"/api/webhooks/{ids['/api/webhooks/']['id']}/deliveries/"
    delivery = ok(person.get(sent_to))["results"][0]["id"]
    looked_at = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            (status,) = (each for each in operation["responses"] if each.startswith("2"))
            content = operation["responses"][status].get("content", {}).get("application/json", {})
            if not dated(content.get("schema"), document["components"]["schemas"]):
                continue
            thing = next(ids[start] for start in ids if path.startswith(start))
            body = bodies.get((method, path), {} if "requestBody" in operation else None)
            address = path.replace("{id}", str(thing["id"])).replace("{code}", link["code"])
            address = address.replace("{delivery}", str(delivery))
            sent = person.send(method.upper(), address, json=body, params=said.get(path))
            answer = ok(sent, int(status))
            # Where all was sent at once, there is no moment to go on from.
            assert moments(answer) > 0 or path.endswith("}/redeliver/"), (method, path)
            looked_at.add(path)
    assert len(looked_at) >= 12


def test_what_was_made_is_found_by_its_name(http: httpx.Client, newcomer: NewPerson) -> None:
    person = newcomer()
    khatma = person.new_khatma()["id"]
    for path, body in {
        "/api/meditations/sessions/": {"meditation_type": "mantra", "duration": "5"},
        "/api/khatmas/": {"name": "n", "khatma_type": "private", "target_days": 3.0},
        f"/api/khatmas/{khatma}/sessions/": {"chapter_assigned": "1", "is_completed": True},
    }.items():
        made = person.post(path, body)
        found = person.get(made.headers["Location"])
        assert (made.status_code, found.content) == (201, made.content)
        assert found.headers.get("ETag") == made.headers.get("ETag")


@pytest.mark.parametrize("path", ["/api/signup/", "/api/accounts/register/"])
def test_a_new_account_is_found_by_its_name(http: httpx.Client, path: str) -> None:
    name = unique("reader")
    body = {"email": f"{name}@example.com", "password": PASSWORD}
    body |= {"fullname": "Ali"} if "signup" in path else {"username": name[:30]}
    made = http.post(path, json=body)
    assert made.status_code == 201, made.text
    somebody = Person(http, body["email"]).log_in()
    assert ok(somebody.get(made.headers["Location"]))["email"] == body["email"]
