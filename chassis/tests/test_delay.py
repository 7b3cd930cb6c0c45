"""How late events take effect is told."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from prometheus_client import REGISTRY

from chassis.events.delay import delayed
from chassis.process import clock
from chassis.work.chain import Direct, chain


def test_how_late_an_event_took_effect_is_told():
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    event = SimpleNamespace(time=at - timedelta(seconds=3))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", lambda: at)
        chain([delayed("late")], lambda job: None)(Direct(None, event))
        with pytest.raises(KeyError):
            chain([delayed("late")], lambda job: {}["x"])(Direct(None, event))
    labels = {"name": "late"}
    assert REGISTRY.get_sample_value("sakina_event_delay_seconds_sum", labels) == 3
    assert REGISTRY.get_sample_value("sakina_event_delay_seconds_count", labels) == 1
