"""The health method that every service answers."""

from pydantic import Field

from contracts.models import Answer, Nothing
from contracts.rpc import RpcMethod


class Health(Answer):
    """What a service says of itself."""

    service: str
    database: bool = Field(description="Whether its database answers.")
    outbox: int = Field(description="Events committed and not yet published.")
    parked: int = Field(default=0, description="Messages that it gave up on, awaiting a replay.")


def health_of(service: str) -> RpcMethod[Nothing]:
    """Return the health method of `service`."""
    return RpcMethod(service, "health", Nothing, Health, open=True)
