"""Run the service: `python -m khatma`."""

import eventlet

eventlet.monkey_patch()

from chassis.run import run
from khatma.service import KhatmaService
from khatma.settings import Settings

run(KhatmaService, Settings())  # type: ignore[call-arg]
