"""How often somebody may try a code that opens nothing."""

from datetime import UTC, datetime, timedelta

from khatma.domain.links import INTERVAL, MISSES, WINDOW, Misses

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_nobody_waits_who_tried_nothing_wrong():
    assert Misses(None).seconds_left(NOON) == 0
    assert Misses(NOON - timedelta(days=1)).seconds_left(NOON) == 0


def test_there_is_room_for_as_many_at_once_and_then_for_one_in_two_minutes():
    assert Misses(NOON + (MISSES - 1) * INTERVAL).seconds_left(NOON) == 0
    full = Misses(NOON + MISSES * INTERVAL)
    assert full.seconds_left(NOON) == 120 == INTERVAL.total_seconds()
    assert full.seconds_left(NOON + timedelta(seconds=119.5)) == 1
    assert full.seconds_left(NOON + INTERVAL) == 0
    assert full.seconds_left(NOON + WINDOW) == 0
