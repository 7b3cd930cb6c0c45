"""A person who uses Sakina by its public API, and how tests wait for what follows later."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar

import httpx

Found = TypeVar("Found")
PATIENCE_SECONDS = 20.0
PASSWORD = "A-quiet-place-7"


def unique(word: str) -> str:
    """Return a name of at most 30 letters that no other person and no earlier run has."""
    return f"{word}-{time.time_ns():x}"


def until(condition: Callable[[], Found], what: str = "") -> Found:
    """Wait until `condition` gives something true, and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it did not come about: {what}"
        time.sleep(0.05)
    return found


@dataclass
class Person:
    """Somebody with an account, logged in."""

    http: httpx.Client
    email: str
    password: str = PASSWORD
    access: str = ""
    refresh: str = ""
    me: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.me["id"]

    def log_in(self) -> "Person":
        body = {"email": self.email, "password": self.password}
        answer = post_as_told(self.http, "/api/login/", body)
        assert answer.status_code == 200, answer.text
        self.access, self.refresh = answer.json()["access"], answer.json()["refresh"]
        return self

    def send(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.access}", **kwargs.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **kwargs)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.send("GET", path, params=params)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> httpx.Response:
        return self.send("POST", path, json=body, **kwargs)

    def put(self, path: str, body: Any, **kwargs: Any) -> httpx.Response:
        return self.send("PUT", path, json=body, **kwargs)

    def patch(self, path: str, body: Any = None, **kwargs: Any) -> httpx.Response:
        return self.send("PATCH", path, json=body, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.send("DELETE", path, **kwargs)

    def notifications(self, kind: str = "", **params: Any) -> list[dict[str, Any]]:
        """One's notifications (of one type), newest first."""
        results = ok(self.get("/api/notifications/", page_size=100, **params))["results"]
        return [each for each in results if kind in ("", each["notification_type"])]

    def told(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for notifications of a type."""

        def enough() -> list[dict[str, Any]] | None:
            found = self.notifications(kind)
            return found if len(found) >= count else None

        return until(enough, f"{count} × {kind} for {self.email}") or []

    def new_khatma(self, **fields: Any) -> dict[str, Any]:
        body = {"name": "ختمة", "khatma_type": "group", "target_days": 30, **fields}
        return ok(self.post("/api/khatmas/", body), 201)

    def join(self, khatma: int) -> int:
        """Join a khatma; return the chapter that fell to one."""
        return ok(self.post(f"/api/khatmas/{khatma}/join/"))["chapter_assigned"]

    def finish(self, khatma: int, chapter: int, **fields: Any) -> httpx.Response:
        """Report a chapter as read."""
        body = {"chapter_assigned": chapter, "is_completed": True, **fields}
        return self.post(f"/api/khatmas/{khatma}/sessions/", body)

    def meditate(self, minutes: int = 20, **fields: Any) -> dict[str, Any]:
        """Log a meditation session."""
        body = {"meditation_type": "mindfulness", "duration": minutes, **fields}
        return ok(self.post("/api/meditations/sessions/", body), 201)


def ok(answer: httpx.Response, status: int = 200) -> Any:
    """Return the JSON of an answer that must have `status`; None where it has no body."""
    assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.text}"
    return answer.json() if answer.content else None


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Return the problem of an answer that must refuse with `status`, shaped as RFC 9457 says."""
    said = f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    assert answer.status_code == status, said
    assert answer.headers["content-type"].startswith("application/problem+json"), said
    document: dict[str, Any] = answer.json()
    assert document["status"] == status, said
    assert {"type", "title", "status", "detail", "instance"} <= document.keys(), said
    assert document["message"] == document["detail"], said
    for sentence in (document["detail"], *chain(*document.get("errors", {}).values())):
        # One voice, whoever speaks: a capital letter (or what is quoted) first, a full stop last.
        assert sentence[0].isupper() or sentence[0] in "“`", said
        assert sentence.endswith("."), said
    return document


def post_as_told(http: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
    """Ask, and again when told to: auth refuses what it may be too late for on a busy machine."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := http.post(path, json=body)).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        time.sleep(int(answer.headers["Retry-After"]))
    return answer


def sign_up(http: httpx.Client, fullname: str = "Ali Ahmed", **fields: Any) -> Person:
    """Make an account and log in to it."""
    email = fields.pop("email", None) or f"{unique('reader')}@example.com"
    body = {"fullname": fullname, "email": email, "password": PASSWORD, **fields}
    answer = post_as_told(http, "/api/signup/", body)
    assert answer.status_code == 201, answer.text
    return Person(http, email, body["password"], me=answer.json()).log_in()


def refused_before(answer: httpx.Response, path: str) -> bool:
    """Return whether a proxy in front of the gateway refused a path with ambiguous characters."""
    ambiguous = any(code in path.lower() for code in ("%2f", "%00"))
    return ambiguous and answer.status_code == 400 and "X-Request-Id" not in answer.headers
