"""What a service is told from outside, read once at start."""

import sys
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from telemetry.settings import MetricsHost, MetricsPort, OtlpEndpoint

SECRETS = Path("/run/secrets")

Settings = TypeVar("Settings", bound="DatabaseSettings")


class DatabaseSettings(BaseSettings):
    """Where the database is. Environment variables start with SAKINA_; a secret may be a file."""

    model_config = SettingsConfigDict(
        env_prefix="SAKINA_",
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
        extra="ignore",
        hide_input_in_errors=True,
    )

    database_url: str = Field(pattern=r"^postgresql\+psycopg2://", repr=False)


class ServiceSettings(DatabaseSettings):
    """What every service is told."""

    broker_url: str = Field(pattern=r"^amqps?://", repr=False)
    max_workers: int = Field(default=10, ge=2, le=100)
    log_level: str = Field(default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")
    metrics_host: MetricsHost = "127.0.0.1"
    metrics_port: MetricsPort = 0
    otlp_endpoint: OtlpEndpoint = ""
    check_contracts: bool = Field(
        default=False, description="Check every answer and event before it leaves, as tests do."
    )
    retry_seconds: tuple[float, float, float] = Field(
        default=(1.0, 10.0, 60.0), description="Waits before a failed event handler tries again."
    )
    drain_seconds: float = Field(
        default=8.0, ge=0, description="How long work at hand may take once told to stop."
    )
    watchdog_seconds: float = Field(
        default=30.0, ge=0, description="How long the hub may stand still; 0 means for ever."
    )


def read(kind: type[Settings], service: str) -> Settings:
    """Return the settings of `service`, or exit with one line that names those that are wrong.

    What they are set to is not said: most are secrets.
    """
    try:
        return kind()  # type: ignore[call-arg]
    except ValidationError as error:
        wrong = ", ".join(sorted({f"SAKINA_{one['loc'][0]}".upper() for one in error.errors()}))
        readme = f"services/{service}/README.md"
        sys.exit(
            f"{service}: not started: set {wrong} ({readme} and chassis/README.md say to what)"
        )
