"""What is counted of requests and events."""

import pytest
from prometheus_client import REGISTRY

from chassis.work.chain import Direct, chain
from chassis.work.measured import measured
from contracts.refusals import Conflict


def counted(name: str, outcome: str) -> float:
    labels = {"kind": "rpc", "name": name, "outcome": outcome}
    return REGISTRY.get_sample_value("sakina_work_total", labels) or 0.0


def timed(name: str) -> float:
    labels = {"kind": "rpc", "name": name}
    return REGISTRY.get_sample_value("sakina_work_seconds_count", labels) or 0.0


@pytest.mark.parametrize(
    ("failure", "outcome"), [(Conflict("No."), "conflict"), (KeyError("x"), "failed")]
)
def test_what_fails_is_counted_by_why_and_goes_on_failing(failure, outcome):
    name = f"khatma.{outcome}"

    def work(job):
        raise failure

    with pytest.raises(type(failure)):
        chain([measured("rpc", name)], work)(Direct(None, None))
    assert (counted(name, outcome), counted(name, "done"), timed(name)) == (1, 0, 1)


def test_what_is_done_is_counted_and_answered():
    through = chain([measured("rpc", "khatma.join")], lambda job: job.said)
    assert [through(Direct(None, n)) for n in range(3)] == [0, 1, 2]
    assert (counted("khatma.join", "done"), timed("khatma.join")) == (3, 3)
