"""Who may do what with whose things: every address with an id, for everyone who may come.

The addresses come from the OpenAPI document; a new one fails here until it has its row.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from people import Person, ok, problem, refused_before, until

NewPerson = Callable[..., Person]
METHODS = ("get", "post", "put", "patch", "delete")
SESSION = "/api/meditations/sessions/{id}/"
NOTICE = "/api/notifications/{id}/read/"
KHATMA = "/api/khatmas/{id}/"
READING = "/api/sessions/{id}/"
LINK = f"{KHATMA}links/{{link}}/"
CODE = "/api/khatmas/links/{code}/"
WEBHOOK = "/api/webhooks/{id}/"
DELIVERY = f"{WEBHOOK}deliveries/{{delivery}}/"
# Of a person, who is the owner here; public where everybody sees their figures.
FIGURES = "/api/stats/user/{id}/"
EARNED = "/api/achievements/user/{id}/"


@dataclass(frozen=True)
class Row:
    """What one operation answers to each: `other` and `left` where the khatma is not public.

    Attributes:
        owner: To the owner, of a khatma the creator.
        member: To a member who is not its creator.
        other: To anybody else, and to one who left.
        shown: To them where the khatma is public.
        body: What is sent.
    """

    owner: int
    member: int
    other: int
    shown: int
    body: dict[str, Any] | None = None


OWN = 404
ROWS = {
    ("GET", SESSION): Row(200, OWN, OWN, OWN),
    ("PUT", SESSION): Row(200, OWN, OWN, OWN, {"duration": 7}),
    ("PATCH", SESSION): Row(200, OWN, OWN, OWN, {"duration": 7}),
    ("DELETE", SESSION): Row(204, OWN, OWN, OWN),
    ("PATCH", NOTICE): Row(200, OWN, OWN, OWN),
    ("GET", READING): Row(200, OWN, OWN, OWN),
    ("GET", KHATMA): Row(200, 200, 404, 200),
    ("PUT", KHATMA): Row(200, 403, 404, 403, {"name": "Mine"}),
    ("PATCH", KHATMA): Row(200, 403, 404, 403, {"name": "Mine"}),
    ("DELETE", KHATMA): Row(204, 403, 404, 403),
    # The creator and the member hold an unfinished chapter, so they may not take another one.
    ("POST", f"{KHATMA}join/"): Row(409, 409, 404, 200),
    # The creator cannot leave; one who is not in it has nothing to leave.
    ("DELETE", f"{KHATMA}leave/"): Row(409, 200, 404, 409),
    ("GET", f"{KHATMA}members/"): Row(200, 200, 404, 200),
    ("POST", f"{KHATMA}invite/"): Row(202, 202, 404, 403, {"email": "nobody@example.com"}),
    ("GET", f"{KHATMA}sessions/"): Row(200, 200, 404, 200),
    ("POST", f"{KHATMA}sessions/"): Row(
        201, 201, 404, 403, {"chapter_assigned": 20, "is_completed": True}
    ),
    ("POST", f"{KHATMA}links/"): Row(201, 201, 404, 403, {"max_uses": 1}),
    ("GET", f"{KHATMA}links/"): Row(200, 200, 404, 403),
    # The member made it, and the creator may revoke every link.
    ("DELETE", LINK): Row(204, 204, 404, 404),
    # To whoever has the code, whatever else they may know of.
    ("GET", CODE): Row(200, 200, 200, 200),
    ("POST", CODE): Row(409, 409, 200, 200),
    ("GET", WEBHOOK): Row(200, OWN, OWN, OWN),
    ("PATCH", WEBHOOK): Row(200, OWN, OWN, OWN, {"description": "Mine"}),
    ("DELETE", WEBHOOK): Row(204, OWN, OWN, OWN),
    ("POST", f"{WEBHOOK}rotate/"): Row(200, OWN, OWN, OWN),
    ("POST", f"{WEBHOOK}test/"): Row(200, OWN, OWN, OWN),
    ("GET", f"{WEBHOOK}deliveries/"): Row(200, OWN, OWN, OWN),
    ("GET", DELIVERY): Row(200, OWN, OWN, OWN),
    ("POST", f"{DELIVERY}redeliver/"): Row(200, OWN, OWN, OWN),
    ("POST", f"{WEBHOOK}redeliver/"): Row(
        200, OWN, OWN, OWN, {"since": "2026-03-01T08:00:00.000000Z"}
    ),
    ("GET", f"{KHATMA}intentions/"): Row(200, 200, 404, 403),
    ("POST", f"{KHATMA}intentions/"): Row(200, 200, 404, 403, {"intention": ["Mine"]}),
    ("GET", "/api/stats/khatma/{id}/"): Row(200, 200, 404, 200),
    ("GET", FIGURES): Row(200, 200, 404, 200),
    ("GET", EARNED): Row(200, 200, 404, 200),
}
# The refused ones come first, so that they can share a thing.
WHO = ("anonymous", "other", "left", "member", "owner")


@dataclass
class World:
    """People, and the things that the owner has."""

    owner: Person
    member: Person
    other: Person
    left: Person
    newcomer: NewPerson
    anonymous: Person
    links: dict[int, dict[str, Any]] = field(default_factory=dict)
    deliveries: dict[int, int] = field(default_factory=dict)

    def thing(self, path: str, *, public: bool) -> int:
        """Make a fresh thing of the kind that `path` is about; return its id."""
        if path == SESSION:
            return int(self.owner.meditate(5)["id"])
        if path == NOTICE:
            return int(self.owner.told("welcome")[0]["id"])
        if path in (FIGURES, EARNED):
            # With somebody who was in no khatma with anybody yet.
            self.owner = self.newcomer()
            if public:
                ok(self.owner.patch("/api/user/me/", {"visibility": "everybody"}))
                self.owner.log_in()
        if path.startswith(WEBHOOK):
            return self._webhook()
        khatma = int(self.owner.new_khatma(is_public=public)["id"])
        if path == READING:
            return int(ok(self.owner.finish(khatma, 1), 201)["id"])
        for person in (self.member, self.left):
            invitation = {"email": person.email}
            ok(self.owner.post(f"/api/khatmas/{khatma}/invite/", invitation), 202)
            person.join(khatma)
        ok(self.left.delete(f"/api/khatmas/{khatma}/leave/"))
        if path in (FIGURES, EARNED):
            if public:
                until(lambda: self.other.get(path.format(id=self.owner.id)).status_code == 200)
            return self.owner.id
        if path in (LINK, CODE):
            self.links[khatma] = ok(self.member.post(f"/api/khatmas/{khatma}/links/"), 201)
        return khatma

    def _webhook(self) -> int:
        """Make a webhook with a delivery, which nobody takes: the port is not one of a server."""
        for webhook in ok(self.owner.get("/api/webhooks/")):
            ok(self.owner.delete(WEBHOOK.format(id=webhook["id"])), 204)
        body = {"url": "http://127.0.0.1:1024/"}
        made = int(ok(self.owner.post("/api/webhooks/", body), 201)["id"])
        self.owner.meditate(5)
        address = f"{WEBHOOK.format(id=made)}deliveries/"
        found = until(lambda: ok(self.owner.get(address))["results"], "a delivery")
        self.deliveries[made] = int(found[0]["id"])
        return made

    def address(self, path: str, thing: int) -> str:
        """Return the address of a thing: `path` with its id, or with that and the code of a link.

        A link that is not there has the id of the thing, and a code that nobody was given.
        """
        link = self.links.get(thing, {"id": thing, "code": f"{thing}-is-no-code"})
        delivery = self.deliveries.get(thing, thing)
        return path.format(id=thing, link=link["id"], code=link["code"], delivery=delivery)


@pytest.fixture(scope="module")
def world(newcomer: NewPerson, http: httpx.Client) -> World:
    owner, member, other, left = (newcomer(f"Person {n}") for n in range(4))
    return World(owner, member, other, left, newcomer, Person(http, "", access="not.a.token"))


def described(http: httpx.Client) -> set[tuple[str, str]]:
    """Every operation of the OpenAPI document on a thing with an id."""
    paths = ok(http.get("/openapi.json"))["paths"]
    return {
        (method.upper(), path)
        for path, operations in paths.items()
        for method in operations
        if "{" in path and method in METHODS
    }


def test_every_address_with_an_id_is_classified(http: httpx.Client) -> None:
    assert described(http) == set(ROWS)


@pytest.mark.parametrize("public", [False, True], ids=["hidden", "public"])
@pytest.mark.parametrize(("method", "path"), ROWS)
def test_each_may_do_what_is_theirs(world: World, method: str, path: str, public: bool) -> None:
    row = ROWS[method, path]
    thing = world.thing(path, public=public)
    bare = world.owner.http.request(method, world.address(path, thing), json=row.body)
    problem(bare, 401)
    for who in WHO:
        stranger = row.shown if public else row.other
        expected = {
            "owner": row.owner,
            "member": row.member,
            "other": stranger,
            "left": stranger,
            "anonymous": 401,
        }[who]
        person: Person = getattr(world, who)
        before = seen(world.owner, path, thing)
        answer = person.send(method, world.address(path, thing), json=row.body)
        if expected >= 400:
            problem(answer, expected)
            assert seen(world.owner, path, thing) == before, f"{who} changed it"
        else:
            assert answer.status_code == expected, f"{who}: {answer.text}"
            if method != "GET" and who != WHO[-1]:
                thing = world.thing(path, public=public)


def seen(owner: Person, path: str, thing: int) -> Any:
    """What the owner sees of a thing."""
    if path == SESSION:
        return ok(owner.get(SESSION.format(id=thing)))
    if path == NOTICE:
        return owner.told("welcome")
    if path == READING:
        return ok(owner.get(READING.format(id=thing)))
    if path in (FIGURES, EARNED):
        return ok(owner.get(path.format(id=thing)))
    if path.startswith(WEBHOOK):
        return ok(owner.get(WEBHOOK.format(id=thing)))
    found = ok(owner.get(KHATMA.format(id=thing)))
    return found, ok(owner.get(f"/api/khatmas/{thing}/members/"))


@pytest.mark.parametrize(("method", "path"), ROWS)
@pytest.mark.parametrize(
    "id", [2**63, 2**64, 10**30, -1, 0, "abc", "1.5", "1e3", "%31%00", "١", "0x1", "1;2"]
)
def test_what_is_no_id_is_not_found(world: World, method: str, path: str, id: Any) -> None:
    address = re.sub(r"\{\w+\}", str(id), path)
    answer = world.owner.send(method, address, json=ROWS[method, path].body)
    if not refused_before(answer, address):
        problem(answer, 404)


@pytest.mark.parametrize(("method", "path"), ROWS)
def test_what_is_not_there_is_not_found(world: World, method: str, path: str) -> None:
    address = world.address(path, 2**63 - 1)
    problem(world.owner.send(method, address, json=ROWS[method, path].body), 404)


def test_an_address_without_an_id_needs_a_token_unless_it_is_open(http: httpx.Client) -> None:
    is_open = {
        "/api/accounts/register/",
        "/api/accounts/login/",
        "/api/signup/",
        "/api/login/",
        "/api/refresh/",
        "/api/homepage/",
        "/.well-known/jwks.json",
        "/healthz",
        "/readyz",
    }
    paths = ok(http.get("/openapi.json"))["paths"]
    asked = set()
    for path, operations in paths.items():
        for method in operations:
            if "{" in path or path in is_open:
                continue
            asked.add(path)
            answer = http.request(method, path)
            problem(answer, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert is_open <= set(paths)
    assert "/api/user/me/" in asked
