"""`make consumer`: lets a consumer of events into the running system, and out again."""

from collections.abc import Sequence

from sakina_local.broker import Broker
from sakina_local.home import Home
from sakina_local.ports import LOOPBACK
from sakina_local.problems import Problem
from sakina_local.progress import plainly
from sakina_stack import consumers

ACTIONS = consumers.ACTIONS
VHOST = "sakina"


def act(home: Home, action: str, name: str, topics: Sequence[str]) -> None:
    """Do one of `ACTIONS` and tell how it went; a connection URL is the last line.

    Raises:
        Problem: Nothing runs, or what was asked for cannot be.
    """
    if home.url() is None:
        raise Problem(
            "Sakina is not running, or not ready yet: start it with make up in another terminal, "
            "and wait until it says ready."
        )
    ports = home.broker_ports()
    broker = Broker(home.folder / "rabbitmq", ports, {})
    said = consumers.act(
        consumers.Consumers(broker.address.control, VHOST),
        action,
        name,
        topics,
        url=lambda user, password: f"amqp://{user}:{password}@{LOOPBACK}:{broker.port}/{VHOST}",
    )
    plainly(said)
