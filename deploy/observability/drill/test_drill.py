"""Break what each alert is for, see it fire, mend it, see it resolve.

Ranges and patience are seconds here (`conftest.PACE`), thresholds are those of the rules.
"""

import time

import pytest
from people import Person
from scene import Scene
from test_rules import NAMES
from trouble import READY_SECONDS, TROUBLES

from sakina_observability.prometheus import until
from sakina_observability.watched import Watched

FIRES_SECONDS = 75
RESOLVES_SECONDS = 60


@pytest.fixture
def scene(broken: Watched, somebody: Person) -> Scene:
    """The system, calm: nothing fires that an earlier drill brought about."""
    assert until(broken.system.ready, READY_SECONDS), broken.system.readiness()
    everybody = "count(service:up:count) == 5"
    assert until(lambda: broken.prometheus.ask(everybody), RESOLVES_SECONDS), "it asks all of them"
    assert until(lambda: not broken.prometheus.stirring(), RESOLVES_SECONDS), (
        broken.prometheus.stirring()
    )
    return Scene(broken, somebody)


def test_there_is_trouble_for_each_alert() -> None:
    assert set(TROUBLES) == set(NAMES)


@pytest.mark.parametrize("alert", NAMES)
def test_it_fires_and_resolves(
    alert: str, scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    def fires() -> bool:
        return alert in scene.watched.prometheus.firing()

    began = time.monotonic()
    with TROUBLES[alert](scene):
        assert until(fires, FIRES_SECONDS), f"not it but {scene.watched.prometheus.firing()}"
        fired = time.monotonic()
    assert until(lambda: not fires(), RESOLVES_SECONDS), "it does not resolve"
    over = time.monotonic()
    with capsys.disabled():
        print(f"  {alert}: fired after {fired - began:.0f} s, over {over - fired:.0f} s later")
