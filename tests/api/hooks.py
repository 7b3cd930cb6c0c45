"""How schemathesis is somebody: an account with something in it, or a new one to be ended."""

import itertools
import json
import os
import urllib.request
from typing import Any

import schemathesis

PASSWORD = "A-quiet-place-7"
LAST_WORDS = ("/api/user/me/", "/api/accounts/logout/", "/api/accounts/password/")
"""Paths after which a token no longer serves."""
_numbers = itertools.count(1)


_WHOLE_NUMBERS = {"duration", "target_days", "chapter_assigned", "day_starts_at"}


@schemathesis.hook
def filter_body(context: schemathesis.HookContext, body: Any) -> bool:
    """Leave out whole numbers sent as text: the schema says integer, and HTML forms are served."""
    if not isinstance(body, dict):
        return True
    numbers = [body[name] for name in _WHOLE_NUMBERS & body.keys()]
    return not any(isinstance(n, str) and n.isascii() and n.isdigit() for n in numbers)


@schemathesis.auth()
class Somebody:
    """Signs up by the API itself and logs in."""

    def __init__(self) -> None:
        self._kept: str | None = None

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        """Return an access token: one's own, or a new person's for what ends a session."""
        if context.operation.path in LAST_WORDS:
            return _somebody_new()
        if self._kept is None:
            self._kept = _somebody_new()
            _something_to_find(self._kept)
        return self._kept

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        """Put the token where it belongs."""
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


def _somebody_new() -> str:
    email = f"api-{os.getpid()}-{next(_numbers)}@example.com"
    account = {"email": email, "password": PASSWORD}
    _post("/api/signup/", {**account, "fullname": "Somebody"})
    token: str = _post("/api/login/", account)["access"]
    return token


def _something_to_find(token: str) -> None:
    for day in (1, 2, 3):
        session = {"meditation_type": "gratitude", "duration": 20, "date": f"2026-03-0{day}"}
        _post("/api/meditations/sessions/", session, token)
    khatma = {"name": "Together", "khatma_type": "group", "target_days": 30, "is_public": True}
    for _ in range(3):
        _post("/api/khatmas/", khatma, token)


def _post(path: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    request = urllib.request.Request(
        os.environ["SAKINA_SYSTEM_URL"] + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        answered: dict[str, Any] = json.load(answer)
    return answered
