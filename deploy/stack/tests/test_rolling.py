"""In which order services are replaced."""

import sys
from collections.abc import Sequence

import pytest

from sakina_stack import __main__ as commands
from sakina_stack import rolling


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ([], ("notify", "khatma", "practice", "auth", "gateway")),
        (["--back"], ("gateway", "auth", "practice", "khatma", "notify")),
        (["khatma", "notify"], ("khatma", "notify")),
    ],
)
def test_who_asks_or_tells_an_older_one_goes_back_first(
    monkeypatch: pytest.MonkeyPatch, words: list[str], order: tuple[str, ...]
) -> None:
    rolled: list[tuple[str, ...]] = []

    def roll(_: Sequence[str], services: Sequence[str], patience: int) -> None:
        assert patience
        rolled.append(tuple(services))

    monkeypatch.setattr(rolling, "roll", roll)
    monkeypatch.setattr(commands, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["sakina_stack", "roll", *words])
    assert commands.main() == 0
    assert rolled == [order]
