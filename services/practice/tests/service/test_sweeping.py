"""What practice keeps no longer goes by itself."""

from nameko.timer import Timer

from chassis.service.periodic import AfterCommits
from practice.service import PracticeService

OLD = """
    insert into command values ('old', 7, 'f', '{}', now() - interval '1 hour');
    insert into command values ('new', 7, 'f', '{}', now() + interval '1 hour');
    insert into inbox values ('h', gen_random_uuid(), now() - interval '31 days'),
        ('h', gen_random_uuid(), now() - interval '29 days');
    insert into outbox (event_id, type, subject, sequence, occurred_at, data, published_at)
        values (gen_random_uuid(), 't', 's', 1, now(), '{}', now() - interval '25 hours'),
            (gen_random_uuid(), 't', 's', 2, now(), '{}', now() - interval '23 hours')
"""


def test_the_sweep_deletes_what_is_too_old_and_nothing_else(db, query):
    query(OLD)
    service = PracticeService()
    service.db = db
    service.sweep()
    assert query("select id from command") == [("new",)]
    assert query("select count(*) from inbox") == [(1,)]
    assert query("select sequence from outbox") == [(2,)]


def test_it_comes_round(service):
    rounds = {
        (type(entrypoint), entrypoint.method_name)
        for entrypoint in service.entrypoints
        if isinstance(entrypoint, (Timer, AfterCommits))
    }
    assert rounds == {
        (Timer, "sweep"),
        (AfterCommits, "watch_leader"),
        (AfterCommits, "fold_standings"),
        (AfterCommits, "sweep_cleared"),
    }
