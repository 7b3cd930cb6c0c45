"""The public API, as a client with some patience uses it."""

import secrets
import time
from typing import Any

import httpx

PATIENCE_SECONDS = 30.0
_AGAIN = {429, 503, 504}


class Away(Exception):
    """Nothing answers; the text says where, and what to do."""


class Unexpected(Exception):
    """An answer that a demo cannot go on from."""


class Api:
    """One system. A request that it is too busy for is sent again.

    Args:
        url: Its address.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=self.url, timeout=15)

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> httpx.Response:
        """Send a request and return whatever answer it gets.

        What is sent again is one act: a lost answer does not mean that nothing was done.

        Raises:
            Away: Nothing answers.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if method == "POST":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._http.request(method, path, json=body, headers=headers)
            except httpx.HTTPError as error:
                raise Away(
                    f"Nothing answers at {self.url}: start it with make up, or say where it is, "
                    "for example SAKINA_URL=http://127.0.0.1:8001 make demo."
                ) from error
            if answer.status_code not in _AGAIN or time.monotonic() > deadline:
                return answer
            time.sleep(min(5.0, float(answer.headers.get("Retry-After", 1))))

    def get(self, path: str, token: str) -> Any:
        """Return what is at `path`."""
        return _accepted(self.ask("GET", path, token=token))

    def send(self, method: str, path: str, body: Any, token: str) -> Any:
        """Change something, and return the answer."""
        return _accepted(self.ask(method, path, body, token))


def _accepted(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    request = answer.request
    raise Unexpected(
        f"{request.method} {request.url} answered {answer.status_code}: {answer.text[:300]}"
    )
