"""What notify is told from outside."""

from pydantic import Field

from chassis.process.settings import ServiceSettings


class Settings(ServiceSettings):
    """What notify is told beyond what every service is."""

    webhooks_to_loopback: bool = Field(
        default=False,
        description="Whether webhooks may lead to the machine itself, for development alone.",
    )
