"""What notify is told from outside."""

from chassis.process.settings import ServiceSettings


class Settings(ServiceSettings):
    """Notify needs nothing beyond what every service is told."""
