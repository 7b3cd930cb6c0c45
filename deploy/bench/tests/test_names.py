"""What may be measured by name."""

import pytest

from sakina_bench.__main__ import names
from sakina_local.problems import Problem


def test_rows_go_together_and_the_section_of_events_stands_alone() -> None:
    assert names(None, alone=True) == []
    assert names("login, new session", alone=False) == ["login", "new session"]
    assert names("events", alone=True) == ["events"]
    for said, alone in (("events", False), ("events,login", True), ("logins", True)):
        with pytest.raises(Problem, match="events by itself, without BASE"):
            names(said, alone=alone)
