"""Somebody with an account, who makes requests."""

import secrets
from typing import Any

import httpx

PASSWORD = "a-quiet-place-7"  # noqa: S105 - of accounts that live for minutes


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
        """Post `body` and return the answer.

        Raises:
            httpx.HTTPStatusError: It is not a 2xx.
        """
        answer = self.http.post(path, json=body)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said
