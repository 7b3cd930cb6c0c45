"""Events that are malformed, or came by another way than theirs."""

import json

import amqp
import pytest
from caller import until
from noted import JSON, NOTED, envelope

from chassis.amqp.connection import connect

MALFORMED = {
    "nothing": b"",
    "not JSON": b"{",
    "no object": b"[]",
    "no envelope": b"{}",
    "another type's": json.dumps(envelope(kind="khatma.other.v1")).encode(),
    "no sequence": json.dumps({k: v for k, v in envelope().items() if k != "sequence"}).encode(),
    "an id that is none": json.dumps(envelope(id="7")).encode(),
    "data that breaks the contract": json.dumps(envelope(data={"number": "x"})).encode(),
}


@pytest.mark.parametrize("fault", sorted(MALFORMED))
def test_a_malformed_event_is_parked_at_once_with_its_body(
    service, exchange, behaviour, parked, fault
):
    exchange(MALFORMED[fault])
    told = parked.get()
    assert (told.body or b"") == MALFORMED[fault]  # an empty body comes as an empty text
    assert told.headers["x-reason"]
    exchange(envelope(2))
    until(lambda: behaviour.noted == [2])


@pytest.mark.parametrize("kind", [None, "application/cloudevents+json"])
def test_an_event_that_is_not_declared_as_json_is_parked(service, exchange, parked, kind):
    exchange(envelope(), content_type=kind)
    assert "content_type" in parked.get().headers["x-reason"]


def test_an_event_by_the_default_exchange_is_refused(service, broker, behaviour, parked):
    stranger = connect(broker.url("practice"), "test")
    try:
        message = amqp.Message(json.dumps(envelope(66)).encode(), **JSON)
        stranger.channel().basic_publish(message, "", NOTED)
        told = parked.get()
    finally:
        stranger.close()
    assert b"66" not in told.body
    assert behaviour.noted == []


def test_an_event_that_slipped_in_by_a_cc_header_is_refused(service, exchange, behaviour, parked):
    exchange(envelope(66), key="khatma.other.v1", application_headers={"CC": ["khatma.noted.v1"]})
    assert json.loads(parked.get().body)["routing_key"] == "khatma.other.v1"
    assert behaviour.noted == []


@pytest.mark.parametrize("length", [1, 300_000], ids=["short", "in several frames"])
def test_an_event_whose_properties_cannot_be_read_is_parked_and_stops_nobody(
    service, exchange, behaviour, parked, length
):
    exchange(b"x" * length, correlation_id=b"\xff\xfe")
    assert "content_type" in parked.get().headers["x-reason"]
    exchange(envelope(2))
    until(lambda: behaviour.noted == [2])
