"""Somebody with an account, who makes requests."""

import secrets
import time
from typing import Any

import httpx

from sakina_local.problems import Problem

PASSWORD = "a-quiet-place-7"  # noqa: S105 - of accounts that live for minutes
ATTEMPTS = 6
_BUSY = (429, 503, 504)


class Person:
    """A new account at `url`, logged in."""

    def __init__(self, url: str) -> None:
        self.email = f"{secrets.token_hex(8)}@example.com"
        self.http = httpx.Client(base_url=url, timeout=30)
        self.post("/api/signup/", fullname="ليلى", email=self.email, password=PASSWORD)
        token = self.post("/api/login/", email=self.email, password=PASSWORD)["access"]
        self.authorization = f"Bearer {token}"
        self.http.headers["authorization"] = self.authorization
        self.id = int(self.http.get("/api/user/me/").json()["id"])

    def post(self, path: str, /, **body: object) -> dict[str, Any]:
        """Post `body` and return the answer; a system that is too busy is asked again, as one act.

        Raises:
            Problem: It is another refusal, or the system stays too busy.
        """
        key = {"idempotency-key": secrets.token_hex(16)}
        for attempt in range(ATTEMPTS):
            answer = self.http.post(path, json=body, headers=key)
            if answer.status_code not in _BUSY:
                break
            time.sleep(1 + attempt)
        if not answer.is_success:
            raise Problem(f"POST {path} answers {answer.status_code}: {answer.text}")
        said: dict[str, Any] = answer.json()
        return said
