"""Delivering: what is due is taken for a while, tried outside of any transaction, and settled."""

import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from uuid import uuid4

from prometheus_client import Counter, Histogram

from chassis.data.database import Reader, Transaction
from chassis.events.traced import of_published
from chassis.process import clock
from notify.domain.deliveries import Outcome, Problem, State, Verdict, verdict
from notify.outgoing.posting import SECONDS, Poster
from notify.outgoing.signing import headers
from notify.store import deliverers, settling, taking, turns
from notify.store.settling import Settled
from notify.store.taking import Taken
from telemetry.spans import Attributes, Kind, tracer

log = logging.getLogger(__name__)

_TRIES = Counter(
    "sakina_deliveries_total", "Tries to deliver to a webhook, by what came of them.", ["outcome"]
)
_SECONDS = Histogram(
    "sakina_delivery_seconds",
    "How long a try to deliver took.",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0),
)

LEASE = timedelta(seconds=2 * SECONDS)
"""After which a delivery is due again that nobody settled: its instance hangs, or its host is gone.

What is behind it waits as long. A try ends by itself in half of that."""
GRACE = timedelta(seconds=5)
"""After which an instance is gone that has no session with the database any more.

One that was cut off, or whose server began anew, is back before: it tries every 2 s."""


@cache
def poster(loopback: bool) -> Poster:
    """Return what posts for the whole process.

    Args:
        loopback: Whether this machine itself may be posted to. That is for development: anybody
            who may make a webhook then reaches whatever listens here.
    """
    if loopback:
        log.warning(
            "webhooks may lead to this machine itself (SAKINA_WEBHOOKS_TO_LOOPBACK=1): "
            "for development alone"
        )
    return Poster(loopback=loopback)


class Delivering:
    """What an instance does with deliveries; see `chassis.service.errands.Errands`.

    Args:
        poster: What posts.
    """

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._id = str(uuid4())

    def is_due(self, reader: Reader) -> bool:
        """Tell whether there may be anything to take."""
        return turns.is_due(reader, clock.now())

    def take(self, tx: Transaction, most: int) -> list[Taken]:
        """Take up to `most` deliveries that are due."""
        return taking.take(tx, clock.now(), most=most, lease=LEASE, holder=self._id)

    def carry_out(self, taken: Taken) -> Settled:
        """Try a delivery, unless its owner may or would not see it any more, and judge that."""
        if taken.stopped:
            return Settled(taken, Verdict(State.WAITING))
        if taken.body is None or not taken.visible:
            return Settled(taken, Verdict(State.WITHHELD))
        if not taken.wanted:
            return Settled(taken, Verdict(State.WITHHELD), problem=Problem.UNWANTED)
        now = clock.now()
        signed = headers(taken.keys, str(taken.event_id), now, taken.body)
        outcome = self._post(taken, taken.body, signed)
        found = verdict(
            outcome,
            taken.tries + 1,
            random.random(),  # noqa: S311
            is_test=taken.is_test,
        )
        _TRIES.labels(outcome.problem.value if outcome.problem else "taken").inc()
        _SECONDS.observe(outcome.latency.total_seconds())
        if outcome.problem is not None:
            log.info(
                "webhook %d took no delivery %d: %s %s",
                *(taken.webhook, taken.id, outcome.problem.value, outcome.code or ""),
            )
        return Settled(taken, found, now, outcome.code, outcome.problem, outcome.latency)

    def _post(self, taken: Taken, body: bytes, signed: dict[str, str]) -> Outcome:
        spans = tracer()
        if spans is None:
            return self._poster.post(taken.url, body, signed)
        # Nothing of the address: people write keys into theirs.
        about: Attributes = {"http.request.method": "POST", "sakina.tries": taken.tries + 1}
        span = spans.begin("deliver", Kind.CLIENT, of_published(body), about)
        outcome = self._poster.post(taken.url, body, signed)
        if span is not None:
            if outcome.code is not None:
                span.say({"http.response.status_code": outcome.code})
            span.end(outcome.problem.value if outcome.problem else None)
        return outcome

    def give_up(self, taken: Taken) -> Settled:
        """Let a delivery that did not end be due again, as the process ends or failed over it."""
        return Settled(taken, Verdict(State.WAITING))

    def settle(self, tx: Transaction, settled: Sequence[Settled]) -> None:
        """Write down what came of deliveries."""
        settling.settle(tx, settled, clock.now())

    def is_missing(self, reader: Reader) -> bool:
        """Tell whether an instance has no session any more, or this one is not known by its own."""
        return deliverers.is_missing(reader, self._id)

    def take_over(self, tx: Transaction) -> None:
        """Make this instance known, and let what those had who are gone be due now."""
        deliverers.appear(tx, self._id)
        gone = deliverers.forget_gone(tx, GRACE)
        if gone and (people := turns.let_go(tx, gone, clock.now())):
            log.warning("an instance ended while it sent to webhooks of %d: others go on", people)
