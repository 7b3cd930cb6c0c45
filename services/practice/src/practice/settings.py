"""What practice is told from outside."""

from chassis.process.settings import ServiceSettings


class Settings(ServiceSettings):
    """The settings of every service; practice needs no others."""
