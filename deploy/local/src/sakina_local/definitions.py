"""The broker's definitions of deploy/rabbitmq, completed with what that file must not hold."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.catalogue import SERVICES
from sakina_local.checkout import RABBITMQ_DEFINITIONS

USERS = (*SERVICES, "gateway")
ADMIN = "admin"
"""A user of test brokers only, who may do everything."""


def definitions(
    passwords: Mapping[str, str], vhosts: Sequence[str] = ("sakina",)
) -> dict[str, Any]:
    """Return definitions as `load_definitions` and `rabbitmqctl import_definitions` take them.

    Args:
        passwords: Password of each user of `USERS`, and of `ADMIN` where there is one.
        vhosts: Names of the virtual hosts, each with all exchanges and permissions.
    """
    common = json.loads(RABBITMQ_DEFINITIONS.read_text())
    complete: dict[str, Any] = {
        "users": [
            {
                "name": name,
                "password_hash": _hash(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": ["administrator"] if name == ADMIN else [],
            }
            for name, password in passwords.items()
        ],
        "vhosts": [{"name": name} for name in vhosts],
    }
    for kind in ("exchanges", "queues", "bindings", "permissions", "topic_permissions"):
        complete[kind] = [{**item, "vhost": name} for name in vhosts for item in common[kind]]
    if ADMIN in passwords:
        complete["permissions"] += [
            {"user": ADMIN, "vhost": name, "configure": ".*", "write": ".*", "read": ".*"}
            for name in vhosts
        ]
    return complete


def _hash(password: str) -> str:
    """Return RabbitMQ's salted SHA-256, as its documentation of password hashes gives it."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
