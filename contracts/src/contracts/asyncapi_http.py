"""The part of the AsyncAPI document that is for people: their stream, and their webhooks."""

from collections.abc import Iterable
from typing import Any

from contracts.activity import is_shown
from contracts.events import EventType

STREAM, WEBHOOK = "activity", "webhook"
_SECURITY = "#/components/securitySchemes/"

SERVERS: dict[str, Any] = {
    "gateway": {
        "host": "{host}",
        "protocol": "https",
        "description": "Where this document was read; all that it answers is in `/openapi.json`.",
        "variables": {"host": {"default": "127.0.0.1:8000", "description": "The same host."}},
    },
    "endpoint": {
        "host": "{host}",
        "protocol": "https",
        "description": "The host of the address that a webhook was made with.",
        "variables": {"host": {"default": "example.com", "description": "One's own host."}},
    },
}
SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "ticket": {
        "type": "httpApiKey",
        "in": "query",
        "name": "ticket",
        "description": "From POST /api/activity/tickets/: for one stream, once.",
    },
}
OPERATIONS: dict[str, Any] = {
    STREAM: {
        "action": "send",
        "channel": {"$ref": f"#/channels/{STREAM}"},
        "title": "Follow what happens",
        "summary": "Server-sent events: `id` is the cursor to go on from, `event` the type, `data` "
        "the envelope.",
        "security": [{"$ref": f"{_SECURITY}bearer"}, {"$ref": f"{_SECURITY}ticket"}],
        "bindings": {"http": {"method": "GET", "bindingVersion": "0.3.0"}},
    },
    WEBHOOK: {
        "action": "send",
        "channel": {"$ref": f"#/channels/{WEBHOOK}"},
        "title": "Be told what happened",
        "summary": "Signed as Standard Webhooks says: webhook-id, webhook-timestamp and "
        "webhook-signature are headers. At least once, and in order for each subject.",
        "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
    },
}


def channels(kinds: Iterable[EventType]) -> dict[str, Any]:
    """Return the channels by which people follow those of `kinds` that they are shown."""
    shown = [kind for kind in kinds if is_shown(kind) or not kind.is_broadcast]
    return {
        STREAM: {
            "address": "/api/activity/stream",
            "title": "One's activity, as it happens",
            "summary": "What happens to oneself and in the khatmas that one is in.",
            "servers": [{"$ref": "#/servers/gateway"}],
            "messages": _messages(kind for kind in shown if kind.is_broadcast),
        },
        WEBHOOK: {
            "address": None,
            "title": "One's webhook",
            "summary": "The same, sent to an address of one's own: see POST /api/webhooks/.",
            "servers": [{"$ref": "#/servers/endpoint"}],
            "messages": _messages(shown),
        },
    }


def _messages(kinds: Iterable[EventType]) -> dict[str, Any]:
    return {kind.wire_name: {"$ref": f"#/components/messages/{kind.wire_name}"} for kind in kinds}
