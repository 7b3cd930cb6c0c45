"""What is to be noticed in the database is looked for by one instance, soon after a commit."""

from contextlib import ExitStack

import probe
import pytest
from caller import until

from chassis.data import outbox
from chassis.service.run import serving


@pytest.fixture
def commit(db):
    """Commit something that is announced."""

    def commit(number=1):
        with db.transaction() as tx:
            outbox.announce(tx, probe.NOTED.about(1, probe.Note(number=number)))

    return commit


def test_it_looks_at_its_start_and_after_commits(service, behaviour, commit):
    until(lambda: len(behaviour.looks) == 1)
    commit()
    until(lambda: len(behaviour.looks) == 2)


def test_what_is_committed_while_it_looks_is_looked_for_afterwards(service, behaviour, commit):
    until(lambda: behaviour.looks)

    def commit_once():
        behaviour.on_look = lambda: None
        commit(2)
        until(lambda: 2 in behaviour.noted)

    behaviour.on_look = commit_once
    commit(1)
    until(lambda: len(behaviour.looks) >= 3)


def test_many_commits_are_few_looks(service, behaviour, commit):
    until(lambda: behaviour.looks)
    before = len(behaviour.looks)
    for number in range(1, 51):
        commit(number)
    until(lambda: len(behaviour.noted) == 50)
    until(lambda: len(behaviour.looks) > before)
    assert len(behaviour.looks) - before < 25


def test_one_that_fails_comes_round_again(service, behaviour, commit):
    until(lambda: behaviour.looks)
    behaviour.on_look = lambda: 1 / 0
    commit(1)
    until(lambda: len(behaviour.looks) == 2)
    commit(2)
    until(lambda: len(behaviour.looks) == 3)


def test_of_several_instances_one_looks_and_another_when_that_one_ends(settings, behaviour, commit):
    with ExitStack() as second:
        with serving(probe.Probe, settings):
            until(lambda: behaviour.looks)
            second.enter_context(serving(probe.Probe, settings))
            for number in range(1, 4):
                commit(number)
                until(lambda number=number: number in behaviour.noted)
            until(lambda: len(behaviour.looks) >= 2)
            assert len(set(behaviour.looks)) == 1
        until(lambda: len(set(behaviour.looks)) == 2)
