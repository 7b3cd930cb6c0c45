"""What khatma is told from outside."""

from chassis.process.settings import ServiceSettings


class Settings(ServiceSettings):
    """The settings of every service; khatma needs no others."""
