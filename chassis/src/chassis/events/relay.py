"""The outbox relay: publishes what was committed, with confirms, one instance at a time."""

import logging
from collections.abc import Callable
from contextlib import closing
from time import monotonic
from typing import Any

import eventlet
from eventlet.event import Event
from nameko.extensions import SharedExtension
from prometheus_client import Counter, Gauge

from chassis.amqp import queues
from chassis.amqp.connection import BrokerConnection, connect
from chassis.data import outbox, pools
from chassis.data.database import Reader
from chassis.data.dedicated import dedicated
from chassis.data.statements import by_value
from chassis.events.turn import BATCH, Turn
from chassis.process import backoff
from chassis.process.background import Background
from chassis.process.settings import ServiceSettings
from contracts.events import EVENTS, Envelope

log = logging.getLogger(__name__)

_PUBLISHED = Counter("sakina_events_published_total", "Events that the broker has confirmed.")
_ELECTED = Gauge("sakina_relay_elected", "Whether this instance's relay publishes: 1 or 0.")
_ELECTIONS = Counter("sakina_relay_elections_total", "How often this instance's relay was elected.")

SHORTEST_POLL = 0.01
LONGEST_POLL = 0.25
# A partial batch is followed by the next one so long after it began, not ended: a commit that has
# just missed it waits for no more than this and the next one's way to the broker.
LINGER_SECONDS = 0.020
ELECTION_SECONDS = (1.0,)
BACK_OFF_SECONDS = (0.2, 0.5, 1.0, 2.0)
LAST_ROUND_SECONDS = 3.0
STREAM_LOOK_SECONDS = 0.1
STREAM_GRACE_SECONDS = 2.0

# Two keys are a space of their own: no lock that is taken with one key is met.
_ELECT = by_value(
    "select pg_try_advisory_lock(hashtext('relay'), hashtext(current_schema())) as elected"
)
# The server notices in 20 s that the host of an elected relay has vanished, not in two hours.
# A mark need not wait for the disk: one that a crash takes back means an event published twice.
# What it asks is planned once, for an outbox of no rows as of a million: it goes by the index.
SESSION = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2"
    " -c synchronous_commit=off"
    " -c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off"
)


class Relay(Background, SharedExtension):
    """Publishes the rows of the outbox in the order of their ids.

    Every instance of a service has one; a lock that PostgreSQL holds for the relay's own
    connection lets one of them work. Losing the database or the broker ends its turn, not the
    service: a row is marked only after the broker's confirm, so it is published again at worst.

    Attributes:
        elected: Whether this instance's relay publishes now.
        after_publishing: Called, without arguments, in the elected instance alone: when its turn
            begins, and after what any instance committed was published.
    """

    PAUSES = BACK_OFF_SECONDS
    # What the last workers committed is published first, where this relay is elected.
    LAST_SECONDS = LAST_ROUND_SECONDS
    _title = "the relay"

    def __init__(self) -> None:
        super().__init__()
        self._awake = Event()
        self._was_cut_off = False
        self.elected = False
        self.after_publishing: list[Callable[[], None]] = []

    def stop(self) -> None:
        """Publish what the last workers committed, where this relay is elected, and end."""
        self._stopping = True
        if not self._awake.ready():
            self._awake.send(None)
        super().stop()

    def wake(self) -> None:
        """Look into the outbox now, where this relay is elected: something was committed."""
        if self.elected and not self._awake.ready():
            self._awake.send(None)

    # Its turns

    @property
    def _settings(self) -> ServiceSettings:
        settings: ServiceSettings = self.container.config["settings"]
        return settings

    def _turn(self) -> None:
        workers = self._settings.max_workers
        name = pools.relay_name(self.container.service_name, workers)
        with dedicated(self._settings.database_url, name=name, options=SESSION) as database:
            pools.check(database, workers)
            while not database.ask(_ELECT)[0].elected:
                self._sleep(backoff.pause(ELECTION_SECONDS, 0))
                if self._stopping:
                    return
            self._publish_through(database)

    def _publish_through(self, database: Reader) -> None:
        if not self._stream_runs():
            return
        broker = BrokerConnection.connect(
            self._settings.broker_url, f"{self.container.service_name} relay"
        )
        reader = eventlet.spawn(_read_quietly, broker)
        turn = Turn(self.container.service_name, database, broker.confirms, self._body)
        try:
            self.elected = True
            _ELECTED.set(1)
            _ELECTIONS.inc()
            self._tell()
            self._publish(turn)
        finally:
            turn.end()
            self._was_cut_off = True
            self.elected = False
            _ELECTED.set(0)
            reader.kill()
            broker.close()

    def _stream_runs(self) -> bool:
        """Wait until what is published reaches the stream of all events, and others beside it.

        Returns:
            Whether it does; not where this is told to stop before.
        """
        name = f"{self.container.service_name} relay waits"
        is_starting = False
        with closing(connect(self._settings.broker_url, name)) as connection:
            while queues.is_down(connection, queues.ACTIVITY):
                if self._stopping:
                    return False
                if not is_starting:
                    log.info("the stream %s does not run yet: events wait", queues.ACTIVITY)
                is_starting = True
                self._sleep(STREAM_LOOK_SECONDS)
        if is_starting or self._was_cut_off:
            # Consumers have streams of their own, whose names are not ours to know. They start in
            # the same moments; what is published to one before it runs is confirmed and dropped.
            self._sleep(STREAM_GRACE_SECONDS)
        return True

    def _publish(self, turn: Turn) -> None:
        turn.begin()
        pause = SHORTEST_POLL
        while True:
            last_round = self._stopping
            self._awake = Event()
            began = monotonic()
            sent = turn.round()
            if sent:
                _PUBLISHED.inc(sent)
                pause = SHORTEST_POLL
                self._tell()
                if sent < BATCH:
                    # Under load, what is committed meanwhile then goes together.
                    self._sleep(max(0.0, began + LINGER_SECONDS - monotonic()))
            elif last_round and turn.at_rest:
                return
            else:
                self._awake.wait(pause)
                pause = min(pause * 2, LONGEST_POLL)

    def _tell(self) -> None:
        for notice in self.after_publishing:
            notice()

    def _body(self, row: Any) -> bytes | None:
        try:
            body = outbox.envelope(row)
            if self._settings.check_contracts:
                EVENTS[row.type].data.model_validate(Envelope.model_validate_json(body).data)
        except Exception:
            log.exception("event %s of type %s stays in the outbox", row.event_id, row.type)
            return None
        return body


def _read_quietly(broker: BrokerConnection) -> None:
    try:
        broker.read()
    except Exception as error:
        log.debug("the relay's connection ended: %s", error)
