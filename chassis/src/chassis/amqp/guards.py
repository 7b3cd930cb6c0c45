"""What a message must be like before a service works on it."""

from typing import Any

import orjson

from chassis.amqp.queues import RPC_EXCHANGE
from chassis.amqp.refused import Refused

JSON = "application/json"


def check_origin(message: Any, *allowed: tuple[str, str]) -> None:
    """Check by which (exchange, routing key) the broker says that `message` came.

    Whoever may write to the default exchange can put anything into any queue, and a CC header
    slips past topic permissions; but the broker stamps both on every delivery.

    Raises:
        Refused: It came another way.
    """
    delivery = message.delivery_info
    if (delivery["exchange"], delivery["routing_key"]) not in allowed:
        raise Refused("it did not come by the way that such a message comes")


def method_of(message: Any, service: str) -> str:
    """Return the method that `message` asks of `service`.

    Raises:
        Refused: It did not come by `nameko-rpc` with the key `<service>.<method>`.
    """
    delivery = message.delivery_info
    owner, _, method = str(delivery["routing_key"]).partition(".")
    if delivery["exchange"] != RPC_EXCHANGE or owner != service or not method or "." in method:
        raise Refused("it did not come by the way that a request comes")
    return method


def json_object(message: Any) -> dict[str, Any]:
    """Return the body of `message`, which must be a JSON object declared as such.

    Raises:
        Refused: It is something else.
    """
    kind = message.properties.get("content_type")
    if kind != JSON:
        raise Refused("it has no content_type" if kind is None else "its content_type is not JSON")
    try:
        body = orjson.loads(message.body)
    except ValueError as error:
        raise Refused("its body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused("its body is not a JSON object")
    return body


def asked(message: Any) -> dict[str, Any]:
    """Return the one argument that the request `message` carries.

    Raises:
        Refused: Its body is not `{"args": [], "kwargs": {"request": {…}}}`.
    """
    body = json_object(message)
    kwargs = body.get("kwargs")
    if body.get("args") != [] or not isinstance(kwargs, dict) or set(kwargs) != {"request"}:
        raise Refused("it does not carry exactly one argument named request")
    request = kwargs["request"]
    if not isinstance(request, dict):
        raise Refused("its request is not an object")
    return request


def headers_of(message: Any) -> dict[str, Any]:
    """Return the headers of `message`, empty where it has none."""
    return message.properties.get("application_headers") or {}
