"""Debian's package `rabbitmq-server`, installed where it is missing and root may."""

from sakina_local import broker, debian_package
from sakina_local.problems import Problem
from sakina_local.progress import Progress


def ensure(progress: Progress) -> None:
    """Install RabbitMQ unless it is here, without starting a broker of the system."""
    if broker.installed():
        return
    if not debian_package.may_install():
        raise Problem(
            "RabbitMQ is missing: install the package rabbitmq-server "
            "(its own service may stay off), then run make again."
        )
    progress.say("installing rabbitmq-server, which is missing …")
    debian_package.install("rabbitmq-server")
    if not broker.installed():
        raise Problem(f"RabbitMQ was installed, but not in {broker.PROGRAMS}: this package is new.")
