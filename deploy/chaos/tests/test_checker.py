"""What the checker says of a log: each thing that may go wrong, by its name, and else nothing."""

from typing import Any

import pytest

from sakina_chaos.checker import (
    DUPLICATED,
    LATE,
    LOST,
    OUT_OF_ORDER,
    TOLD_TWICE,
    UNEXPECTED,
    check,
)
from sakina_chaos.record import Line
from sakina_chaos.story import BUS, FINISHED, LOGGED

WRITER, READER, KHATMA = 7, 8, 3


def line(kind: str, at: float, **said: Any) -> Line:
    return {"kind": kind, "at": at, **said}


def event(by: str, at: float, number: int, **said: Any) -> Line:
    """A session's event, whose number is the session's id, too."""
    sound = {
        "who": 0 if by == BUS else WRITER,
        "id": f"s{number}",
        "type": LOGGED,
        "source": "/sakina/practice",
        "subject": f"person/{WRITER}",
        "sequence": number,
        "data": {"session_id": number},
    }
    return line("event", at, by=by, **{**sound, **said})


def chapter(by: str, at: float, number: int, **said: Any) -> Line:
    """The event of a chapter, the `number`-th of its khatma."""
    about = {"subject": f"khatma/{KHATMA}", "source": "/sakina/khatma", "sequence": number}
    fields = {"id": f"c{number}", "type": FINISHED, "data": {"chapter": 2 + number}, **about}
    return event(by, at, number, **{**fields, **said})


def answered(key: str, at: float, status: int = 201, seconds: float = 0.1) -> Line:
    return line("answered", at, key=key, status=status, seconds=seconds, retry=status > 400)


def sound() -> list[Line]:
    """A log of two sessions and a chapter, in which all is well."""
    chapter_of = {"khatma": KHATMA, "chapter": 3, "reader": READER}
    lines = [
        line("bounds", 0, answer_seconds=6, event_seconds=60, told_seconds=120),
        line("asked", 1, key="a", who=WRITER, act="session"),
        answered("a", 1.1),
        line("asked", 2, key="b", who=WRITER, act="session"),
        line("unanswered", 2.1, key="b", seconds=0.1, hung_up=False),
        answered("b", 2.5),
        line("asked", 3, key="c", who=WRITER, act="chapter", **chapter_of),
        answered("c", 3.1),
    ]
    for by in (BUS, "feed", "webhook"):
        lines += [event(by, 4, 1), event(by, 4, 2), chapter(by, 4, 1)]
    return [
        *lines,
        line("row", 9, who=WRITER, id=1, key="a"),
        line("row", 9, who=WRITER, id=2, key="b"),
        line("total", 9, who=WRITER, chapters=1),
        line("told", 9, who=READER, khatma=KHATMA, chapter=3, id=77),
        line("left", 9, what="outbox", count=0, expected=0),
    ]


def names(lines: list[Line]) -> set[str]:
    return {finding.name for finding in check(lines)}


def without(kind: str, **said: Any) -> list[Line]:
    """The sound log without the first line that says so."""
    lines = sound()
    gone = next(
        each
        for each in lines
        if each["kind"] == kind and all(each.get(name) == value for name, value in said.items())
    )
    lines.remove(gone)
    return lines


def but(kind: str, changed: dict[str, Any], **said: Any) -> list[Line]:
    """The sound log with something else in the first line that says so."""
    lines = sound()
    for each in lines:
        if each["kind"] == kind and all(each.get(name) == value for name, value in said.items()):
            each.update(changed)
            return lines
    raise AssertionError("there is no such line")


def test_of_a_sound_log_there_is_nothing_to_say() -> None:
    assert check(sound()) == []


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (without("row", id=1), LOST),
        (without("told"), LOST),
        (but("total", {"chapters": 0}), LOST),
        (without("event", by=BUS, id="s1"), LOST),
        (without("event", by=BUS, id="c1"), LOST),
        (without("event", by="feed", id="s2"), LOST),
        (without("event", by="webhook", id="c1"), LOST),
        (but("left", {"count": 4}), LOST),
    ],
)
def test_what_was_answered_and_is_not_there_is_lost(lines: list[Line], name: str) -> None:
    assert name in names(lines)


def test_numbers_that_were_never_published_are_lost() -> None:
    lines = [each for each in sound() if each.get("id") not in ("s1", 1)]
    lines = [each for each in lines if each.get("key") != "a"]
    assert [finding.name for finding in check(lines)] == [LOST]


@pytest.mark.parametrize(
    "more",
    [
        line("row", 9, who=WRITER, id=2, key="a"),
        event(BUS, 5, 3, id="again", data={"session_id": 1}),
        event(BUS, 5, 1),
        event("feed", 5, 1),
    ],
    ids=["a row", "an event with another id", "an event published again", "in a feed"],
)
def test_what_is_there_twice_is_duplicated(more: Line) -> None:
    assert DUPLICATED in names([*sound(), more])


def test_more_chapters_than_were_read_are_duplicated() -> None:
    assert DUPLICATED in names(but("total", {"chapters": 2}))


def test_around_a_fault_the_bus_may_say_it_again_and_a_webhook_always() -> None:
    fault = line("fault", 4.9, name="kill -9", on="broker", begun=4.5)
    assert check([*sound(), fault, event(BUS, 5, 1), event("webhook", 5, 1)]) == []
    long_ago = line("fault", 4.9, name="kill -9", on="broker", begun=4.5)
    assert names([*sound(), long_ago, event(BUS, 50, 1)]) == {DUPLICATED}


@pytest.mark.parametrize(
    "more",
    [
        line("row", 9, who=WRITER, id=3, key="nobody's"),
        event(BUS, 5, 3),
        event("webhook", 5, 9, subject="person/99"),
    ],
    ids=["a session", "an event", "another's event"],
)
def test_what_nobody_asked_for_is_unexpected(more: Line) -> None:
    assert UNEXPECTED in names([*sound(), more])


@pytest.mark.parametrize(
    "said", [{"status": 500}, {"status": 404}, {"status": 503, "retry": False}]
)
def test_an_answer_that_no_retry_cures_is_unexpected(said: dict[str, Any]) -> None:
    lines = sound()
    refused = {**answered("b", 2.2, 503), **said}
    assert names([*lines, refused]) == {UNEXPECTED}
    assert check([*lines, answered("b", 2.2, 503)]) == []


@pytest.mark.parametrize("by", [BUS, "feed", "webhook"])
def test_a_lower_number_behind_a_higher_one_is_out_of_order(by: str) -> None:
    lines = sound()
    first, second = (
        next(nth for nth, e in enumerate(lines) if (e.get("by"), e.get("id")) == (by, name))
        for name in ("s1", "s2")
    )
    lines[first], lines[second] = lines[second], lines[first]
    assert names(lines) == {OUT_OF_ORDER}


def test_who_is_told_of_a_chapter_twice_is_told_twice() -> None:
    again = line("told", 9, who=READER, khatma=KHATMA, chapter=3, id=78)
    assert names([*sound(), again]) == {TOLD_TWICE}


def test_an_answer_after_its_time_is_late_unless_who_asked_left_or_nobody_could() -> None:
    slow = {"seconds": 7.0}
    assert names(but("answered", slow, key="a")) == {LATE}
    assert names(but("unanswered", slow, key="b")) == {LATE}
    assert check(but("unanswered", {**slow, "hung_up": True}, key="b")) == []
    frozen = line("fault", 9, name="freeze", on="gateway", begun=0.5)
    assert check([*but("answered", slow, key="a"), frozen]) == []


def test_an_event_that_comes_long_after_all_was_mended_is_late() -> None:
    lines = but("event", {"at": 70.0}, by=BUS, id="s2")
    assert names(lines) == {LATE}
    fault = line("fault", 30, name="kill -9", on="broker", begun=2)
    assert check([*lines, fault]) == []
    assert names(but("event", {"at": 200.0}, by="webhook", id="s2")) == {LATE}


def test_an_outage_that_begins_after_the_answer_is_no_delay_but_a_row_of_short_faults_is() -> None:
    lines = but("event", {"at": 70.0}, by=BUS, id="s2")
    away = line("fault", 66, name="away for 60 s", on="broker", begun=4)
    assert check([*lines, away]) == []
    kills = [
        line("fault", at + 5, name="kill -9", on="practice", begun=at) for at in range(4, 64, 6)
    ]
    assert names([*lines, *kills]) == {LATE}


def test_what_was_never_answered_may_be_there_or_not_but_not_twice() -> None:
    lines = [each for each in sound() if each.get("key") != "c" or each["kind"] == "asked"]
    assert check(lines) == []
    gone = [each for each in lines if each.get("id") != "c1" and each["kind"] != "told"]
    gone = [{**each, "chapters": 0} if each["kind"] == "total" else each for each in gone]
    assert check(gone) == []
    assert DUPLICATED in names([*lines, chapter(BUS, 5, 2, data={"chapter": 3})])
