"""deploy/.env and deploy/secrets: written once with fresh random values, and renewed on request.

The folder is its owner's alone. The files in it can be read by everyone who gets past the folder:
Compose mounts each into the containers that name it, where another user id reads it.
"""

import json
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sakina_stack import signing_key, verifiers
from sakina_stack.problems import Problem

SERVICES = ("auth", "practice", "khatma", "notify")
SUPERUSER = "postgres"
LEARNING = timedelta(minutes=5)
"""Gateways learn of a key within this."""

_ENVIRONMENT = """\
# Written by `make secrets`; .env.example says what else may stand here.
SAKINA_SECRETS={folder}
SAKINA_PUBLIC_URL={public_url}
SAKINA_HTTP_PORT={port}
"""


def create(environment: Path, folder: Path, port: int = 8080) -> None:
    """Write the file `environment` and the folder `folder`.

    Args:
        environment: The file that Compose reads its variables from.
        folder: Where every secret becomes a file.
        port: The one published port.

    Raises:
        Problem: One of the two exists already; nothing was written.
    """
    for path in (environment, folder):
        if path.exists():
            raise Problem(
                f"{path} exists: nothing was written. A running stack needs it; to change its "
                "secrets see Rotation in docs/operations.md, to start anew remove it first."
            )
    folder.mkdir(mode=0o700, parents=True)
    write_passwords(folder)
    write_fingerprint_key(folder)
    add_signing_key(folder)
    environment.write_text(
        _ENVIRONMENT.format(
            folder=folder.resolve(), public_url=f"http://localhost:{port}", port=port
        )
    )


def write_passwords(folder: Path) -> None:
    """Write new passwords for the database and the broker, and what the two keep of them."""
    _must_exist(folder)
    roles = {SUPERUSER: _password()}
    users = {"gateway": _password()}
    for service in SERVICES:
        users[service] = _password()
        for kind, address in (("app", "database_url"), ("owner", "owner_url")):
            role = f"{service}_{kind}"
            roles[role] = _password()
            url = f"postgresql+psycopg2://{role}:{roles[role]}@postgres:5432/sakina"
            _write(folder / f"{service}_{address}", url)
    for user, password in users.items():
        _write(folder / f"{user}_broker_url", f"amqp://{user}:{password}@rabbitmq:5672/sakina")
    _write(folder / "postgres_password", roles[SUPERUSER])
    _write(folder / "postgres_roles.sql", _roles_sql(roles))
    _write(folder / "rabbitmq_users.json", _users_json(users))


def write_fingerprint_key(folder: Path) -> None:
    """Write a new key of the fingerprints by which the gateway knows a repeated body again."""
    _must_exist(folder)
    _write(folder / "gateway_fingerprint_key", secrets.token_urlsafe(32))


def add_signing_key(folder: Path) -> Path:
    """Add a key that signs access tokens once auth has been restarted; return its file."""
    _must_exist(folder)
    keys = folder / "signing"
    keys.mkdir(mode=0o755, exist_ok=True)
    keys.chmod(0o755)
    file = keys / f"{signing_key.name()}.pem"
    _write(file, signing_key.pem())
    return file


def retire_signing_keys(
    folder: Path, starts: tuple[datetime, datetime] | None, access: timedelta
) -> list[str]:
    """Remove every signing key but the newest; return the names of those removed.

    Args:
        folder: Of the secrets.
        starts: When the oldest and the youngest instance of auth started, each of which took the
            newest key there was; None for a key that was stolen: whoever holds a token that it
            signed logs in again.
        access: How long access tokens are good.

    Raises:
        Problem: There is no key, or auth signs with an older one, or tokens of one may live.
    """
    files = sorted((folder / "signing").glob("*.pem"))
    if not files:
        raise Problem(f"{folder / 'signing'} holds no signing key: add one first.")
    *old, newest = files
    if old and starts is not None:
        oldest, youngest = starts
        if oldest.timestamp() < newest.stat().st_mtime:
            raise Problem(f"auth was started before {newest.name} was there: roll auth first.")
        overlap = access + LEARNING
        safe = youngest + overlap
        if datetime.now(UTC) < safe:
            raise Problem(
                f"Tokens of the old key may live until {safe:%H:%M:%S} UTC, {overlap} after auth "
                "was started: retire it then, or say --at-once if it was stolen."
            )
    for file in old:
        file.unlink()
    return [file.stem for file in old]


def _must_exist(folder: Path) -> None:
    if not folder.is_dir():
        raise Problem(f"{folder} does not exist: run `make secrets` first.")


def _roles_sql(roles: Mapping[str, str]) -> str:
    return "".join(
        f"ALTER ROLE {role} PASSWORD '{verifiers.postgres(password)}';\n"
        for role, password in roles.items()
    )


def _users_json(users: Mapping[str, str]) -> str:
    entries = [
        {
            "name": user,
            "password_hash": verifiers.rabbitmq(password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": [],
        }
        for user, password in users.items()
    ]
    return json.dumps({"users": entries}, indent=2) + "\n"


def _password() -> str:
    # Of characters that a URL takes as they are.
    return secrets.token_urlsafe(24)


def _write(file: Path, text: str) -> None:
    # Renamed into place, so that nobody reads half of it.
    unfinished = file.with_name(f".{file.name}.part")
    unfinished.write_text(text)
    unfinished.chmod(0o444)
    os.replace(unfinished, file)
