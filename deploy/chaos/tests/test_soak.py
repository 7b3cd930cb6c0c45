"""What grows is named, and what wavers, warms up or is written is not."""

import random
import sys

import pytest

from sakina_chaos import soak
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


@pytest.mark.parametrize("minutes", ["-1", "0", "nan", "inf", "1e9", "soon"])
def test_no_system_is_started_for_a_time_that_is_none(
    minutes: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["soak", f"--minutes={minutes}"])
    monkeypatch.setattr(soak, "staged", None)
    with pytest.raises(SystemExit) as ended:
        soak.main()
    assert ended.value.code == 2
    assert "--minutes" in capsys.readouterr().err
