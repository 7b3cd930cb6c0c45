"""Round trips to PostgreSQL for each row: one by one, so that each counts for itself."""

import httpx

from sakina_bench.messages import Ear, Said
from sakina_bench.rows import Row

REQUESTS = 8


def said_for(ear: Ear, url: str, row: Row, requests: int = REQUESTS) -> tuple[float, Said]:
    """Return how many messages a request of `row` takes, with the events that it causes, and them.

    Args:
        ear: Hears the system's database.
        url: The gateway's address.
        row: What to ask.
        requests: How many are asked, one after the other.
    """
    asks = row.asks(requests)

    def act() -> None:
        with httpx.Client(base_url=url, timeout=30) as http:
            for number in range(requests):
                path, body = asks[number % len(asks)]
                token = row.askers[number % len(row.askers)].authorization
                answer = http.request(
                    "POST" if body else "GET", path, json=body, headers={"authorization": token}
                )
                answer.raise_for_status()

    said = ear.during(act)
    return len(said.messages) / requests, said
