"""What a line of the log says."""

import json
import logging
import os
import subprocess
import sys
from typing import Any

from telemetry.logs import JsonLines, Words


def record(message: str, *args: object, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("khatma.rpc", logging.WARNING, __file__, 1, message, args, None)
    vars(made).update(extra)
    return made


def test_a_line_says_when_who_what_and_of_which_request() -> None:
    line = JsonLines("khatma", lambda: {"request_id": "r", "trace_id": "t"})
    said = json.loads(line.format(record("%s went", "it", status=200)))
    assert said.pop("time").endswith("Z")
    assert said.pop("instance").endswith(f"/{os.getpid()}")
    assert said == {
        "level": "warning",
        "service": "khatma",
        "logger": "khatma.rpc",
        "message": "it went",
        "request_id": "r",
        "trace_id": "t",
        "status": 200,
    }


def test_a_password_in_an_address_is_in_no_line() -> None:
    for formatter in (JsonLines("khatma"), Words()):
        said = formatter.format(record("no answer from amqp://khatma:canary@broker:5672/sakina"))
        assert "canary" not in said
        assert "amqp://khatma:***@broker" in said
        try:
            raise ValueError("postgresql://khatma:canary@db/x")
        except ValueError:
            failed = record("failed")
            failed.exc_info = sys.exc_info()
        said = formatter.format(failed)
        assert "canary" not in said
        assert "ValueError" in said


def test_words_are_one_line_for_a_person() -> None:
    said = Words().format(record("it went", status=200))
    assert said.endswith("warning  khatma.rpc: it went status=200")


def test_a_process_writes_json_where_no_terminal_is() -> None:
    code = "from telemetry import logs; import logging; logs.configure('auth'); logging.info('x')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(ended.stderr)["service"] == "auth"
    assert ended.stdout == ""
