"""Round trips to PostgreSQL for each row: one request after the other, so that none waits."""

import httpx

from sakina_bench.messages import Ear, Said
from sakina_bench.rows import Row

REQUESTS = 4
PASSES = 3
"""What a timer says falls into one of them now and then; the one with the fewest counts."""


def said_for(ear: Ear, url: str, row: Row, passes: int = PASSES) -> tuple[float, Said]:
    """Return how many messages a request of `row` takes, with the events that it causes, and them.

    Args:
        ear: Hears the system's database.
        url: The gateway's address.
        row: What to ask.
        passes: How often; each takes some two seconds, most of them of silence.
    """
    asks = row.asks(REQUESTS * passes)

    def act() -> None:
        with httpx.Client(base_url=url, timeout=30) as http:
            for _ in range(REQUESTS):
                number = next(turns)
                path, body = asks[number % len(asks)]
                token = row.askers[number % len(row.askers)].authorization
                answer = http.request(
                    "POST" if body else "GET", path, json=body, headers={"authorization": token}
                )
                answer.raise_for_status()

    turns = iter(range(REQUESTS * passes))
    fewest = min((ear.during(act) for _ in range(passes)), key=lambda said: len(said.messages))
    return len(fewest.messages) / REQUESTS, fewest
