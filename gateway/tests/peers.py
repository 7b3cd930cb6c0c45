"""Peers of the gateway: they speak the RPC protocol on a real broker, and mint tokens as auth."""

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import pika
from cryptography.hazmat.primitives.asymmetric import ec

from contracts.refusals import NotFound, Refusal

Answer = Callable[[dict[str, Any]], Any] | Any


def _nothing(_: Any) -> None:
    raise NotFound("This peer has no answer to that.")


class Peer:
    """One service: answers the methods in `answers` with a value, or with what a function says.

    `calls` holds (method, request, properties) of everything that came.
    """

    def __init__(self, service: str, url: str, answers: dict[str, Answer] | None = None) -> None:
        self.service = service
        self.url = url
        self.answers = answers if answers is not None else {}
        self.calls: list[tuple[str, dict[str, Any], pika.BasicProperties]] = []
        self.silent = False
        self.unanswered: set[str] = set()
        self._stop = threading.Event()
        self._up = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> "Peer":
        if self._thread is not None:
            return self
        self._stop.clear()
        self._up.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._up.wait(10)
        return self

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)
            self._thread = None

    def named(self, method: str) -> list[dict[str, Any]]:
        return [request for name, request, _ in self.calls if name == method]

    def publish(self, exchange: str, routing_key: str, body: dict[str, Any]) -> None:
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            channel.basic_publish(
                exchange,
                routing_key,
                json.dumps(body).encode(),
                pika.BasicProperties(content_type="application/json", delivery_mode=2),
            )

    def _run(self) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(self.url))
        channel = connection.channel()
        queue = f"rpc-{self.service}"
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue, "nameko-rpc", f"{self.service}.*")
        channel.basic_consume(queue, self._asked, auto_ack=True)
        self._up.set()
        try:
            while not self._stop.is_set():
                connection.process_data_events(0.05)
            connection.close()
        except pika.exceptions.AMQPError:
            pass

    def _asked(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        name = method.routing_key.partition(".")[2]
        request = json.loads(body)["kwargs"]["request"]
        self.calls.append((name, request, properties))
        if self.silent or name in self.unanswered:
            return
        channel.basic_publish(
            "",
            properties.reply_to,
            self._reply(name, request),
            pika.BasicProperties(
                content_type="application/json", correlation_id=properties.correlation_id
            ),
        )

    def _reply(self, name: str, request: dict[str, Any]) -> bytes:
        answer = self.answers.get(name, _nothing)
        try:
            result = answer(request) if callable(answer) else answer
        except Refusal as refusal:
            return json.dumps({"error": refusal.to_wire(), "result": None}).encode()
        if isinstance(result, bytes):
            return result
        return b'{"error":null,"result":%b}' % json.dumps(result, separators=(",", ":")).encode()


class Mint:
    """Makes keys and tokens as auth does, or as an attacker would."""

    def __init__(self) -> None:
        self.private: dict[str, ec.EllipticCurvePrivateKey] = {}
        self.published: list[str] = []
        self.add("k1")

    def add(self, kid: str, *, publish: bool = True) -> None:
        self.private[kid] = ec.generate_private_key(ec.SECP256R1())
        if publish:
            self.published.append(kid)

    def jwks(self, _: Any = None) -> dict[str, Any]:
        return {"keys": [self.jwk(kid) for kid in self.published]}

    def jwk(self, kid: str) -> dict[str, Any]:
        key = jwt.algorithms.ECAlgorithm.to_jwk(self.private[kid].public_key(), as_dict=True)
        return {**key, "kid": kid, "alg": "ES256", "use": "sig"}

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = time.time()
        claims = {
            "iss": "sakina",
            "aud": "sakina",
            "sub": "7",
            "sid": uuid.uuid4().hex,
            "jti": uuid.uuid4().hex,
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "username": "layla",
            "fullname": "ليلى حسن",
            "timezone": "Asia/Amman",
            "day_starts_at": 90,
            "ver": 3,
        }
        claims |= changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, kid: str = "k1", headers: dict[str, Any] | None = None, **changes: Any) -> str:
        headers = {"kid": kid, "typ": "at+jwt"} | (headers or {})
        return jwt.encode(self.claims(**changes), self.private[kid], "ES256", headers)
