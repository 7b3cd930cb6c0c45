"""The programs beside this package, as far as they go without a system."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import until

from sakina_events import SqliteStore

EXAMPLES = Path(__file__).parents[2]
NOBODY = "amqp://name:password@127.0.0.1:1/sakina"
WORDS = {
    "calendar_feed.py": [NOBODY, "17", "me.ics"],
    "live_log.py": [NOBODY],
    "practice_minutes.py": [NOBODY, "sums.db"],
    "shared_letters.py": [NOBODY, "letters.db"],
}


def ended(folder, program, *words):
    command = [sys.executable, str(EXAMPLES / program), *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=20, check=False
    )


@contextmanager
def running(folder, program, *words):
    command = [sys.executable, str(EXAMPLES / program), *words]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def test_every_program_is_known_here():
    programs = {file.name for file in EXAMPLES.glob("*.py") if "__main__" in file.read_text()}
    assert programs == set(WORDS)


@pytest.mark.parametrize("program", WORDS)
def test_too_few_words_or_too_many_are_told_the_usage_in_a_line(program, tmp_path):
    for words in ([], WORDS[program][:-1], [*WORDS[program], "more"]):
        done = ended(tmp_path, program, *words)
        assert done.returncode == 2
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"usage: python {program} URL")
    assert list(tmp_path.iterdir()) == [], "nothing was made"


@pytest.mark.parametrize("person", ["", "layla", "person/", "khatma/17", "person/layla", "1 7"])
def test_a_calendar_of_nobody_is_refused(person, tmp_path):
    done = ended(tmp_path, "calendar_feed.py", NOBODY, person, "me.ics")
    assert (done.returncode, done.stderr.startswith("usage: ")) == (2, True)


@pytest.mark.parametrize("person", ["17", "person/17"])
def test_a_calendar_is_there_before_its_first_event(person, tmp_path):
    """Who subscribes to it is not told that there is none; and what it held before, it holds."""
    calendar = tmp_path / "me.ics"
    with running(tmp_path, "calendar_feed.py", NOBODY, person, str(calendar)):
        until(calendar.exists)
    lines = calendar.read_bytes().decode().split("\r\n")
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    assert "BEGIN:VEVENT" not in lines
    database = SqliteStore(tmp_path / "me.db").connection
    kept = "insert into sessions values (1, '2026-03-01', 25, 'mindfulness', '20260301T080000Z')"
    database.execute(kept)
    calendar.unlink()
    with running(tmp_path, "calendar_feed.py", NOBODY, person, str(calendar)):
        until(calendar.exists)
    assert "SUMMARY:mindfulness · 25 min" in calendar.read_text()


@pytest.mark.parametrize("person", ["17", "person/17"])
def test_a_person_is_named_by_the_number_or_as_events_name_them(person, tmp_path, consumer):
    consumer.consumers.remove(consumer.name)
    consumer.topics = ["practice.#"]
    consumer.make()
    calendar = tmp_path / "me.ics"
    session = {"session_id": 1, "date": "2026-03-01", "duration": 25, "meditation_type": "mantra"}
    of = {"kind": "practice.session_logged.v1", "data": session}
    with running(tmp_path, "calendar_feed.py", consumer.url, person, str(calendar)):
        consumer.announce(1, subject="person/170", **of)
        consumer.announce(2, subject="person/17", **of)
        until(lambda: calendar.exists() and "mantra" in calendar.read_text())
    assert calendar.read_text().count("BEGIN:VEVENT") == 1
