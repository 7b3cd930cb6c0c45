"""Who asks for a consumer that cannot be is told so, and the broker is left alone."""

import json
from pathlib import Path

import pytest

from sakina_stack import consumers, event_topics
from sakina_stack.consumers import Consumers
from sakina_stack.problems import Problem

DEFINITIONS = Path(__file__).parents[2] / "rabbitmq" / "definitions.json"
URL = "amqps://{}:{}@events.example:5671/sakina".format


class Broker:
    """Answers as rabbitmqctl does, and remembers what it was asked to change."""

    def __init__(self, **users):
        self.users = {"khatma": [], "gateway": [], **users}
        self.changes = []

    def __call__(self, *arguments, said=""):
        if arguments[0] == "list_users":
            return json.dumps([{"user": name, "tags": tags} for name, tags in self.users.items()])
        if arguments[0].startswith("list_"):
            return "[]"
        self.changes.append((*arguments, said))
        return ""


def made(broker):
    change, written = broker.changes
    assert change[0] == "import_definitions"
    assert written[0] == "eval"
    assert all(word in written[1] for word in ("mnesia:sync_log()", "dets:sync(T)"))
    return json.loads(change[-1])


@pytest.mark.parametrize(
    "name", ["", "Ana", "1st", "a.b", "a b", "-a", "sub.x", "a" * 41, "ana\n", "أنا", "a;b", "a'b"]
)
def test_a_name_that_is_none_is_refused(name):
    broker = Broker()
    with pytest.raises(Problem, match="is no name for a consumer"):
        Consumers(broker).add(name, ["#"])
    assert broker.changes == []


@pytest.mark.parametrize("name", ["guest", "admin"])
def test_a_name_that_the_broker_takes_for_another_is_refused(name):
    broker = Broker()
    with pytest.raises(Problem, match="take another one"):
        Consumers(broker).add(name, ["#"])
    assert broker.changes == []


def test_a_name_by_which_an_exchange_could_be_read_is_refused():
    shared = json.loads(DEFINITIONS.read_text())
    names = [exchange["name"] for exchange in shared["exchanges"]]
    for name in (name.removeprefix("activity.") for name in names if name.startswith("activity.")):
        with pytest.raises(Problem, match="take another"):
            Consumers(Broker()).add(name, ["#"])
    assert not any(name.startswith("sub.") for name in names)


@pytest.mark.parametrize("name", ["khatma", "gateway", "known"])
def test_a_name_that_is_taken_is_refused(name):
    broker = Broker(known=["consumer"])
    with pytest.raises(Problem, match="rotate"):
        Consumers(broker).add(name, ["#"])
    assert broker.changes == []


@pytest.mark.parametrize(
    ("topic", "wider", "example"),
    [
        ("khatma.*", "khatma.#", "khatma.achieved.v1"),
        ("khatma", "khatma.#", "khatma.achieved.v1"),
        ("khatma.created", "khatma.created.#", "khatma.created.v1"),
        ("*.data_erased", "*.data_erased.#", "auth.data_erased.v1"),
    ],
)
def test_a_topic_of_too_few_words_is_refused_with_the_one_that_is_meant(
    topic, wider, example, monkeypatch
):
    """Feed, stream and webhooks take them: their types may be without the version."""
    known = ["auth.data_erased.v1", "khatma.achieved.v1", "khatma.created.v1"]
    monkeypatch.setattr(event_topics, "known_types", lambda: known)
    with pytest.raises(Problem) as told:
        Consumers(Broker()).add("ana", [topic])
    said = f"{topic!r} meets no event: a type has three words, as {example}; {wider!r} meets all"
    assert said in told.value.sentence


def test_what_goes_to_a_webhook_alone_is_no_topic_and_is_not_offered_as_one():
    with pytest.raises(Problem) as told:
        Consumers(Broker()).add("ana", ["notify.webhook_tested.v1"])
    asked, _, offered = told.value.sentence.partition("there are: ")
    assert asked.startswith("'notify.webhook_tested.v1' meets no event.")
    assert "notify.notification_created.v1" in offered
    assert "webhook_tested" not in offered


def test_a_topic_of_nothing_that_there_is_has_no_better_one():
    with pytest.raises(Problem) as told:
        Consumers(Broker()).add("ana", ["khatmas.*"])
    assert told.value.sentence.startswith("'khatmas.*' meets no event. Name one")


@pytest.mark.parametrize(
    "topic",
    [
        *("", "khatma", "khatmas.#", "khatma.*", "khatma.completed.v2", "*.*", "khatma..#"),
        *("Khatma.#", "khatma.#.completed", "[a-z]+.#", "khatma.completed.v1\n", "#.v1.x"),
        "*.*.*.#.*",
    ],
)
def test_a_topic_that_meets_no_event_is_refused_and_those_that_there_are_are_named(topic):
    broker = Broker()
    with pytest.raises(Problem, match=r"khatma\.part_completed\.v1") as told:
        Consumers(broker).add("ana", ["practice.#", topic])
    assert repr(topic) in told.value.sentence
    assert "'practice.#'," not in told.value.sentence
    assert broker.changes == []


@pytest.mark.parametrize(
    "topic",
    [
        *("#", "khatma.#", "#.v1", "*.*.*", "*.data_erased.v1", "khatma.completed.v1", "*.#"),
        *("#.created.#", "#.#", "khatma.*.v1", "khatma.completed.v1.#", "#.khatma.#"),
    ],
)
def test_a_topic_that_meets_an_event_is_taken(topic):
    broker = Broker()
    Consumers(broker).add("ana", [topic])
    assert {binding["routing_key"] for binding in made(broker)["bindings"]} == {topic}


def test_no_topic_is_refused():
    with pytest.raises(Problem, match="No topic was named"):
        Consumers(Broker()).add("ana", [])


def test_a_consumer_may_read_what_was_made_for_it_and_nothing_else():
    broker = Broker()
    Consumers(broker).add("ana", ["khatma.#"])
    (allowed,) = made(broker)["permissions"]
    assert (allowed["configure"], allowed["write"]) == ("^$", "^$")
    assert allowed["read"] == r"^(activity\.ana|sub\.ana)$"


def test_a_consumer_of_everything_reads_the_stream_of_everything():
    broker = Broker()
    Consumers(broker).add("ana", ["khatma.#", "#"])
    asked = made(broker)
    assert asked["permissions"][0]["read"] == r"^(activity|sub\.ana)$"
    assert [queue["name"] for queue in asked["queues"]] == ["sub.ana"]
    assert [binding["routing_key"] for binding in asked["bindings"]] == ["#"]


def test_half_a_consumer_is_taken_away_again():
    class Failing(Broker):
        def __call__(self, *arguments, said=""):
            if arguments[0] == "import_definitions":
                self.users["ana"] = ["consumer"]
                raise Problem("rabbitmqctl import_definitions failed")
            return super().__call__(*arguments, said=said)

    broker = Failing()
    with pytest.raises(Problem, match="import_definitions failed"):
        Consumers(broker).add("ana", ["#"])
    assert ("delete_user", "ana", "") in broker.changes


def test_the_url_is_the_last_line_alone():
    broker = Broker(known=["consumer"])
    added = consumers.act(Consumers(broker), "add", "ana", ["#"], URL)
    rotated = consumers.act(Consumers(broker), "rotate", "known", [], URL)
    for name, said in (("ana", added), ("known", rotated)):
        assert said.splitlines()[-1].startswith(f"amqps://{name}:")
        assert said.count("amqps://") == 1


@pytest.mark.parametrize("action", ["rotate", "remove"])
@pytest.mark.parametrize("name", ["stranger", "khatma", ""])
def test_who_is_no_consumer_is_left_alone(action, name):
    broker = Broker(known=["consumer"])
    with pytest.raises(Problem, match="there are known"):
        consumers.act(Consumers(broker), action, name, [], URL)
    assert broker.changes == []


def test_an_empty_list_says_so():
    assert consumers.act(Consumers(Broker()), "list", "", [], URL) == "There is no consumer yet."
