"""What one's own practice adds up to."""

from datetime import timedelta
from typing import Any

from chassis.data.database import Reader
from chassis.process import clock
from contracts.models import Nothing
from contracts.rpc import Call
from person.asking import clock_of, person_of
from person.clock import DAY
from practice.domain.streaks import streaks
from practice.domain.totals import Amount, average
from practice.store import totals
from practice.store.people import people

DAILY = 30


def stats(reader: Reader, call: Call[Nothing]) -> dict[str, Any]:
    """Return the asker's totals, by type, for each of the 30 days that end today, and streaks."""
    today = people.clock(reader, call.asker).today(clock.now())
    first_day = today - (DAILY - 1) * DAY
    figures = totals.figures(reader, call.asker.id, first_day, today)
    streak = streaks(figures.runs, today)
    return {
        "total_minutes": figures.total.minutes,
        "total_sessions": figures.total.sessions,
        "average_duration": average(figures.total),
        "current_streak": streak.current,
        "longest_streak": streak.longest,
        "by_type": [
            {"meditation_type": meditation_type, **vars(amount)}
            for meditation_type, amount in sorted(figures.by_type.items(), key=_most_practised)
        ],
        "daily": [
            {"date": day, **vars(figures.by_day.get(day, Amount()))}
            for day in (first_day + timedelta(days=n) for n in range(DAILY))
        ],
    }


def week(reader: Reader, call: Call[Nothing]) -> dict[str, int]:
    """Return the asker's minutes of today and of the ISO week that holds it."""
    asker, now = call.asker, clock.now()
    # The token's day nearly always is theirs, and then one question is enough.
    today = person_of(asker).clock.today(now)
    found = totals.recent(reader, asker.id, today)
    theirs = clock_of(asker, found).today(now)
    if theirs != today:
        found = totals.recent(reader, asker.id, theirs)
    return {"today_minutes": found.of_day, "weekly_minutes": found.of_week}


def _most_practised(total: tuple[str, Amount]) -> tuple[int, str]:
    meditation_type, amount = total
    return -amount.minutes, meditation_type
