"""Tries are spread: many that were cut off at once do not come back at once."""

from hypothesis import given
from hypothesis import strategies as st

from chassis.process import backoff

WAITS = (0.2, 0.5, 1.0, 2.0, 5.0)


@given(st.integers(0, 50))
def test_a_pause_is_half_to_all_of_its_wait(failures: int) -> None:
    longest = WAITS[min(failures, len(WAITS) - 1)]
    assert longest / 2 <= backoff.pause(WAITS, failures) <= longest


def test_no_two_pause_alike() -> None:
    assert len({backoff.pause(WAITS, 4) for _ in range(20)}) == 20
