"""Laws of what stands between the broker and the service, over any message whatever."""

import json
from contextlib import suppress

import amqp
import probe
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from probe import NOTED

from chassis.amqp.refused import Refused, refusal_notice
from chassis.events.arrival import Arrival, attempts
from chassis.events.retry import again
from chassis.rpc.question import Question
from chassis.rpc.responder import DIRECT, reply_queue
from contracts.refusals import Refusal
from contracts.rpc import Call

values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=300), st.lists(st.text(max_size=300))
)
names = st.sampled_from(
    ["nameko.deadline", "nameko.request_id", "nameko.call_id_stack", "x-attempt", "x-death", "CC"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=5,
)
requests = st.fixed_dictionaries(
    {}, optional={"args": json_values, "kwargs": json_values, "more": json_values}
)
bodies = st.one_of(
    st.binary(max_size=50),
    json_values.map(lambda value: json.dumps(value).encode()),
    requests.map(lambda value: json.dumps(value).encode()),
    st.just(b'{"args": [], "kwargs": {"request": {}}}'),
)


@st.composite
def messages(draw):
    properties = {
        "content_type": draw(st.sampled_from(["application/json", "text/plain", ""])),
        "reply_to": draw(st.text(max_size=255) | st.just(DIRECT + "g1h2")),
        "correlation_id": draw(st.text(max_size=20)),
        "application_headers": draw(st.dictionaries(names | st.text(max_size=10), values)),
    }
    left_out = draw(st.sets(st.sampled_from(sorted(properties))))
    message = amqp.Message(draw(bodies))
    message.properties = {k: v for k, v in properties.items() if k not in left_out}
    message.delivery_info = {
        "exchange": draw(st.sampled_from(["nameko-rpc", "", "khatma.events"])),
        "routing_key": draw(st.sampled_from(["khatma.echo", "khatma.a.b", "auth.echo", ""])),
        "redelivered": draw(st.booleans()),
        "delivery_tag": 1,
    }
    return message


def request(**unlike):
    """Make a request as the gateway sends it, but for what is said."""
    message = amqp.Message(b'{"args": [], "kwargs": {"request": {}}}')
    usual = {
        "content_type": "application/json",
        "reply_to": DIRECT + "g1h2",
        "correlation_id": "c",
        "application_headers": {},
    }
    message.properties = {name: unlike.pop(name, value) for name, value in usual.items()}
    delivery = {"exchange": "nameko-rpc", "routing_key": "khatma.echo", "redelivered": False}
    message.delivery_info = {**delivery, "delivery_tag": 1, **unlike}
    return message


def test_a_request_as_the_gateway_sends_it_is_understood():
    assert Question(request(), "khatma").name == "echo"


@pytest.mark.parametrize(
    "unlike",
    [
        {"exchange": ""},
        {"exchange": "khatma.events"},
        {"routing_key": "auth.echo"},
        {"routing_key": "khatma."},
        {"routing_key": "khatma.a.b"},
        {"content_type": "text/plain"},
        {"content_type": None},
    ],
    ids=str,
)
def test_a_request_that_comes_another_way_or_in_another_form_is_refused(unlike):
    with pytest.raises(Refused):
        Question(request(**unlike), "khatma").read()


@given(messages())
@settings(max_examples=50)
def test_a_request_is_understood_or_refused_and_nothing_else(message):
    try:
        question = Question(message, "khatma")
    except Refused:
        return
    assert question.name == "echo"
    question.method = probe.ECHO
    with suppress(Refusal):
        assert isinstance(question.read(), Call)


@given(messages())
@settings(max_examples=50)
def test_an_event_is_understood_or_refused_and_nothing_else(message):
    try:
        arrival = Arrival(message, NOTED)
    except Refused:
        return
    with suppress(Refused):
        assert arrival.read().type is NOTED


@given(messages())
@settings(max_examples=50)
def test_a_reply_goes_nowhere_but_to_a_caller(message):
    try:
        queue = reply_queue(message)
    except Refused:
        return
    assert queue.startswith((DIRECT, "rpc.reply-"))
    assert len(queue.encode("utf-8", "surrogatepass")) <= 255


@given(messages())
@settings(max_examples=50)
def test_whatever_is_refused_can_be_told_of_without_its_body(message):
    message.body = b"secret-" + message.body
    told = json.loads(refusal_notice(message, "it is odd").body)
    assert told["size"] == len(message.body)
    assert "secret-" not in json.dumps(told)


@given(messages())
@settings(max_examples=50)
def test_a_retry_keeps_the_body_and_counts_up(message):
    copy = again(message, attempts(message) + 1)
    assert copy.body == message.body
    assert attempts(copy) == attempts(message) + 1
    assert not any(name.startswith("x-death") for name in copy.properties["application_headers"])
