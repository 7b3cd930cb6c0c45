"""What is for good, and what another connection may do better."""

import socket
import ssl
import threading

import pytest
from conftest import Enough, raises, until
from gate import closed_port, opened
from pika.adapters.utils.connection_workflow import (
    AMQPConnectionWorkflowFailed,
    AMQPConnectorSocketConnectError,
)
from pika.exceptions import (
    AMQPConnectionError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    StreamLostError,
)

from sakina_events import SqliteStore, follow, replay, share
from sakina_events.absence import Absence
from sakina_events.links import Lost, NoQueue, cause, why_closed

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


WAYS = {
    "follow": lambda url, _folder: follow(url, "#", print),
    "replay": lambda url, folder: replay(url, "first", SqliteStore(folder / "s.db"), print),
    "share": lambda url, _folder: share(url, "ana", print),
}
NO_URLS = {
    "nothing": "",
    "a word": "nonsense",
    "a page": "http://ana:secret@localhost:5672/sakina",
    "no scheme": "//ana:secret@localhost:5672/sakina",
    "no host": "amqp://ana:secret@/sakina",
    "no name": "amqp://localhost:5672/sakina",
    "no password": "amqp://ana@localhost:5672/sakina",
    "no virtual host": "amqp://ana:secret@localhost:5672",
    "port beyond": "amqp://ana:secret@localhost:99999/sakina",
    "port 0": "amqp://ana:secret@localhost:0/sakina",
    "port of letters": "amqp://ana:secret@localhost:amqp/sakina",
    "a password with a slash": "amqp://ana:7/secret@localhost/sakina",
    "half an address": "amqp://ana:secret@[::1/sakina",
    "a setting that is none": "amqp://ana:secret@localhost/sakina?patience=1",
    "a setting without sense": "amqps://ana:secret@localhost/sakina?ssl_options={",
}


@pytest.mark.parametrize("url", NO_URLS.values(), ids=NO_URLS)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_no_url_is_said_at_once_with_what_one_is(url, way, tmp_path):
    said = raises(ValueError, lambda: WAYS[way](url, tmp_path), seconds=10)
    assert "amqp://NAME:PASSWORD@HOST:PORT/VIRTUAL-HOST" in said
    assert "secret" not in said, "the password is shown to nobody"


LIVE = {
    "follow": lambda url, _name, handler: follow(url, "#", handler),
    "share": share,
}


@pytest.mark.parametrize("way", LIVE)
def test_an_absence_is_told_once_in_few_words_and_so_is_its_end(way, consumer, caplog, monkeypatch):
    port, server = closed_port(), consumer.broker.server
    url = consumer.url.replace(f"{server.host}:{server.port}", f"127.0.0.1:{port}")
    heard = threading.Event()
    tries = _tries(monkeypatch)

    def handler(_event):
        heard.set()
        raise Enough

    def come_back():
        until(lambda: len(tries) > 3)
        with opened(port, server.host, server.port):
            while not heard.wait(0.1):
                consumer.announce(1)

    coming = threading.Thread(target=come_back, daemon=True)
    coming.start()
    raises(Enough, lambda: LIVE[way](url, consumer.name, handler))
    coming.join()
    said = [each.getMessage() for each in caplog.records if each.name == "sakina_events.absence"]
    assert said == ["the broker is away: connection refused", "the broker is back"]


def _tries(monkeypatch):
    """Have it try again at once, and return a list that grows by each loss."""
    tries, wait = [], Absence.wait

    def counted(absence, loss):
        tries.append(loss)
        wait(absence, loss)

    monkeypatch.setattr("sakina_events.absence._PAUSES", (0.01,))
    monkeypatch.setattr(Absence, "wait", counted)
    return tries


def failed(error):
    """What pika makes of a connection that did not come about."""
    phase = AMQPConnectorSocketConnectError(error)
    return AMQPConnectionError(AMQPConnectionWorkflowFailed([OSError(1, "First"), phase]))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (failed(ConnectionRefusedError(111, "Connection refused")), "connection refused"),
        (failed(socket.gaierror(-2, "Name or service not known")), "name or service not known"),
        (failed(TimeoutError()), "no answer in time"),
        (failed(ssl.SSLError(1, "[SSL: WRONG_VERSION] (_ssl.c:1)")), "TLS: failed"),
        (StreamLostError("Stream connection lost: OSError(104, 'reset')"), "the connection ended"),
        (
            ConnectionClosedByBroker(320, "CONNECTION_FORCED - by hand"),
            "CONNECTION_FORCED - by hand",
        ),
        (AMQPConnectionError(), "AMQPConnectionError"),
    ],
)
def test_why_the_broker_is_away_is_said_in_few_words(error, words):
    assert cause(error) == words
