"""What happens from now on is heard, in order and once."""

import threading
from types import MappingProxyType

from conftest import Enough, raises, until
from stranger import stranger

from sakina_events import Refused, follow
from sakina_events.absence import Absence


def following(consumer, topics, wanted, attached=lambda: None, acts=MappingProxyType({})):
    """Follow until the numbers `wanted` were heard; announce others below 0 until one is.

    Then it is `attached`. What is heard may have somebody act.
    """
    heard = []
    first = threading.Event()

    def handler(event):
        if not first.is_set():
            first.set()
        if event.data["number"] >= 0:
            heard.append(event.data["number"])
        if heard == wanted:
            raise Enough
        if event.data["number"] in acts:
            threading.Thread(target=acts[event.data["number"]], daemon=True).start()

    def announce_until_it_hears():
        number = 0
        while not first.wait(0.1):
            number -= 1
            consumer.announce(number)
        attached()

    threading.Thread(target=announce_until_it_hears, daemon=True).start()
    raises(Enough, lambda: follow(consumer.url, topics, handler))
    return heard


def test_what_was_before_is_not_heard_and_a_repeat_once(consumer):
    consumer.announce(1, 2)
    following(consumer, "khatma.#", [5, 6, 7], lambda: consumer.announce(5, 6, 5, 6, 7))


def test_only_the_topics_that_were_asked_for(consumer):
    def announce():
        consumer.announce(4, kind="khatma.done.v1")
        consumer.announce(5)

    following(consumer, "khatma.noted.*", [5], announce)


def test_a_consumer_of_everything_follows_too(everything):
    following(everything, "#", [5], lambda: everything.announce(5))


def test_a_connection_that_is_lost_misses_nothing(consumer, monkeypatch):
    """Nor is anything heard again, also of what nobody remembers any more."""
    monkeypatch.setattr("sakina_events.live._REMEMBERED", 1)

    def cut_off():
        consumer.cut_off()
        consumer.announce(7, 8)

    following(consumer, "#", [5, 6, 7, 8], lambda: consumer.announce(5, 6), {6: cut_off})


def test_a_connection_that_is_lost_before_the_first_event_misses_nothing(
    consumer, caplog, monkeypatch
):
    """However soon it is made again: it rests only when all has happened that it could miss."""
    heard = []
    caplog.set_level("INFO", "sakina_events")
    rest = Absence.wait

    def happen_and_rest(absence, loss):
        consumer.announce(5, 6)
        rest(absence, loss)

    def handler(event):
        heard.append(event.data["number"])
        if len(heard) == 2:
            raise Enough

    def cut_off():
        until(lambda: "reading the stream" in caplog.text)
        consumer.cut_off()

    monkeypatch.setattr(Absence, "wait", happen_and_rest)
    threading.Thread(target=cut_off, daemon=True).start()
    raises(Enough, lambda: follow(consumer.url, "#", handler))
    assert heard == [5, 6]


def test_a_wrong_password_is_said_at_once(consumer):
    wrong = consumer.url.replace(f"{consumer.name}:", f"{consumer.name}:x")
    said = raises(Refused, lambda: follow(wrong, "#", print))
    assert "password" in said
    assert f"'{consumer.name}'" in said


def test_a_certificate_that_nobody_trusts_is_said_at_once(tmp_path):
    with stranger(tmp_path) as port:
        url = f"amqps://ana:word@localhost:{port}/sakina"
        assert "certificate" in raises(Refused, lambda: follow(url, "#", print))


def test_a_consumer_that_was_removed_is_told_so(consumer):
    removing = threading.Thread(target=lambda: consumer.consumers.remove(consumer.name))

    def announce_until_it_is_removed():
        while removing.ident is None:
            consumer.announce(1)

    def remove(_event):
        if removing.ident is None:
            removing.start()

    announcing = threading.Thread(target=announce_until_it_is_removed, daemon=True)
    announcing.start()
    said = raises(Refused, lambda: follow(consumer.url, "#", remove))
    assert f"'{consumer.name}'" in said
    assert "was removed" in said
    announcing.join()
    removing.join()


def test_a_consumer_without_its_stream_is_told_which_one_was_looked_for(consumer):
    """As one is while it is being removed: its stream goes before its name does."""
    consumer.broker.server.control(
        "delete_queue", f"activity.{consumer.name}", "--vhost", consumer.broker.name
    )
    said = raises(Refused, lambda: follow(consumer.url, "#", print))
    assert said.startswith(f"the consumer '{consumer.name}' is not let in"), said
    assert said.index(f"'activity.{consumer.name}'") < said.index("'activity'")
    assert "was removed" in said
