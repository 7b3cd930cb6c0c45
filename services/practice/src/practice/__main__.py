"""Run the service: `python -m practice`."""

import eventlet

eventlet.monkey_patch()

from chassis.service.run import run
from chassis.process.settings import read
from practice.service import PracticeService
from practice.settings import Settings

run(PracticeService, read(Settings, "practice"))
