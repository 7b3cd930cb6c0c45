"""The gateway's settings, read once from the environment (prefix `SAKINA_`) and passed in."""

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.crowd import Caps
from telemetry.settings import MetricsHost, MetricsPort, OtlpEndpoint

_SECRETS = Path("/run/secrets")

Network = IPv4Network | IPv6Network


def _words(text: str) -> str:
    return ",".join(text.replace(",", " ").split())


def _networks(words: str) -> tuple[Network, ...]:
    return tuple(ip_network(word, strict=False) for word in words.split(",") if word)


def _of_a_broker(url: SecretStr) -> SecretStr:
    if not re.match(r"amqps?://[^/@:]+:[^/@]+@[^/]+/", url.get_secret_value()):
        raise ValueError("not amqp://user:password@host/vhost")
    return url


def _only_networks(words: str) -> str:
    _networks(words)
    return words


Words = Annotated[str, AfterValidator(_words)]


class GatewaySettings(BaseSettings):
    """What the gateway needs to know of its surroundings. Secrets may be files in /run/secrets."""

    model_config = SettingsConfigDict(env_prefix="SAKINA_", frozen=True, extra="ignore")

    broker_url: Annotated[SecretStr, AfterValidator(_of_a_broker)] = Field(
        description="amqp URL with the gateway's own user."
    )
    fingerprint_key: SecretStr = Field(
        min_length=16, description="Secret of the HMACs that tell repeated bodies apart."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://[^\s?#]+$",
        description="The address that clients use, for links.",
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    metrics_host: MetricsHost = "127.0.0.1"
    metrics_port: MetricsPort = 0
    otlp_endpoint: OtlpEndpoint = ""
    otlp_ratio: float = Field(
        default=1.0, ge=0, le=1, description="Which part of all requests is recorded as spans."
    )
    cors_origins: Words = Field(default="*", description="Origins that browsers may call from.")
    trusted_proxies: Annotated[Words, AfterValidator(_only_networks)] = Field(
        default="", description="Addresses or networks whose X-Forwarded-For is believed."
    )
    deadline_seconds: float = Field(default=5.0, gt=0, le=60)
    max_in_flight: int = Field(default=1000, ge=1, description="RPC calls awaited at once.")
    max_in_flight_each: int = Field(default=250, ge=1, description="Of these, of one service.")
    max_slow_in_flight: int = Field(
        default=16, ge=1, description="Of these, of slow methods: what hashes a password."
    )
    body_limit: int = Field(default=64 * 1024, ge=1, description="Bytes of a request's body.")
    max_streams: int = Field(default=2000, ge=1, description="Event streams open at once.")
    max_streams_each: int = Field(default=10, ge=1, description="Of these, of one person.")
    token_issuer: str = "sakina"  # noqa: S105 - a name
    token_audience: str = "sakina"  # noqa: S105 - a name
    access_seconds: int = Field(
        default=3600, ge=60, le=86_400, description="How long an access token is good, as for auth."
    )
    watchdog_seconds: float = Field(
        default=30.0, ge=0, description="How long the event loop may stand still; 0 means for ever."
    )
    log_level: str = Field(default="INFO", pattern=r"(?i)^(debug|info|warning|error|critical)$")

    def __init__(self, **values: Any) -> None:
        super().__init__(_secrets_dir=_SECRETS if _SECRETS.is_dir() else None, **values)

    @cached_property
    def address(self) -> str:
        """The public URL without a slash at its end."""
        return self.public_url.rstrip("/")

    @cached_property
    def prefix(self) -> str:
        """What clients write before the paths of the gateway: the path of the public URL."""
        return urlsplit(self.address).path

    @cached_property
    def origins(self) -> list[str]:
        """The origins of `cors_origins`."""
        return self.cors_origins.split(",") if self.cors_origins else []

    @cached_property
    def caps(self) -> Caps:
        """How many RPC calls may be under way."""
        return Caps(self.max_in_flight, self.max_in_flight_each, self.max_slow_in_flight)

    @cached_property
    def proxies(self) -> tuple[Network, ...]:
        """The networks of `trusted_proxies`."""
        return _networks(self.trusted_proxies)
