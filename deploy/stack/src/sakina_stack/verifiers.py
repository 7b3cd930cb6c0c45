"""What PostgreSQL and RabbitMQ keep of a password: enough to check it, not to know it."""

import base64
import hashlib
import hmac
import secrets

# PostgreSQL's own default. The passwords are random, so that guessing is hopeless anyway.
SCRAM_ITERATIONS = 4096


def postgres(password: str) -> str:
    """Return the SCRAM-SHA-256 verifier (RFC 5803) of `password`, as ALTER ROLE takes it."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def rabbitmq(password: str) -> str:
    """Return RabbitMQ's salted SHA-256 of `password`, as definitions take it."""
    salt = secrets.token_bytes(4)
    return _text(salt + hashlib.sha256(salt + password.encode()).digest())


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
