"""Runs the notify service: `python -m notify`."""

import eventlet

eventlet.monkey_patch()

from chassis.service.run import run
from chassis.process.settings import read
from notify.service import NotifyService
from notify.settings import Settings

run(NotifyService, read(Settings, "notify"))
