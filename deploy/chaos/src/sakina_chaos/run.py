"""One run: people write, things break, and at the end it is checked what became of it all."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sakina_chaos.checker import LATE, Finding, check
from sakina_chaos.faults import FULL_DISK, SERVICES, Fault, Skipped
from sakina_chaos.people import PATIENCE_SECONDS, Khatma, Person, Writer
from sakina_chaos.record import Line, Record
from sakina_chaos.stage import Stage
from sakina_chaos.watching import Bus, watched

DEADLINE_SECONDS = 5.0
"""The gateway's, unless it is told otherwise."""
BOUNDS = {
    # A half of a second is promised; another second is for a client on a machine without rest.
    "answer_seconds": DEADLINE_SECONDS + 0.5 + 1.0,
    "event_seconds": 60.0,
    # A webhook's delivery that an instance had which stands still is due again after half a minute.
    "told_seconds": 120.0,
}
CONSUMER = "chaos"


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        faults: In their order.
        writers: How many people write.
        companions: How many khatmas each of them reads.
        calm_seconds: Between what broke and the next.
        work_seconds: Before anything breaks.
        settle_seconds: How long at the end all may take to be as it should.
    """

    faults: Sequence[Fault]
    writers: int = 4
    companions: int = 1
    calm_seconds: float = 1.0
    work_seconds: float = 1.0
    settle_seconds: float = 120.0

    @property
    def fills_disks(self) -> bool:
        """Whether the servers are to have disks that can be filled."""
        return any(fault.name == FULL_DISK for fault in self.faults)


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    log: Path
    lines: list[Line]
    findings: list[Finding]


def run(stage: Stage, plan: Plan, log: Path, seed: int, say: Callable[[str], None]) -> Outcome:
    """Do what `plan` says, and check it."""
    record = Record(log)
    record.note("bounds", seed=seed, **BOUNDS)
    bus = Bus(stage.consumer(CONSUMER), record)
    writers = cast(stage, plan, record, seed)
    say(f"{len(writers)} people write, and are watched by feed, stream and webhook")
    with watched([each.person for each in writers], record):
        for writer in writers:
            writer.start()
        try:
            stage.rest(plan.work_seconds)
            for fault in plan.faults:
                _bring(stage, fault, record, say)
                stage.rest(plan.calm_seconds)
        finally:
            for writer in writers:
                writer.stop()
        for writer in writers:
            stage.wait_for(writer.is_done, PATIENCE_SECONDS)
        say("all are answered; what was caused is still on its way")
        findings = _settle(stage, plan, record, writers)
    record.note("seen", garbage=bus.garbage)
    record.close()
    if gave_up := sum(each.gave_up for each in writers):
        findings.append(Finding(LATE, f"{gave_up} writes were never answered"))
    return Outcome(log, record.so_far(), findings)


def cast(stage: Stage, plan: Plan, record: Record, seed: int) -> list[Writer]:
    """Return the people of a plan, each with who reads along, while nothing is broken."""
    tag = f"{time.time_ns():x}"
    writers = []
    for nth in range(plan.writers):
        person = Person(stage.url, f"writer-{nth}-{tag}")
        companions = [
            Person(stage.url, f"reader-{nth}-{each}-{tag}") for each in range(plan.companions)
        ]
        writers.append(Writer(person, companions, record, seed + nth))
    return writers


def _bring(stage: Stage, fault: Fault, record: Record, say: Callable[[str], None]) -> None:
    begun = record.now()
    record.note("breaks", name=fault.name, on=fault.on)
    try:
        fault.bring(stage)
    except Skipped as why:
        record.note("skipped", name=fault.name, on=fault.on, why=str(why))
        say(f"SKIPPED {fault}: {why}")
        return
    mended = record.now()
    stage.wait_until_ready()
    line = record.note("fault", name=fault.name, on=fault.on, begun=begun, mended=mended)
    say(f"{fault}; all answered again {line['at'] - mended:.1f} s after it")


def _settle(stage: Stage, plan: Plan, record: Record, writers: Sequence[Writer]) -> list[Finding]:
    """Look at what is there until nothing is wrong, or it has had its time."""
    deadline = time.monotonic() + plan.settle_seconds
    while True:
        found = check([*record.so_far(), *(last := _at_the_end(stage, writers, plan))])
        if not found or time.monotonic() > deadline:
            for kind, said in ((line.pop("kind"), line) for line in last):
                record.note(kind, **{key: value for key, value in said.items() if key != "at"})
            return found
        stage.rest(2.0)


def _at_the_end(stage: Stage, writers: Sequence[Writer], plan: Plan) -> list[Line]:
    """Return what is there now, as lines of a log."""
    lines: list[Line] = []
    for writer in writers:
        who = writer.person
        for row in _pages(who, "/api/meditations/sessions/"):
            lines.append({"kind": "row", "who": who.id, "id": row["id"], "key": row["notes"]})
        read = who.must("GET", "/api/stats/user/")["total_chapters_read"]
        lines.append({"kind": "total", "who": who.id, "chapters": read})
        for khatma in writer.khatmas:
            lines += _told(khatma)
    for service in SERVICES:
        what = f"events of {service} that are not published"
        lines.append({"kind": "left", "what": what, "count": stage.outbox(service), "expected": 0})
    given_up = {"count": stage.parked(), "expected": stage.poisoned}
    lines.append({"kind": "left", "what": "messages that were given up on", **given_up})
    return [{"at": 0.0, **line} for line in lines]


def _told(khatma: Khatma) -> list[Line]:
    lines: list[Line] = []
    for each in _pages(khatma.reader, "/api/notifications/"):
        if each["notification_type"] == "chapter_completed":
            chapter = int("".join(filter(str.isdigit, each["title"])) or 0)
            about = {"khatma": each["related_khatma"], "chapter": chapter}
            lines.append({"kind": "told", "who": khatma.reader.id, "id": each["id"], **about})
    return lines


def _pages(person: Person, path: str) -> list[Line]:
    rows: list[Line] = []
    page = 1
    while True:
        answer = person.must("GET", path, page=page, page_size=100)
        rows += answer["results"]
        if len(rows) >= answer["count"] or not answer["results"]:
            return rows
        page += 1


def seeded(seed: int) -> random.Random:
    """Return the chance of a run: the same for the same seed."""
    return random.Random(seed)  # noqa: S311
