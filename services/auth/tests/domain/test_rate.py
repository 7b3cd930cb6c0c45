from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from auth.domain.rate import NO_LIMIT, WINDOW, Rate


@given(st.integers(1, 1_000_000))
def test_a_minute_holds_as_many_as_the_rate_says(a_minute):
    rate = Rate(a_minute)
    # An interval is whole microseconds.
    assert abs(rate.interval * a_minute - WINDOW) <= timedelta(microseconds=a_minute)
    assert rate.is_limited


@given(st.integers(1, 1_000_000))
def test_whoever_waits_as_told_has_waited_an_interval_and_less_than_a_second_more(a_minute):
    rate = Rate(a_minute)
    assert rate.interval <= timedelta(seconds=rate.retry_after)
    assert timedelta(seconds=rate.retry_after) < rate.interval + timedelta(seconds=1)


def test_without_a_limit_nothing_is_waited_for():
    assert not NO_LIMIT.is_limited
    assert NO_LIMIT.retry_after == 0
