"""The examples on a running system: through kill -9 and a broker that dies, each event once."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up import Example, MadeUp, Reader, until

Start = Callable[..., Example]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start an example. What is left of it ends with the test."""
    started: list[Example] = []

    def begin(program: str, *words: str) -> Example:
        started.append(Example(tmp_path, program, *words))
        return started[-1]

    yield begin
    for example in started:
        example.kill()


def rows(file: Path, asked: str) -> list[tuple[object, ...]]:
    """Return what is in a consumer's database, or nothing before there is one."""
    if not file.exists():
        return []
    with sqlite3.connect(file, timeout=30) as database:
        try:
            return database.execute(asked).fetchall()
        except sqlite3.OperationalError:
            return []


def test_a_broker_and_its_consumers_die_and_each_event_is_applied_once(
    system: MadeUp, start: Start, tmp_path: Path
) -> None:
    url = system.consumer("add", "totals", "practice.#")[-1]
    reader, other = Reader(system, "layla"), Reader(system, "karim")
    sums, letters, calendar = (tmp_path / name for name in ("sums.db", "letters.db", "me.ics"))
    examples = [
        start("practice_minutes.py", url, str(sums)),
        start("calendar_feed.py", url, reader.id, str(calendar)),
        *(start("shared_letters.py", url, str(letters)) for _ in range(2)),
    ]

    def caught_up() -> bool:
        told = rows(sums, "select person, sum(sum) from minutes group by person order by person")
        wanted = sorted((one.id, one.minutes) for one in (reader, other))
        return (
            told == [one for one in wanted if one[1]]
            and rows(letters, "select count(*) from letters")
            == [(reader.sessions + other.sessions,)]
            and calendar.exists()
            and calendar.read_text().count("BEGIN:VEVENT") == reader.sessions
        )

    for minutes in range(1, 21):
        reader.meditate(minutes)
        other.meditate(2 * minutes)
    until(caught_up)

    for example in examples:  # while events come
        reader.meditate(3)
        other.meditate(4)
        example.kill()
        reader.meditate(5)
    for example in examples:
        example.start()
    until(caught_up)

    for example in examples[:3]:  # and while the broker dies with what it was about to deliver
        reader.meditate(6)
        example.kill()
        example.start()
    system.kill_broker()
    for minutes in range(1, 11):
        other.meditate(minutes)
        reader.meditate(minutes)
    until(caught_up)
    assert all(example.process.poll() is None for example in examples)


def test_a_follower_hears_all_that_happens_once_through_a_broker_that_dies(
    system: MadeUp, start: Start
) -> None:
    url = system.consumer("add", "watch", "khatma.created.v1")[-1]
    reader = Reader(system, "maryam")
    log = start("live_log.py", url)
    begun = 0

    def begin() -> None:
        nonlocal begun
        begun += 1
        reader.begin_khatma(f"k{begun}.")

    def heard() -> list[str]:
        return [line.rpartition(": ")[2] for line in log.lines()]

    def hears() -> bool:
        begin()
        return bool(heard())

    until(hears)
    first = int(heard()[0].strip("k."))
    until(lambda: len(heard()) == begun - first + 1)
    system.kill_broker()
    for _ in range(5):
        begin()
    until(lambda: len(heard()) >= begun - first + 1)
    assert heard() == [f"k{number}." for number in range(first, begun + 1)]

    log.kill()
    begin()  # nobody listens
    log.start()
    until(lambda: (begin(), f"k{begun}." in heard())[1])
    assert len(heard()) == len(set(heard()))


def test_a_consumer_is_still_let_in_after_the_system_was_restarted(
    system: MadeUp, start: Start, tmp_path: Path
) -> None:
    url = system.consumer("add", "lasting", "practice.session_logged.v1")[-1]
    reader = Reader(system, "yusuf")
    reader.meditate(7)
    system.down()
    system.up()
    reader.meditate(8)
    sums = tmp_path / "sums.db"
    start("practice_minutes.py", url, str(sums))
    mine = f"select sum(sum) from minutes where person = '{reader.id}'"
    until(lambda: rows(sums, mine) == [(15,)])
    assert any(line.startswith("lasting ") for line in system.consumer("list"))


def test_a_calendar_is_one_that_calendars_read(
    system: MadeUp, start: Start, tmp_path: Path
) -> None:
    url = system.consumer("add", "dates", "practice.#")[-1]
    reader = Reader(system, "huda")
    file = tmp_path / "huda.ics"
    start("calendar_feed.py", url, reader.id, str(file))
    reader.meditate(25)
    until(lambda: file.exists() and b"BEGIN:VEVENT" in file.read_bytes())
    text = file.read_bytes().decode()
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "SUMMARY:mindfulness · 25 min" in lines
    for needed in ("UID:", "DTSTAMP:20", "DTSTART;VALUE=DATE:20"):
        assert len([line for line in lines if line.startswith(needed)]) == 1


def test_what_cannot_be_is_refused_with_a_sentence(system: MadeUp) -> None:
    with pytest.raises(AssertionError, match="no name for a consumer"):
        system.consumer("add", "Not A Name", "#")
    with pytest.raises(AssertionError, match=r"'khatmas\.#' meets no event\. "):
        system.consumer("add", "new", "khatmas.#")
