"""Run the service: `python -m khatma`."""

import eventlet

eventlet.monkey_patch()

from chassis.run import run
from chassis.settings import read
from khatma.service import KhatmaService
from khatma.settings import Settings

run(KhatmaService, read(Settings, "khatma"))
