"""What practice is told from outside."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """The settings of every service; practice needs no others."""
