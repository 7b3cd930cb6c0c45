"""Run the service: `python -m khatma`."""

import eventlet

eventlet.monkey_patch()

from chassis.service.run import run
from chassis.process.settings import read
from khatma.service import KhatmaService
from khatma.settings import Settings

run(KhatmaService, read(Settings, "khatma"))
