"""How often the database is asked: the same for a khatma of two and for one that is full."""

import orjson
import pytest

from contracts.khatma import methods
from contracts.preconditions import entity_tag

SIZES = [2, 30]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size} members")
def group(request, world):
    """A public khatma with its members, of whom each holds a part: the creator, and the others."""
    creator, *others = world.people(request.param)
    khatma = creator.create(is_public=True)["id"]
    for other in others:
        other.join(khatma)
    return khatma, creator, others


def finish_all_but(khatma, creator, others, last):
    """Let all be done of the khatma but the part of `last`."""
    for reader in (creator, *others):
        held = reader.get(khatma)["my_chapters"]
        if reader is not last:
            reader.finish(khatma, *held)
    creator.finish(khatma, *range(len(others) + 2, 31))


def test_a_new_khatma(world, messages):
    layla = world.person()
    assert messages(layla.create) == 3  # the first command of one of whom nothing was heard
    assert messages(layla.create) == 2
    assert messages(lambda: layla.create(khatma_type="private")) == 2


def test_a_session(group, messages):
    khatma, creator, (other, *_) = group
    assert messages(lambda: other.log(khatma, 2, done=False)) <= 3
    assert messages(lambda: other.log(khatma, 2)) <= 3
    assert messages(lambda: creator.log(khatma, 1)) <= 3


def test_a_session_that_earns_something(world, messages):
    layla = world.person()
    khatma = layla.create()["id"]
    layla.finish(khatma, 1, 2)
    assert messages(lambda: layla.log(khatma, 3)) <= 4
    assert layla.achievements() == ["fast_reader"]


def test_a_khatma_is_completed(group, messages):
    khatma, creator, others = group
    finish_all_but(khatma, creator, others, others[-1])
    [number] = others[-1].get(khatma)["my_chapters"]
    assert messages(lambda: others[-1].log(khatma, number)) <= 4
    assert creator.get(khatma)["status"] == "completed"
    for reader in (creator, *others):
        assert "first_khatma" in reader.achievements()


@pytest.mark.parametrize("size", [2, 29])
def test_choosing_costs_no_more_than_joining(world, messages, size):
    creator, *others, last = world.people(size)
    khatma = creator.create(is_public=True)["id"]
    for other in others:
        other.join(khatma)
    joining = messages(lambda: last.join(khatma))
    assert messages(lambda: last.choose(khatma, 30)) <= joining  # what fell to them goes
    assert messages(lambda: last.choose(khatma, 30)) <= joining  # it is kept


def test_taking_back(group, messages):
    khatma, _, (other, *_) = group
    other.log(khatma, 2)
    assert messages(lambda: other.choose(khatma, 2)) <= 3


def test_joining_and_leaving(group, messages):
    khatma, _, (other, *_) = group
    assert messages(lambda: other.leave(khatma)) <= 2
    assert messages(lambda: other.join(khatma)) <= 2


@pytest.mark.parametrize("named", ["a newcomer", "a member", "nobody"])
def test_an_invitation(world, group, messages, named):
    khatma, creator, (other, *_) = group
    member = {"a newcomer": world.person().id, "a member": other.id, "nobody": None}[named]
    assert messages(lambda: creator.invite(khatma, member)) <= 3


def test_changing_and_deleting(group, messages):
    khatma, creator, _ = group
    said = {"id": khatma, "change": {"name": "أخرى"}}
    assert messages(lambda: creator.ask(methods.CHANGE_KHATMA, **said)) <= 2
    assert messages(lambda: creator.delete(khatma)) <= 2


def test_a_client_s_key_costs_one_more(world, messages):
    layla = world.person()
    layla.create()
    layla.key = "a key of messages"
    assert messages(layla.create) <= 3
    assert messages(layla.create) <= 2


def test_an_erasure_asks_twice_for_each_khatma(world, group, messages):
    _, _, (other, *_) = group
    first = messages(other.vanish)
    layla, omar = world.people(2)
    for _ in range(3):
        omar.join(layla.create(is_public=True)["id"])
    assert messages(omar.vanish) <= first + 2 * 2


def test_a_condition_asks_once_more(group, messages):
    khatma, creator, _ = group
    condition = {"if_match": [entity_tag(orjson.dumps(creator.get(khatma)))]}
    said = {"id": khatma, "change": {"name": "أخرى"}, "precondition": condition}
    assert messages(lambda: creator.ask(methods.CHANGE_KHATMA, **said)) <= 3


def test_questions(group, messages):
    khatma, creator, others = group
    for ask, most in [
        (lambda: creator.get(khatma), 1),
        (lambda: creator.members(khatma), 1),
        (lambda: creator.khatma_stats(khatma), 1),
        (lambda: creator.parts(khatma), 1),
        (lambda: creator.page("joinable"), 1),
        (lambda: creator.page(khatma_type="group", ordering="name"), 1),
        (creator.khatmas, 1),
        (lambda: creator.khatmas("public", search="somewhere"), 1),
        (creator.completed, 1),
        (creator.homepage, 1),
        (lambda: creator.stats_of(others[0]), 1),
        (lambda: creator.achievements_of(others[0]), 1),
        (creator.readings, 1),
        (creator.stats, 1),
        (creator.achievements, 1),
        (creator.dashboard, 1),
    ]:
        assert messages(ask) <= most
