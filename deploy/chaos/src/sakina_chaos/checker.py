"""What a log shows to be wrong: a pure function of it.

After Jepsen's total-queue checker, which tells what was lost, duplicated and unexpected of all
that was put in and came out; here more is known of each thing, so more can be told.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sakina_chaos.record import Line
from sakina_chaos.story import (
    BUS,
    FINISHED,
    LOGGED,
    Act,
    Story,
    Subject,
    Way,
    first_of_each,
    told,
)

LOST = "lost"
DUPLICATED = "duplicated"
UNEXPECTED = "unexpected"
OUT_OF_ORDER = "out of order"
LATE = "late"
TOLD_TWICE = "told twice"
NAMES = (LOST, DUPLICATED, UNEXPECTED, OUT_OF_ORDER, LATE, TOLD_TWICE)

AGAIN = {409, 503, 504}
"""Answers that mean: the same once more, by the same key."""
AT_LEAST_ONCE = {BUS, "webhook"}
"""Ways by which an event may come again; whoever follows them knows it by its id."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, by one of `NAMES`, in a sentence."""

    name: str
    says: str


def check(lines: Iterable[Line]) -> list[Finding]:
    """Return all that is wrong in a log."""
    story = told(lines)
    return [
        Finding(name, says)
        for part in (answers, sessions, chapters, published, followed, notified, remains)
        for name, says in part(story)
    ]


Found = Iterator[tuple[str, str]]


def answers(story: Story) -> Found:
    """Every try ends in time, with an answer that a plain retry cures or that was wanted."""
    bound = story.bounds["answer_seconds"]
    for each in story.tries:
        if each["kind"] == "answered":
            status = each["status"]
            if not (200 <= status < 300 or status in AGAIN):
                yield UNEXPECTED, f"{_act(story, each)} was answered {status}"
            elif status in (409, 503) and not each["retry"]:
                yield UNEXPECTED, f"{_act(story, each)} was answered {status} for good"
        away = each["kind"] == "unanswered" and each.get("hung_up", False)
        if not away and each["seconds"] > bound and not _stood_still(story, each):
            yield LATE, f"{_act(story, each)} took {each['seconds']:.1f} s"


def _stood_still(story: Story, each: Line) -> bool:
    """Whether who answers was frozen meanwhile: nobody answers then."""
    begun = each["at"] - each["seconds"]
    return any(
        fault["name"] == "freeze"
        and "gateway" in fault["on"]
        and fault["begun"] < each["at"]
        and begun < fault["at"]
        for fault in story.faults
    )


def _act(story: Story, each: Line) -> str:
    act = story.acts[each["key"]]
    return f"{act.what} {act.key} of {act.who}"


def sessions(story: Story) -> Found:
    """Every session that was answered is there once, and no other; so is its event."""
    rows = Counter(row["key"] for row in story.rows)
    events = Counter(
        event["data"].get("session_id") for event in first_of_each(story.bus) if _is(event, LOGGED)
    )
    for act in _acts(story, "session"):
        if rows[act.key] > 1:
            yield DUPLICATED, f"session {act.key} of {act.who} is there {rows[act.key]} times"
        if act.done is not None and not rows[act.key]:
            yield LOST, f"session {act.key} of {act.who} was answered, and is not there"
    for row in story.rows:
        if row["key"] not in story.acts:
            yield UNEXPECTED, f"nobody logged session {row['id']} of {row['who']}"
        yield from _once(events[row["id"]], f"that session {row['id']} was logged")
    known = {row["id"] for row in story.rows}
    for session in events:
        if session not in known:
            yield UNEXPECTED, f"an event tells of session {session}, which is not there"


def chapters(story: Story) -> Found:
    """Every chapter that was answered is read once; so is its event."""
    events = Counter(
        (event["subject"], event["data"].get("chapter"))
        for event in first_of_each(story.bus)
        if _is(event, FINISHED)
    )
    wanted: Counter[int] = Counter()
    open_ended: Counter[int] = Counter()
    for act in _acts(story, "chapter"):
        (wanted if act.done is not None else open_ended)[act.who] += 1
        found = events[f"khatma/{act.khatma}", act.chapter]
        if act.done is not None or found > 1:
            yield from _once(found, f"that chapter {act.chapter} of {act.khatma} was read")
    for total in story.totals:
        least = wanted[total["who"]]
        if total["chapters"] < least:
            yield LOST, f"{total['who']} read {least} chapters, and has {total['chapters']}"
        if total["chapters"] > least + open_ended[total["who"]]:
            yield DUPLICATED, f"{total['who']} read {least} chapters, and has {total['chapters']}"


def _once(found: int, what: str) -> Found:
    if not found:
        yield LOST, f"nothing tells {what}"
    if found > 1:
        yield DUPLICATED, f"{found} events tell {what}"


def published(story: Story) -> Found:
    """The bus has every number of every subject, in order, and twice around a fault alone."""
    seen: dict[str, Line] = {}
    for event in story.bus:
        if event["id"] in seen and not story.is_near_a_fault(event["at"]):
            yield DUPLICATED, f"{_brief(event)} was published again, with nothing broken"
        seen.setdefault(event["id"], event)
    yield from _in_order("the bus", seen.values())
    numbers: dict[Subject, set[int]] = defaultdict(set)
    for event in seen.values():
        numbers[event["source"], event["subject"]].add(event["sequence"])
    for (source, subject), found in numbers.items():
        if gaps := set(range(1, max(found) + 1)) - found:
            yield LOST, f"{source} never published {sorted(gaps)[:5]} of {subject}"
    yield from _published_in_time(story, seen.values())


def _published_in_time(story: Story, events: Iterable[Line]) -> Found:
    keys = {row["id"]: row["key"] for row in story.rows}
    for event in events:
        act = story.acts.get(keys.get(event["data"].get("session_id"), ""))
        if act is None or act.done is None or not _is(event, LOGGED):
            continue
        waited = story.waited(act.done, event["at"])
        if waited > story.bounds["event_seconds"]:
            yield LATE, f"{_brief(event)} was published {waited:.0f} s after its answer"


def followed(story: Story) -> Found:
    """By each way people see all that they may see, in order, and once where that is said."""
    bus = first_of_each(story.bus)
    for way, events in list(story.events.items()):
        if way[0] != BUS:
            yield from _one_way(story, way, events, bus)


def _one_way(story: Story, way: Way, events: list[Line], bus: list[Line]) -> Found:
    by, who = way
    name = f"the {by} of {who}"
    khatmas = {f"khatma/{act.khatma}" for act in _acts(story, "chapter") if act.who == who}
    subjects = {f"person/{who}", *khatmas}
    wanted = {e["id"]: e for e in bus if e["subject"] in subjects and _is(e, LOGGED, FINISHED)}
    came = Counter(event["id"] for event in events)
    for event in wanted.values():
        if event["id"] not in came:
            yield LOST, f"{name} never showed {_brief(event)}"
    for event in events:
        if event["id"] not in wanted:
            yield UNEXPECTED, f"{name} showed {_brief(event)}"
    if by not in AT_LEAST_ONCE:
        for event in first_of_each(events):
            if came[event["id"]] > 1:
                yield DUPLICATED, f"{name} showed {_brief(event)} {came[event['id']]} times"
    yield from _in_order(name, first_of_each(events))
    for event in first_of_each(events):
        if event["id"] in wanted:
            waited = story.waited(wanted[event["id"]]["at"], event["at"])
            if waited > story.bounds["told_seconds"]:
                yield LATE, f"{name} showed {_brief(event)} {waited:.0f} s after the bus"


def _in_order(name: str, events: Iterable[Line]) -> Found:
    last: dict[Subject, int] = defaultdict(int)
    for event in events:
        about = event["source"], event["subject"]
        if event["sequence"] < last[about]:
            yield OUT_OF_ORDER, f"{name} showed {_brief(event)} after {last[about]}"
        last[about] = max(last[about], event["sequence"])


def notified(story: Story) -> Found:
    """Who reads along is told of each chapter once."""
    found = Counter((each["who"], each["khatma"], each["chapter"]) for each in story.told)
    for act in _acts(story, "chapter"):
        times = found[act.reader, act.khatma, act.chapter]
        what = f"{act.reader} was told of chapter {act.chapter} of {act.khatma}"
        if times > 1:
            yield TOLD_TWICE, f"{what} {times} times"
        if act.done is not None and not times:
            yield LOST, f"{what} never"


def remains(story: Story) -> Found:
    """Nothing waits for ever, and what was given up on is what deserved it."""
    for each in story.left:
        if each["count"] != each["expected"]:
            yield LOST, f"{each['what']}: {each['count']}, where {each['expected']} are expected"


def _acts(story: Story, what: str) -> Iterator[Act]:
    return (act for act in story.acts.values() if act.what == what)


def _is(event: Line, *types: str) -> bool:
    return event["type"] in types


def _brief(event: Line) -> str:
    return f"{event['type']} {event['sequence']} of {event['subject']}"
