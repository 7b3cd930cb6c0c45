"""What auth is told from outside."""

import os
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from auth.domain.rate import Rate, Rates
from chassis.process.settings import ServiceSettings

MOST_HASHES = 4


def _cores() -> int:
    """Return how many cores this process may use; a limit of a container's is not seen."""
    return min(len(os.sched_getaffinity(0)), MOST_HASHES)


class Settings(ServiceSettings):
    """The settings of every service, and those of tokens and passwords."""

    signing_keys: Path = Field(description="Folder of `<kid>.pem`; the newest by name signs.")
    token_issuer: str = Field(default="sakina", min_length=1, description="The claim `iss`.")
    token_audience: str = Field(default="sakina", min_length=1, description="The claim `aud`.")
    access_seconds: int = Field(
        default=3600, ge=60, le=86_400, description="How long an access token is good."
    )
    hashes_at_once: int = Field(
        default_factory=_cores,
        ge=1,
        le=16,
        description="Passwords hashed at once: 19 MiB and a core each.",
    )
    signup_rate: int = Field(
        default=60, ge=0, le=1_000_000, description="Registrations a minute from one origin."
    )
    login_rate: int = Field(
        default=120, ge=0, le=1_000_000, description="Logins a minute from one origin."
    )

    def access(self) -> timedelta:
        """Return how long an access token is good."""
        return timedelta(seconds=self.access_seconds)

    def rates(self) -> Rates:
        """Return how often one origin may register, and log in."""
        return Rates(signup=Rate(self.signup_rate), login=Rate(self.login_rate))
