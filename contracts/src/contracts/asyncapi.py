"""The catalogue of events as an AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference).

`python -m contracts.asyncapi` prints it; with `--check FILE` compares it.
"""

import json
import sys
from typing import Any

from contracts import asyncapi_http as http
from contracts.catalogue import EVENTS, SERVICES
from contracts.events import ACTIVITY_EXCHANGE, Envelope, EventType
from contracts.printed import printed
from contracts.schemas import data_schema, example

VERSION = "1.0.0"
ENVELOPE = "Envelope"
_SCHEMAS = "#/components/schemas/"
_ABOUT = """What happens in Sakina, for anyone allowed to know.

Every change is announced as a CloudEvent 1.0 in structured JSON, on the topic exchange
`sakina.activity`, with the event's type as routing key: `khatma.#` is all that khatma says. People
follow their own activity and that of their khatmas by the same events: `GET /api/activity/` tells
what happened, `GET /api/activity/stream` what happens, and webhooks are sent it.

Names are facts in the past tense and end in a version, within which data only grows: ignore the
fields that you do not know. An event may come twice, never not at all, and events of different
subjects in any order: remember `id` to apply an event once; `sequence` counts what one source says
of one subject.

Here Sakina is the one that speaks, so every operation is a `send`; a consumer receives. No event
holds an e-mail address, a phone number or what somebody intends. `/docs/events` is this to read."""

_AMQP = {
    "exchange": {
        "name": ACTIVITY_EXCHANGE,
        "type": "topic",
        "durable": True,
        "autoDelete": False,
        "vhost": "/sakina",
    },
    "is": "routingKey",
    "bindingVersion": "0.3.0",
}
_SERVER = {
    "host": "{host}:{port}",
    "pathname": "/sakina",
    "protocol": "amqps",
    "protocolVersion": "0.9.1",
    "description": "The broker, to a consumer whom the operator let in: the command that adds one "
    "prints its whole address, once.",
    "variables": {
        "host": {"default": "broker.example.com", "description": "Where the broker is."},
        "port": {"default": "5671", "description": "5671 by TLS; on one machine, as was printed."},
    },
    "security": [{"$ref": "#/components/securitySchemes/consumer"}],
}
_TRAIT = {
    "contentType": "application/json",
    "headers": {
        "type": "object",
        "description": "None is needed: the envelope is in the body. AMQP's `message_id` is the "
        "envelope's `id`.",
    },
    "correlationId": {
        "description": "The W3C trace context of the request behind it, or null.",
        "location": "$message.payload#/traceparent",
    },
    "bindings": {"amqp": {"contentEncoding": "utf-8", "bindingVersion": "0.3.0"}},
}


def document() -> dict[str, Any]:
    """Return the AsyncAPI document of every event type of the catalogue."""
    kinds = [EVENTS[name] for name in sorted(EVENTS)]
    broadcast = [kind for kind in kinds if kind.is_broadcast]
    schemas = {ENVELOPE: _envelope()}
    for kind in kinds:
        schemas |= _models(kind)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sakina",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "All rights reserved"},
            "tags": [{"name": name, "description": f"Announced by {name}."} for name in SERVICES],
        },
        "defaultContentType": "application/json",
        "servers": {"broker": _SERVER, **http.SERVERS},
        "channels": {kind.wire_name: _channel(kind) for kind in broadcast} | http.channels(kinds),
        "operations": {kind.wire_name: _operation(kind) for kind in broadcast} | http.OPERATIONS,
        "components": {
            "messages": {kind.wire_name: _message(kind) for kind in kinds},
            "messageTraits": {"event": _TRAIT},
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "consumer": {
                    "type": "userPassword",
                    "description": "A user of the broker, who reads its own topics and no more.",
                },
                **http.SECURITY_SCHEMES,
            },
        },
    }


def _channel(kind: EventType) -> dict[str, Any]:
    return {
        "address": kind.wire_name,
        "title": kind.wire_name,
        "summary": kind.meaning,
        "servers": [{"$ref": "#/servers/broker"}],
        "messages": {kind.wire_name: {"$ref": f"#/components/messages/{kind.wire_name}"}},
        "tags": [{"name": kind.source}],
        "bindings": {"amqp": _AMQP},
    }


def _operation(kind: EventType) -> dict[str, Any]:
    name = kind.wire_name
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "title": name,
        "summary": kind.meaning,
        "description": f"Published by {kind.source}.",
        "tags": [{"name": kind.source}],
        "bindings": {"amqp": {"deliveryMode": 2, "ack": True, "bindingVersion": "0.3.0"}},
    }


def _message(kind: EventType) -> dict[str, Any]:
    return {
        "name": kind.wire_name,
        "title": kind.wire_name,
        "summary": kind.meaning,
        "description": f"Published by {kind.source}, about a {kind.subject}.",
        "tags": [{"name": kind.source}],
        "traits": [{"$ref": "#/components/messageTraits/event"}],
        "payload": {
            "allOf": [
                {"$ref": f"{_SCHEMAS}{ENVELOPE}"},
                {
                    "type": "object",
                    "properties": {
                        **kind.fixed,
                        "data": {"$ref": f"{_SCHEMAS}{_name(kind, kind.data.__name__)}"},
                    },
                },
            ]
        },
        "examples": [{"name": "golden", "summary": kind.meaning, "payload": example(kind)}],
    }


def _envelope() -> dict[str, Any]:
    whole = Envelope.model_json_schema(mode="serialization")
    return {**whole, "description": "A CloudEvents 1.0 event with Sakina's extensions."}


def _models(kind: EventType) -> dict[str, Any]:
    """The schemas of what `kind` says, by names that no other service's have."""
    data = data_schema(kind, f"{_SCHEMAS}{kind.source}.{{model}}")
    models = {kind.data.__name__: data, **data.pop("$defs", {})}
    return {_name(kind, name): model for name, model in models.items()}


def _name(kind: EventType, model: str) -> str:
    return f"{kind.source}.{model}"


def written() -> bytes:
    """Return the document as it is served and committed."""
    return json.dumps(document(), indent=2, ensure_ascii=False).encode() + b"\n"


if __name__ == "__main__":
    sys.exit(printed(written(), "contracts.asyncapi", sys.argv[1:]))
