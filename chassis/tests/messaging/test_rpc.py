"""What a caller notices of a service that answers by RPC."""

import json
import time

import eventlet
import pytest
from caller import ACTOR, cut, until, wrapped
from nameko.exceptions import RemoteError
from nameko.standalone.rpc import ClusterRpcProxy
from probe import Said

from chassis.rpc.consumer import RpcConsumer
from chassis.work.encoding import Encoded
from contracts.refusals import Conflict


def in_ms(seconds):
    return {"nameko.deadline": int((time.time() + seconds) * 1000)}


# Answers


def test_an_answer(service, caller):
    answer = caller.ask("echo", {"text": "salam ", "times": 2})
    assert answer == {"error": None, "result": {"text": "salam salam ", "person": 7}}


def test_a_reply_is_bytes_that_the_gateway_can_slice(service, caller):
    body = caller.raw(caller.publish("khatma.greet", wrapped({}, actor=None)))
    assert body == b'{"error":null,"result":{"text":"peace"}}'


def test_an_answer_that_is_json_already_is_passed_on_as_it_is(service, caller, behaviour):
    behaviour.on_echo = lambda call: Encoded(b'{"text": "kept",   "person": 1}')
    body = caller.raw(caller.publish("khatma.echo", wrapped({"text": "a"})))
    assert body == b'{"error":null,"result":{"text": "kept",   "person": 1}}'


def test_a_wrong_body_names_each_field(service, caller):
    error = caller.ask("echo", {"times": "many", "more": 1})["error"]
    assert error["exc_type"] == "invalid"
    assert set(error["errors"]) == {"text", "times", "more"}
    assert all(messages and all(messages) for messages in error["errors"].values())


def test_a_method_that_is_not_open_needs_an_actor(service, caller, behaviour):
    error = caller.ask("echo", {"text": "a"}, actor=None)["error"]
    assert error["exc_type"] == "unauthenticated"
    assert behaviour.asked == []


def test_a_refusal_travels_with_its_code_and_detail(service, caller, behaviour):
    def refuse(call):
        raise Conflict("Taken.", retry_after=3)

    behaviour.on_echo = refuse
    error = caller.ask("echo", {"text": "a"})["error"]
    assert (error["exc_type"], error["value"], error["retry_after"]) == ("conflict", "Taken.", 3)


def test_nothing_of_a_failure_travels_but_it_is_in_the_log(service, caller, caplog):
    body = caller.raw(caller.publish("khatma.fail", wrapped({"text": "secret-detail"})))
    assert json.loads(body)["error"]["exc_type"] == "unexpected"
    assert b"secret-detail" not in body
    assert b"Runtime" not in body
    assert "secret-detail" in caplog.text


def test_an_answer_that_breaks_its_contract_does_not_leave_where_contracts_are_checked(
    service, caller
):
    assert caller.ask("broken_answer")["error"]["exc_type"] == "unexpected"


def test_a_method_that_this_release_does_not_know_is_unavailable(service, caller):
    assert caller.ask("newer_method")["error"]["exc_type"] == "unavailable"


def test_the_request_that_is_worked_on_is_known_to_logs_and_outbox(service, caller, behaviour):
    headers = {"nameko.request_id": "r-1", "nameko.traceparent": "00-aa-bb-01", **in_ms(60)}
    caller.ask("echo", {"text": "a"}, application_headers=headers)
    (handled,) = behaviour.handled
    assert (handled.request_id, handled.traceparent) == ("r-1", "00-aa-bb-01")
    assert 50 < handled.deadline - time.time() < 61
    assert handled.redelivered is False


# Deadlines


def test_a_request_past_its_deadline_is_dropped(service, caller, behaviour):
    caller.publish("khatma.echo", wrapped({"text": "late"}), application_headers=in_ms(-0.1))
    caller.ask("echo", {"text": "in time"}, application_headers=in_ms(30))
    assert behaviour.asked == ["in time"]


# Who may ask, and how


def test_a_stock_nameko_caller_is_answered(service, broker):
    with ClusterRpcProxy({"AMQP_URI": broker.admin_url}, timeout=10) as cluster:
        request = {"actor": ACTOR, "body": {"text": "peace"}}
        assert cluster.khatma.echo(request=request) == {"text": "peace", "person": 7}
        with pytest.raises(RemoteError) as raised:
            cluster.khatma.echo(request={"actor": ACTOR, "body": {}})
        assert raised.value.exc_type == "invalid"


def test_a_service_publishes_no_reply_into_a_queue_of_anothers_choice(
    service, caller, queue, parked
):
    queue("rpc-victim").channel.queue_declare("rpc-victim", auto_delete=False)
    stacks = ({}, {"nameko.call_id_stack": ["x.y.z"]}, {"nameko.call_id_stack": ["x" * 300]})
    for headers in stacks:
        caller.publish(
            "khatma.greet", wrapped({}), reply_to="rpc-victim", application_headers=headers
        )
    caller.ask("greet")
    until(lambda: parked.size() == 2)  # the middle one has a name, but of a reply queue alone
    assert queue("rpc-victim").size() == 0


def test_a_request_by_the_default_exchange_is_refused(service, caller, queue, parked, behaviour):
    queue("rpc-khatma").put(
        wrapped({"text": "forged"}),
        content_type="application/json",
        reply_to="amq.rabbitmq.reply-to.x",
    )
    assert b"forged" not in parked.get().body
    caller.ask("greet")
    assert behaviour.asked == []


def test_a_request_that_slipped_in_by_a_cc_header_is_refused(
    service, caller, queue, parked, behaviour
):
    queue("rpc-khatma").put(
        wrapped({"text": "forged"}),
        exchange="nameko-rpc",
        key="practice.echo",
        content_type="application/json",
        reply_to="amq.rabbitmq.reply-to.x",
        application_headers={"CC": ["khatma.echo"]},
    )
    assert json.loads(parked.get().body)["routing_key"] == "practice.echo"
    caller.ask("greet")
    assert behaviour.asked == []


MALFORMED = {
    "no content_type": (wrapped({}), {"content_type": None}),
    "another content_type": (wrapped({}), {"content_type": "application/x-python-serialize"}),
    "no reply_to": (wrapped({}), {"reply_to": None}),
    "not JSON": (b"{password: hunter2}", {}),
    "not UTF-8": (b'{"args": [], "kwargs": {"request": {"body": "hunter2 \xff"}}}', {}),
    "unknown encoding": (wrapped({}), {"content_encoding": "no-such-codec"}),
    "compressed, it says": (wrapped({}), {"application_headers": {"compression": "zlib"}}),
    "empty": (b"", {}),
    "a list": (b"[]", {}),
    "no args": (b'{"kwargs": {"request": {}}}', {}),
    "positional": (b'{"args": [1], "kwargs": {"request": {}}}', {}),
    "two arguments": (b'{"args": [], "kwargs": {"request": {}, "x": 1}}', {}),
    "another argument": (b'{"args": [], "kwargs": {"x": {}}}', {}),
    "a request that is no object": (b'{"args": [], "kwargs": {"request": 7}}', {}),
    "a lone surrogate": (b'{"args": [], "kwargs": {"request": {"body": "\\ud800"}}}', {}),
    "deeply nested": (b"[" * 100_000 + b"]" * 100_000, {}),
}
HARMLESS = {"unknown encoding", "compressed, it says"}


@pytest.mark.parametrize("fault", sorted(MALFORMED.keys() - HARMLESS))
def test_a_malformed_request_is_refused_and_told_of_without_its_body(
    service, caller, parked, queue, fault
):
    body, properties = MALFORMED[fault]
    caller.publish("khatma.greet", body, **properties)
    told = parked.get()
    known = json.loads(told.body)
    assert known["size"] == len(body)
    assert known["reason"]
    assert known["routing_key"] == "khatma.greet"
    assert b"hunter2" not in told.body
    assert caller.ask("greet")["error"] is None
    assert queue("rpc-khatma").size() == 0


@pytest.mark.parametrize("name", ["correlation_id", "content_type", "message_id"])
def test_a_request_whose_properties_cannot_be_read_is_refused_and_stops_nobody(
    service, caller, parked, queue, name
):
    caller.publish("khatma.greet", wrapped({}), **{name: b"\xff\xfe"})
    assert json.loads(parked.get().body)["routing_key"] == "khatma.greet"
    assert caller.ask("greet")["error"] is None
    assert queue("rpc-khatma").size() == 0


@pytest.mark.parametrize("oddity", sorted(HARMLESS))
def test_an_odd_request_that_can_be_read_is_answered(service, caller, oddity):
    body, properties = MALFORMED[oddity]
    assert caller.reply(caller.publish("khatma.greet", body, **properties))["error"] is None


@pytest.mark.parametrize(
    "headers",
    [{"nameko.deadline": "soon"}, {"nameko.request_id": 5}, {"nameko.traceparent": ["x"]}],
)
def test_headers_of_the_wrong_type_do_not_stop_a_request(service, caller, headers):
    assert caller.ask("greet", application_headers=headers)["error"] is None


# Losing the broker


def test_a_connection_lost_while_a_request_is_at_work_costs_no_more_than_that_reply(
    service, caller, behaviour
):
    caller.publish("khatma.sleep", wrapped({"text": "0.3"}))
    until(lambda: behaviour.asked)
    cut(service, RpcConsumer)
    # The broker had no ack, so it asks again.
    until(lambda: behaviour.rested == 2)
    assert caller.ask("greet", application_headers=in_ms(30))["error"] is None
    assert not service._died.ready()


def test_a_request_delivered_again_is_known_as_such(service, caller, behaviour):
    behaviour.on_echo = lambda call: eventlet.sleep(0.3)
    caller.publish("khatma.echo", wrapped({"text": "a"}))
    until(lambda: behaviour.handled)
    cut(service, RpcConsumer)
    until(lambda: len(behaviour.handled) == 2)
    assert [handled.redelivered for handled in behaviour.handled] == [False, True]


def test_a_command_delivered_again_takes_effect_once(service, caller, behaviour, db):
    command = {"id": "c-1", "fingerprint": "f", "keep_seconds": 600}
    body = wrapped({"text": "3"}, command=command)
    for _ in range(3):
        assert caller.reply(caller.publish("khatma.announce_notes", body))["error"] is None
    until(lambda: behaviour.noted)
    assert behaviour.noted == [3]


def test_ceasing_waits_until_what_was_taken_is_answered(service, caller, behaviour):
    caller.publish("khatma.sleep", wrapped({"text": "0.3"}))
    until(lambda: behaviour.asked)
    consumer = next(part for part in service.subextensions if isinstance(part, RpcConsumer))
    consumer.cease()
    assert behaviour.rested == 1


# One channel, many greenlets


def test_many_replies_at_once_on_one_channel_keep_their_frames_whole(service, caller, behaviour):
    """Replies above the frame size take several frames; torn ones would end the connection."""
    sizes = [1, 2000, 140_000, 300_000]

    def big(call):
        eventlet.sleep(0)
        number = int(call.body.text)
        return Said(text=chr(97 + number % 26) * sizes[number % len(sizes)])

    behaviour.on_echo = big
    asked = {n: caller.publish("khatma.echo", wrapped({"text": str(n)})) for n in range(200)}
    for number, correlation in asked.items():
        text = caller.reply(correlation)["result"]["text"]
        assert text == chr(97 + number % 26) * sizes[number % len(sizes)]
    assert not service._died.ready()
