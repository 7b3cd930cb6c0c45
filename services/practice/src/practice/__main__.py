"""Run the service: `python -m practice`."""

import eventlet

eventlet.monkey_patch()

from chassis.run import run
from chassis.settings import read
from practice.service import PracticeService
from practice.settings import Settings

run(PracticeService, read(Settings, "practice"))
