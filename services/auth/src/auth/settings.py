"""What auth is told from outside."""

from pathlib import Path

from pydantic import Field

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """The settings of every service, and those of tokens and passwords."""

    signing_keys: Path = Field(description="Folder of `<kid>.pem`; the newest by name signs.")
    token_issuer: str = Field(default="sakina", min_length=1, description="The claim `iss`.")
    token_audience: str = Field(default="sakina", min_length=1, description="The claim `aud`.")
    hashes_at_once: int = Field(
        default=1, ge=1, le=16, description="Passwords hashed at once: 19 MiB and a core each."
    )
