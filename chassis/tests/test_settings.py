"""A setting that is wrong ends the start in one line, which does not say what it is set to."""

import pytest

from chassis.process.settings import ServiceSettings, read

GOOD = {
    "SAKINA_DATABASE_URL": "postgresql+psycopg2://khatma_app:canary@postgres/sakina",
    "SAKINA_BROKER_URL": "amqp://khatma:canary@rabbitmq/sakina",
}


@pytest.fixture(autouse=True)
def well_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, address in GOOD.items():
        monkeypatch.setenv(name, address)


def test_what_is_set_well_is_read_and_shown_without_its_secrets() -> None:
    settings = read(ServiceSettings, "khatma")
    assert [settings.database_url, settings.broker_url] == list(GOOD.values())
    assert "canary" not in repr(settings)


@pytest.mark.parametrize("address", ["", "sqlite:///canary", "http://khatma:canary@there/"])
@pytest.mark.parametrize("name", GOOD)
def test_an_address_that_is_none_is_named_and_not_shown(
    name: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, address)
    assert_refused(name)


@pytest.mark.parametrize("name", GOOD)
def test_an_address_that_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    assert_refused(name)


def assert_refused(name: str) -> None:
    with pytest.raises(SystemExit) as ended:
        read(ServiceSettings, "khatma")
    said = str(ended.value)
    assert said.startswith(f"khatma: not started: set {name} (")
    assert "canary" not in said
    assert "\n" not in said
