"""One RPC method, said once: the gateway calls by it, the service answers by it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import Field, TypeAdapter

from contracts.fields import Id
from contracts.models import Answer, Request
from contracts.people import Visibility
from contracts.personal import PersonName
from contracts.refusals import Refusal

Body = TypeVar("Body", bound=Request)

METHODS: dict[str, "RpcMethod[Any]"] = {}
"""Every method by its routing key, filled as the contract modules are imported."""


class Actor(Answer):
    """Who asks, as the verified access token says. A service never waits for an event to know."""

    id: Id
    session: str
    username: PersonName
    fullname: PersonName = ""
    timezone: str = "UTC"
    day_starts_at: int = Field(default=0, description="Minutes after midnight.")
    version: int = Field(default=0, description="Grows with each change of the account.")
    visibility: Visibility = "companions"

    @property
    def shown_name(self) -> str:
        """The full name, or the username where there is none."""
        return self.fullname or self.username


class Command(Answer):
    """The identity of one mutating request, by which its owner does it once."""

    id: str = Field(max_length=64)
    fingerprint: str = Field(default="", max_length=64)
    keep_seconds: int = Field(default=600, ge=1, le=86_400)


class Call(Answer, Generic[Body]):
    """The one argument of every method: who asks, which command it is, and what is asked."""

    actor: Actor | None = None
    command: Command | None = None
    body: Body

    @property
    def asker(self) -> Actor:
        """The actor of a method that is not open. Raises ValueError without one."""
        if self.actor is None:
            raise ValueError("the method needs an actor")
        return self.actor


@dataclass(frozen=True)
class RpcMethod(Generic[Body]):
    """A method of a service.

    Attributes:
        service: The service that answers.
        name: The method's name; the routing key is `<service>.<name>`.
        request: Model of the body.
        answer: Type of the result, as JSON: a model, or a list of one.
        refusals: What it may refuse with, beyond what every method may.
        writes: Whether it changes anything, and so carries a command.
        open: Whether it may be asked without an actor.
        keeps_result: Whether its result may be stored for a repeated command
            (never where the result holds a token, nor where the method is idempotent by nature:
            it does the same again, and an answer kept for a day may name who was erased since).
        told_again: For a method that is done once although its answer is kept nowhere: what a
            repeated command is told, with a 409. `{id}` stands for that field of the answer; only
            what is named so is kept.
        slow: Whether it costs so much CPU, or waits so long for somebody outside, that a service
            does few at once. Gateway and service
            bound how many are under way and refuse the rest at once, so that none of them stands
            before what is quick.
    """

    service: str
    name: str
    request: type[Body]
    answer: Any
    refusals: tuple[type[Refusal], ...] = ()
    writes: bool = False
    open: bool = False
    keeps_result: bool = True
    told_again: str = ""
    slow: bool = False

    def __post_init__(self) -> None:
        METHODS[self.routing_key] = self

    @property
    def routing_key(self) -> str:
        """The routing key on the exchange `nameko-rpc`."""
        return f"{self.service}.{self.name}"

    @property
    def is_once(self) -> bool:
        """Whether a repeated command is known as such, and is not carried out again."""
        return self.keeps_result or bool(self.told_again)

    @cached_property
    def call(self) -> type[Call[Body]]:
        """The model of the whole request."""
        return Call[self.request]  # type: ignore[name-defined]

    @cached_property
    def result(self) -> TypeAdapter[Any]:
        """Checks an answer against the contract."""
        return TypeAdapter(self.answer)
