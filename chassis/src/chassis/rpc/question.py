"""A request as it came: who waits for the reply, until when, and what is asked."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from chassis.amqp.guards import asked, headers_of, method_of
from chassis.rpc.responder import reply_queue
from chassis.work.context import Handled
from chassis.work.encoding import Encoded
from chassis.work.invalid import invalid
from contracts.refusals import Unauthenticated
from contracts.rpc import Call, RpcMethod


class Question:
    """A request.

    Attributes:
        message: As it was delivered.
        name: Of the method that it asks.
        reply_queue: Where its caller waits.
    """

    service: Any
    method: RpcMethod[Any]
    said: Call[Any]

    def __init__(self, message: Any, service: str, *, checked: bool = False) -> None:
        """Read `message`, which was sent to `service`. Raises Refused where it is malformed.

        With `checked`, its answer is held against the contract, as tests do.
        """
        self.message = message
        self.name = method_of(message, service)
        self.reply_queue = reply_queue(message)
        self._asked = asked(message)
        self._checked = checked
        headers = headers_of(message)
        deadline = headers.get("nameko.deadline")
        self.handled = Handled(
            request_id=_short(headers.get("nameko.request_id")),
            traceparent=_short(headers.get("nameko.traceparent")),
            deadline=deadline / 1000 if isinstance(deadline, int) else None,
            redelivered=bool(message.delivery_info["redelivered"]),
        )

    @property
    def late(self) -> bool:
        """Whether the caller has stopped waiting."""
        return self.handled.late

    def read(self) -> Call[Any]:
        """Return the call that it is.

        Raises:
            Invalid: It does not fit the contract.
            Unauthenticated: Nobody is named who asks, and the method is not open.
        """
        try:
            call = self.method.call.model_validate(self._asked)
        except ValidationError as error:
            raise invalid(error) from None
        if call.actor is None and not self.method.open:
            raise Unauthenticated("Log in first: this needs an access token.")
        return call

    def check(self, answer: Encoded) -> None:
        """Hold `answer` against the contract. Raises ValidationError where it does not fit."""
        if self._checked:
            self.method.result.validate_json(answer)


def _short(value: Any) -> str | None:
    return None if value is None else str(value)[:200]
