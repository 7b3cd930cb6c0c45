"""Figures of a reader and of a khatma, each from a few rows however much was read."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.data.database import Reader
from chassis.process import clock
from contracts.khatma.figures import OnePerson
from contracts.khatma.khatmas import OneKhatma
from contracts.models import Nothing
from contracts.refusals import NotFound
from contracts.rpc import Actor, Call
from khatma.domain.days import days_ending
from khatma.domain.figures import (
    RECENT_DAYS,
    completion_percentage,
    completion_rate,
    daily_chapters,
    daily_progress,
    week_chapters,
)
from khatma.domain.parts import NUMBERS
from khatma.domain.streaks import Streak, current
from khatma.store import dashboard as dashboards
from khatma.store import figures
from khatma.store.figures import Part
from khatma.usecases.answers import Row, khatma_answer, reading_answer
from khatma.usecases.refusals import NOBODY
from person.asking import clock_of, name_of
from person.clock import Clock


@dataclass(frozen=True, slots=True)
class Standing:
    """How a reader stands today, in their own zone."""

    today: date
    active: int
    completed: int
    chapters: int
    achievements: int
    streak: int
    by_day: dict[date, int]


def user_stats(reader: Reader, call: Call[Any]) -> dict[str, Any]:
    """Return the asker's own figures."""
    asker, now = call.asker, clock.now()
    row = figures.reader(reader, asker.id, now.date())
    return _stats(_standing(clock_of(asker, row).today(now), row))


def stats_of(reader: Reader, call: Call[OnePerson]) -> dict[str, Any]:
    """Return a person's figures, whose day it is for them.

    Raises:
        NotFound: They do not show them to the asker, or there is nobody with this id.
    """
    if call.body.id == call.asker.id:
        return user_stats(reader, call)
    now = clock.now()
    row = figures.other(reader, call.body.id, call.asker.id, now.date())
    if row is None:
        raise NotFound(NOBODY)
    return _stats(_standing(Clock(row.timezone, row.day_starts_at).today(now), row))


def _stats(standing: Standing) -> dict[str, Any]:
    total = standing.active + standing.completed
    return {
        "total_khatmas": total,
        "completed_khatmas": standing.completed,
        "total_chapters_read": standing.chapters,
        "current_streak": standing.streak,
        "achievements_count": standing.achievements,
        "completion_rate": completion_rate(standing.completed, total),
        "average_daily_chapters": daily_chapters(standing.by_day, standing.today),
    }


def dashboard(reader: Reader, call: Call[Nothing]) -> dict[str, Any]:
    """Return khatma's part of the asker's dashboard."""
    asker, now = call.asker, clock.now()
    shown = dashboards.dashboard(reader, asker.id, now.date())
    standing = _standing(clock_of(asker, shown.reader).today(now), shown.reader)
    return {
        "active_khatmas": [khatma_answer(row, asker) for row in shown.active],
        "recent_sessions": [reading_answer(session) for session in shown.latest],
        "today_chapters": standing.by_day.get(standing.today, 0),
        "weekly_chapters": week_chapters(standing.by_day, standing.today),
        "total_khatmas": standing.active + standing.completed,
        "total_khatmas_completed": standing.completed,
        "current_streak": standing.streak,
    }


def khatma_stats(reader: Reader, call: Call[OneKhatma]) -> dict[str, Any]:
    """Return a khatma's figures: its last 30 days by the asker's today, and all 30 chapters."""
    asker, now = call.asker, clock.now()
    found = figures.khatma(reader, call.body.id, asker.id, now.date())
    if found is None:
        raise NotFound("There is no such khatma.")
    row, parts = found
    today = clock_of(asker, row).today(now)
    taken = {part.number: part for part in parts}
    return {
        "total_participants": row.member_count,
        "total_chapters_read": row.done_parts,
        "completion_percentage": completion_percentage(row.done_parts),
        "average_daily_progress": daily_progress(row.done_parts, row.starts_on, today),
        "most_active_reader": _most_active(list(taken.values()), asker),
        "daily_progress": _days(row, today),
        "chapter_completion_status": [
            _status(number, taken.get(number), asker) for number in NUMBERS
        ],
    }


def _standing(today: date, row: Row) -> Standing:
    streaks = zip(row.firsts or (), row.lasts or (), strict=True)
    return Standing(
        today=today,
        active=row.active_khatmas or 0,
        completed=row.completed_khatmas or 0,
        chapters=row.chapters or 0,
        achievements=row.achievements or 0,
        streak=current((Streak(*ends) for ends in streaks), today),
        by_day=dict(zip(row.days or (), row.counts or (), strict=True)),
    )


def _days(row: Row, today: date) -> list[dict[str, Any]]:
    known = dict(
        zip(row.days or (), zip(row.chapters or (), row.readers or (), strict=True), strict=True)
    )
    answer = []
    for day in days_ending(today, RECENT_DAYS):
        chapters, readers = known.get(day, (0, 0))
        answer.append({"date": day, "chapters_read": chapters, "participants_active": readers})
    return answer


def _status(number: int, part: Part | None, asker: Actor) -> dict[str, Any]:
    return {
        "chapter": number,
        "is_completed": part is not None and part.done_at is not None,
        "assigned_user": None if part is None else _person(part, asker),
    }


def _person(part: Part, asker: Actor) -> dict[str, Any] | None:
    if part.person_id is None:
        return None
    return {"id": part.person_id, "fullname": name_of(asker, part.person_id, part)}


def _most_active(taken: list[Part], asker: Actor) -> dict[str, Any] | None:
    """Return who has most chapters done; on a tie, who was there first."""
    done: dict[int, list[Part]] = {}
    for part in taken:
        if part.done_at is not None and part.person_id is not None:
            done.setdefault(part.person_id, []).append(part)
    if not done:
        return None
    most = min(
        done.values(),
        key=lambda read: (
            -len(read),
            max(part.done_at for part in read if part.done_at),
            read[0].person_id,
        ),
    )
    return _person(most[0], asker)
