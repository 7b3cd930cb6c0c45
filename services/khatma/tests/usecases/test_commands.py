"""A command that comes twice is done once."""

from uuid import uuid4

import pytest

from contracts.khatma.methods import CREATE_KHATMA
from contracts.refusals import KeyReused, NotFound
from contracts.rpc import Command


def numbered(reader):
    reader.key = uuid4().hex
    return reader


def test_every_mutating_method_is_done_once(world):
    layla, omar, sara = world.people(3)
    khatma = layla.create(is_public=True)["id"]
    steps = [
        (layla, lambda: layla.create(name="مرة")),
        (layla, lambda: layla.change(khatma, name="أخرى")),
        (omar, lambda: omar.join(khatma)),
        (omar, lambda: omar.invite(khatma, sara.id)),
        (omar, lambda: omar.log(khatma, 2)),
        (omar, lambda: omar.leave(khatma)),
        (layla, lambda: layla.delete(khatma)),
    ]
    for reader, step in steps:
        numbered(reader)
        before = world.row("select count(*) as n from outbox")["n"]
        first = step()
        between = world.row("select count(*) as n from outbox")["n"]
        assert between > before
        assert step() == first
        assert world.row("select count(*) as n from outbox")["n"] == between
    layla.key = None
    assert [one["name"] for one in layla.khatmas()] == ["مرة"]
    assert omar.stats()["total_chapters_read"] == 1


def test_a_key_with_another_body_is_refused(world):
    layla = numbered(world.person())
    layla.create()
    body = {"name": "أخرى", "khatma_type": "group", "target_days": 30}
    command = Command(id=layla.key, fingerprint="another body")
    call = CREATE_KHATMA.call(
        actor=layla.actor, command=command, body=CREATE_KHATMA.request(**body)
    )
    with pytest.raises(KeyReused):
        world.service.create_khatma(call)


def test_a_refused_command_is_evaluated_anew(world):
    layla, omar = world.people(2)
    khatma = layla.create()["id"]
    numbered(omar)
    with pytest.raises(NotFound):
        omar.join(khatma)
    layla.change(khatma, is_public=True)
    assert omar.join(khatma) == 2
