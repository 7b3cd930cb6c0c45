"""What grows is named, and what wavers, warms up or is written is not."""

import random

from sakina_chaos.soak import SAMPLES, growing

RANGE = range(SAMPLES)


def test_what_wavers_does_not_grow() -> None:
    chance = random.Random(1)
    assert growing([{"memory of x, MiB": 90 + chance.uniform(-3, 3)} for _ in RANGE]) == []
    assert growing([{"messages in q": chance.choice([0, 0, 0, 9])} for _ in RANGE]) == []


def test_what_only_warms_up_does_not_grow() -> None:
    assert growing([{"memory of x, MiB": min(90, 40 + 10 * nth)} for nth in RANGE]) == []


def test_what_grows_all_the_time_is_named() -> None:
    (said,) = growing([{"memory of x, MiB": 90 + nth, "descriptors of x": 30} for nth in RANGE])
    assert said.startswith("memory of x, MiB: ")
    (said,) = growing([{"messages in q": float(nth)} for nth in RANGE])
    assert said.startswith("messages in q: ")


def test_a_queue_that_is_new_counts_from_nothing() -> None:
    (said,) = growing([{"messages in q": 20.0} if nth > SAMPLES / 2 else {} for nth in RANGE])
    assert "messages in q: 0, and 20" in said
