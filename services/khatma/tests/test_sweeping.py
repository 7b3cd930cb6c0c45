"""What khatma keeps no longer goes by itself."""

OLD = """
    insert into command values ('old', 7, 'f', '{}', :now - interval '1 hour');
    insert into command values ('new', 7, 'f', '{}', :now + interval '1 hour');
    insert into inbox values ('old', gen_random_uuid(), :now - interval '31 days'),
        ('new', gen_random_uuid(), :now - interval '29 days');
    insert into outbox (event_id, type, subject, sequence, occurred_at, data, published_at)
        values (gen_random_uuid(), 't', 'sweep', 1, :now, '{}', :now - interval '25 hours'),
            (gen_random_uuid(), 't', 'sweep', 2, :now, '{}', :now - interval '23 hours')
"""


def test_the_sweep_deletes_what_is_too_old_and_nothing_else(world):
    world.rows(OLD, now=world.time)
    world.service.sweep()
    assert world.rows("select id from command where id in ('old', 'new')") == [{"id": "new"}]
    found = world.rows("select handler from inbox where handler in ('old', 'new')")
    assert found == [{"handler": "new"}]
    assert world.rows("select sequence from outbox where subject = 'sweep'") == [{"sequence": 2}]
