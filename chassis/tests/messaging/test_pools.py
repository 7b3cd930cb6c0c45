"""All pools together fit the server, or whoever starts last says so."""

import re

import probe
from caller import until
from sqlalchemy import text

from chassis.data import pools
from chassis.service.run import serving


def warnings(caplog):
    return [entry.getMessage() for entry in caplog.records if entry.name == "chassis.data.pools"]


def test_pools_that_may_take_more_than_the_server_gives_are_told(settings, behaviour, db, caplog):
    many = settings.model_copy(update={"max_workers": 100})
    connected = text("select count(*) from pg_stat_activity where application_name = :name")
    with serving(probe.Probe, many):
        name = pools.relay_name("khatma", 100)
        until(lambda: db.reader.ask(connected, name=name)[0][0] == 1)
        before = len(warnings(caplog))
        with serving(probe.Probe, many):
            until(lambda: len(warnings(caplog)) > before)
    instances, connections = map(int, re.findall(r"(\d+) (?:inst|conn)", warnings(caplog)[-1]))
    assert instances >= 2
    assert connections >= 2 * (100 + pools.BESIDE_WORKERS)


def test_pools_that_fit_are_no_word_worth(settings, behaviour, db, caplog):
    pools.check(db.reader, 1)
    assert warnings(caplog) == []
