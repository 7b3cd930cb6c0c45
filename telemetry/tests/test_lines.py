"""What the log's handler does where nobody reads."""

import json
import logging
import os
import signal
from collections.abc import Iterator

import pytest

from telemetry import lines
from telemetry.lines import Lines
from telemetry.logs import JsonLines


class Pipe:
    """A pipe with a logger at one end."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)
        self.handler = Lines(os.fdopen(self.writing, "w", closefd=False))
        self.handler.setFormatter(JsonLines("khatma"))
        self.log = logging.Logger("test")
        self.log.addHandler(self.handler)

    def read(self) -> list[str]:
        taken = b""
        while True:
            try:
                taken += os.read(self.reading, 1 << 20)
            except BlockingIOError:
                return [json.loads(line)["message"] for line in taken.splitlines()]
            self.handler.flush()


class TooSlow(BaseException):
    """No handler of logs keeps it to itself."""


def too_slow(*_: object) -> None:
    raise TooSlow("it waits")


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    before = signal.signal(signal.SIGALRM, too_slow)
    signal.alarm(20)
    yield pipe
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    os.close(pipe.reading)
    os.close(pipe.writing)


def test_what_is_read_is_written(pipe: Pipe) -> None:
    pipe.log.warning("سكينة")
    assert pipe.read() == ["سكينة"]


def test_where_nobody_reads_nobody_waits_and_nothing_is_lost_at_first(pipe: Pipe) -> None:
    said = [f"{n} {'x' * 100}" for n in range(2000)]  # more than a pipe holds
    for line in said:
        pipe.log.warning(line)
    assert pipe.read() == said


def test_beyond_a_bound_lines_are_dropped_and_their_number_is_said(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST_BYTES", 1000)
    for n in range(2000):
        pipe.log.warning("%s %s", n, "x" * 100)
    read = pipe.read()
    kept = len(read)
    assert 0 < kept < 2000
    pipe.log.warning("after")
    assert pipe.read() == ["lines were dropped: nobody read them", "after"]
    assert pipe.handler.dropped == 0


def test_a_reader_that_is_gone_ends_nothing(pipe: Pipe) -> None:
    other = os.open(os.devnull, os.O_RDONLY)
    os.dup2(other, pipe.reading)
    os.close(other)
    pipe.log.warning("to nobody")
    pipe.log.warning("nor this")
