import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from caller import until, wrapped

PROBE = Path(__file__).with_name("probe.py")


def environment(settings, **more):
    return {
        **os.environ,
        "SAKINA_DATABASE_URL": settings.database_url,
        "SAKINA_BROKER_URL": settings.broker_url,
        "PYTHONWARNINGS": "ignore",
        **more,
    }


@pytest.fixture
def start(settings, behaviour):
    started = []

    def start_probe(**more):
        process = subprocess.Popen(
            [sys.executable, PROBE], env=environment(settings, **more), stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start_probe
    for process in started:
        process.kill()
        process.communicate()


def lines_until(process, message):
    """Read the log until an entry says `message`; return its entries."""
    entries = []
    for line in process.stderr:
        entries.append(json.loads(line))
        if entries[-1]["message"] == message:
            return entries
    raise AssertionError(f"ended without saying {message!r}: {entries}")


@pytest.fixture
def ready(start):
    process = start()
    lines_until(process, "ready")
    return process


def test_a_terminated_service_answers_what_it_took_and_exits_with_0(ready, caller):
    waiting = caller.send("khatma.sleep", wrapped({"text": "1"}))
    until(lambda: caller.ask("seen")["error"] is None)
    ready.send_signal(signal.SIGTERM)
    assert caller.reply(waiting)["result"] == {"text": "rested"}
    assert ready.wait(10) == 0
