"""A broker behind TLS: the same is answered, announced and heard, and no stranger is believed."""

from urllib.parse import urlsplit

import probe
import pytest
from caller import until, wrapped
from tunnel import tunnel

from chassis.service.run import Away, check_parts, serving
from sakina_local.self_signed import self_signed

ASKED = 200
NOTES = 300


@pytest.fixture
def certificate(tmp_path):
    file = tmp_path / "localhost.pem"
    file.write_bytes(b"".join(self_signed("localhost")))
    return file


@pytest.fixture
def encrypted(settings, certificate):
    """The settings of a service whose broker is behind TLS."""
    plain = urlsplit(settings.broker_url)
    with tunnel(plain.port, certificate) as port:
        account = plain.netloc.rpartition("@")[0]
        url = f"amqps://{account}@localhost:{port}{plain.path}"
        yield settings.model_copy(update={"broker_url": url})


@pytest.fixture
def trusted(certificate, monkeypatch):
    """OpenSSL's own way of saying whom to trust, as a container is told."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.fixture
def service(trusted, encrypted, behaviour):
    with serving(probe.Probe, encrypted) as container:
        yield container


@pytest.mark.parametrize("length", [1, 16_384, 200_000])
def test_requests_and_answers_of_any_length(service, caller, length):
    said = caller.ask("echo", {"text": "x" * length, "times": 2})
    assert said["result"]["text"] == "x" * 2 * length


def test_many_at_once(service, caller):
    asked = [
        caller.publish("khatma.echo", wrapped({"text": f"{number} " * (number % 50 + 1)}))
        for number in range(ASKED)
    ]
    for number, correlation in enumerate(asked):
        assert caller.reply(correlation)["result"]["text"] == f"{number} " * (number % 50 + 1)


def test_what_is_announced_is_heard(service, caller, behaviour):
    caller.ask("announce_notes", {"text": "1", "times": NOTES})
    until(lambda: len(behaviour.noted) >= NOTES, 30)
    assert sorted(behaviour.noted) == list(range(1, NOTES + 1))


def test_a_certificate_that_nobody_trusts_is_said(encrypted):
    with pytest.raises(Away, match=r"the broker at localhost:\d+ does not answer.*certificate"):
        check_parts("khatma", encrypted)
