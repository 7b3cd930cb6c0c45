"""What is for good, and what another connection may do better."""

import pytest
from pika.exceptions import ChannelClosedByBroker

from sakina_events.links import Lost, NoQueue, why_closed

STARTING = (
    "NOT_FOUND - home node 'rabbit@one' of durable queue 'activity.totals' in vhost 'sakina'"
    " is down or inaccessible"
)


@pytest.mark.parametrize(
    ("code", "text", "meaning"),
    [
        (404, "NOT_FOUND - no queue 'activity.totals' in vhost 'sakina'", NoQueue),
        (403, "ACCESS_REFUSED - access to queue 'activity' in vhost 'sakina' refused", NoQueue),
        (404, STARTING, Lost),
        (406, "PRECONDITION_FAILED - delivery acknowledgement timed out", Lost),
    ],
)
def test_only_a_queue_that_is_not_there_is_for_good(code, text, meaning):
    assert type(why_closed(ChannelClosedByBroker(code, text))) is meaning
