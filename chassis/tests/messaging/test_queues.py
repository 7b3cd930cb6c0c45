"""The names and arguments of queues, which outlive a release."""

import json

import probe
from caller import until
from noted import NOTED, SLOW, envelope

from chassis.amqp import queues
from chassis.service.run import serving


def test_the_names_of_queues_are_pinned(service, queue):
    """A renamed queue is an orphan that fills up: this may only change with a drain."""
    for name in (NOTED, SLOW, "rpc-khatma", "parked.khatma"):
        assert queue(name).size() == 0


def test_other_waits_than_the_usual_ones_are_other_queues():
    usual = [queues.wait_queue("khatma", n, s) for n, s in enumerate((1.0, 10.0, 60.0), start=1)]
    assert usual == ["wait.khatma.1", "wait.khatma.2", "wait.khatma.3"]
    assert queues.wait_queue("khatma", 2, 0.2) not in usual


def test_a_service_starts_again_over_the_queues_that_it_left(settings, behaviour, exchange):
    for number in (1, 2):
        with serving(probe.Probe, settings):
            exchange(envelope(number))
            until(lambda number=number: number in behaviour.noted)


def test_the_arguments_of_a_handlers_queue_are_pinned(service, broker):
    """The broker refuses another argument with 406: a change is a new name and a drain."""
    listed = json.loads(
        broker.control("list_queues", "name", "type", "arguments", "--formatter", "json", "-q")
    )
    by_name = {each["name"]: each for each in listed}
    arguments = {name: dict_of(each["arguments"]) for name, each in by_name.items()}
    assert arguments[NOTED] == {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": "sakina.dlx",
        "x-dead-letter-routing-key": "khatma",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-delivery-limit": 100,
    }
    # RabbitMQ 4 lists the type, which was not asked for, among the arguments.
    assert arguments["rpc-khatma"] in ({}, {"x-queue-type": "classic"})
    assert "classic" in by_name["rpc-khatma"]["type"]


def dict_of(arguments):
    if isinstance(arguments, dict):
        return arguments
    return {name: value for name, _, value in arguments}
