"""Following events: `follows(EVENT_TYPE, usecase)` makes a use case their handler."""

from collections.abc import Callable
from typing import Any

from nameko.extensions import Entrypoint, register_entrypoint

from chassis.amqp import queues
from chassis.data import inbox
from chassis.data.database import Transaction
from chassis.data.hands import UseCase
from chassis.events.arrival import Arrival
from chassis.events.consumer import EventConsumer
from chassis.events.delay import delayed
from chassis.work.chain import Direct, Job, chain, in_context, in_contract
from chassis.work.measured import measured
from contracts.events import Event, EventType

Handling = Callable[[Any, Any], None]


def follows(
    event_type: EventType, function: Callable[..., None], *, inbox_name: str | None = None
) -> Handling:
    """Return a method of a service class that handles the events of `event_type` by a use case.

    Args:
        event_type: What is followed.
        function: The use case, of (hands, event); see `UseCase`. One that is given a `Transaction`
            takes effect once for each event, however often it comes; where it says nothing to the
            database, nor does the inbox. Another one sees to that itself, as by a version. Where it
            raises, the event comes again after a while, three times, and is then parked.
        inbox_name: By which the event is known to be taken in; the function's name where nothing
            is said. It never changes, or an event that is under way would take effect twice.

    Returns:
        A method that takes an `Arrival`; or an `Event`, as tests do.
    """
    usecase = UseCase(function)
    name = inbox_name or usecase.name

    def carry_out(job: Job | Direct) -> None:
        def transact(work: Callable[[Transaction], Any]) -> None:
            def take_in(tx: Transaction) -> None:
                inbox.take_in_with_effect(tx, name, job.said.id)
                work(tx)

            inbox.once(job.service.db, take_in)

        usecase(job, transact)

    title = function.__name__
    layers = (in_context, measured("event", title), in_contract, delayed(title))
    through = chain(layers, carry_out)

    def handle(service: Any, said: Arrival | Event[Any]) -> None:
        if isinstance(said, Event):
            carry_out(Direct(service, said))
            return
        said.service = service
        through(said)

    handle.__name__ = handle.__qualname__ = function.__name__
    handle.__doc__ = function.__doc__
    register_entrypoint(handle, Follows(event_type))
    return handle


class Follows(Entrypoint):
    """The nameko entrypoint of one event handler."""

    consumer = EventConsumer()

    def __init__(self, event_type: EventType, **kwargs: Any) -> None:
        self.event_type = event_type
        super().__init__(**kwargs)

    @property
    def queue(self) -> str:
        """The handler's own queue."""
        return queues.handler_queue(
            self.event_type, self.container.service_name, str(self.method_name)
        )

    def setup(self) -> None:
        """Join the service's other handlers on their one connection."""
        self.consumer.register(self)

    def stop(self) -> None:
        """Take no more events; return when those at work are settled."""
        self.consumer.cease()
