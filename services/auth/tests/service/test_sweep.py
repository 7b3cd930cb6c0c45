"""What is kept no longer goes by itself, while the service runs."""

import secrets
from datetime import timedelta

import eventlet
import pytest
from nameko.timer import Timer
from sqlalchemy import text

from auth.service import AuthService
from auth.settings import Settings
from chassis.process import clock
from chassis.service.run import serving
from contracts.refusals import Unauthenticated

OWN = text("select 1 from failure where origin = :name")
OF_THE_CHASSIS = text("select 1 from command where id = :name")
KEEP = text(
    "insert into command (id, fingerprint, result, expires_at) values (:name, '', '{}', :past)"
)


@pytest.fixture
def hurried(monkeypatch):
    """Have a timer come round in a moment, whatever it was set to."""
    start = Timer.start

    def at_once(timer):
        timer.interval = 0.05
        start(timer)

    monkeypatch.setattr(Timer, "start", at_once)


@pytest.mark.usefixtures("hurried")
def test_the_running_service_forgets_what_is_old(desk, migrated, broker, key_folder, move_clock):
    origin, command = "192.0.2.77", secrets.token_hex(8)
    with pytest.raises(Unauthenticated):
        desk.log_in(desk.an_email(), address=origin)
    with desk.db.transaction() as tx:
        tx.tell(KEEP, name=command, past=clock.now() - timedelta(seconds=1))
    move_clock(timedelta(minutes=16))

    settings = Settings(
        database_url=migrated.app_url("auth"),
        broker_url=broker.url("auth"),
        signing_keys=key_folder,
        hashes_at_once=1,
    )
    with serving(AuthService, settings), eventlet.Timeout(20):
        ask = desk.db.reader.ask
        while ask(OWN, name=origin) or ask(OF_THE_CHASSIS, name=command):
            eventlet.sleep(0.02)
