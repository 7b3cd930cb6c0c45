"""Links that let people in."""

import re
from datetime import timedelta
from itertools import product

import pytest
from pydantic import ValidationError

from contracts.khatma import methods
from contracts.refusals import Conflict, Forbidden, KeyReused, NotFound, TooMany, Unauthenticated
from khatma.domain.links import MISSES, MOST_LINKS

GUESS = "AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def group(world):
    """A khatma that is not public, its creator, a member, and who has no business there."""
    layla, omar, stranger = world.people(3)
    khatma = layla.create()["id"]
    layla.invite(khatma, omar.id)
    omar.join(khatma)
    return khatma, layla, omar, stranger


def make(person, khatma, **said):
    return person.ask(methods.MAKE_LINK, id=khatma, **said)


def listed(person, khatma):
    return [link["id"] for link in person.ask(methods.LIST_LINKS, id=khatma)]


def revoke(person, khatma, link):
    return person.ask(methods.REVOKE_LINK, id=khatma, link=link)


def show(person, code):
    return person.ask(methods.SHOW_BY_LINK, code=code)


def join(person, code):
    return person.ask(methods.JOIN_BY_LINK, code=code)


def opens_nothing(person, code):
    """Say that the code is as good as a guess, to the letter."""
    told = set()
    for each, tried in [(show, code), (join, code), (show, GUESS), (join, GUESS)]:
        with pytest.raises(NotFound) as refused:
            each(person, tried)
        told.add(refused.value.detail)
    return len(told) == 1


def test_whoever_has_the_code_sees_the_khatma_and_joins(group, world):
    khatma, _, omar, stranger = group
    with pytest.raises(NotFound):
        stranger.get(khatma)
    code = make(omar, khatma)["code"]
    seen = show(stranger, code)
    assert (seen["id"], seen["my_chapters"]) == (khatma, [])
    with pytest.raises(NotFound):
        stranger.get(khatma)
    joined = join(stranger, code)
    assert joined == {
        "message": "Successfully joined khatma",
        "chapter_assigned": 3,
        "khatma": khatma,
    }
    assert stranger.get(khatma)["my_chapters"] == [3]
    told = [each.name for each in world.told(f"khatma/{khatma}")]
    assert told[-2:] == ["member_joined", "parts_claimed"]


def test_joining_twice_is_what_join_says_and_uses_nothing(group):
    khatma, layla, _, stranger = group
    code = make(layla, khatma, max_uses=2)["code"]
    join(stranger, code)
    with pytest.raises(Conflict) as by_link:
        join(stranger, code)
    with pytest.raises(Conflict) as plainly:
        stranger.join(khatma)
    assert by_link.value.detail == plainly.value.detail
    [link] = layla.ask(methods.LIST_LINKS, id=khatma)
    assert link["uses_left"] == 1
    stranger.finish(khatma, 3)
    assert join(stranger, code)["chapter_assigned"] == 4
    [link] = layla.ask(methods.LIST_LINKS, id=khatma)
    assert link["uses_left"] == 1


def test_a_link_is_spent_by_as_many_as_it_was_made_for(group, world):
    khatma, layla, _, stranger = group
    code = make(layla, khatma, max_uses=1)["code"]
    join(stranger, code)
    with pytest.raises(Conflict):  # who is in already is told what join says
        join(stranger, code)
    late = world.person()
    assert opens_nothing(late, code)
    with pytest.raises(NotFound):
        late.get(khatma)


def test_a_client_that_asks_again_is_told_the_same_though_the_link_is_spent(group):
    khatma, layla, _, stranger = group
    code = make(layla, khatma, max_uses=1)["code"]
    stranger.key = "a key of links"
    assert join(stranger, code) == join(stranger, code)
    with pytest.raises(KeyReused):
        stranger.world.ask(
            methods.JOIN_BY_LINK, by=stranger.actor, key=stranger.key, fingerprint="x", code=GUESS
        )


def test_it_expires(group, world):
    khatma, layla, omar, stranger = group
    made = make(layla, khatma)
    assert made["expires_at"] == f"{world.time + timedelta(days=7):%Y-%m-%dT%H:%M:%S.%fZ}"
    assert made["uses_left"] == 30
    soon = make(omar, khatma, expires_in_days=1)["code"]
    world.sleep(days=1, seconds=1)
    assert opens_nothing(stranger, soon)
    assert show(stranger, made["code"])["id"] == khatma
    assert listed(layla, khatma) == [made["id"]]
    world.sleep(days=6)
    assert opens_nothing(world.person(), made["code"])
    assert listed(layla, khatma) == []


def test_its_maker_and_the_creator_list_and_revoke_it_and_nobody_else(group, world):
    khatma, layla, omar, stranger = group
    other = world.person()
    layla.invite(khatma, other.id)
    other.join(khatma)
    his = make(omar, khatma)
    hers = make(layla, khatma)
    assert listed(omar, khatma) == [his["id"]]
    assert listed(layla, khatma) == [hers["id"], his["id"]]
    assert listed(other, khatma) == []
    assert "code" not in layla.ask(methods.LIST_LINKS, id=khatma)[0]
    for person, link in [(omar, hers), (other, his), (stranger, his)]:
        with pytest.raises(NotFound):
            revoke(person, khatma, link["id"])
    elsewhere = omar.create()["id"]
    with pytest.raises(NotFound):
        revoke(omar, elsewhere, his["id"])
    assert show(stranger, his["code"])["id"] == khatma
    revoke(layla, khatma, his["id"])
    revoke(layla, khatma, hers["id"])
    assert listed(layla, khatma) == []
    assert opens_nothing(stranger, his["code"])
    assert opens_nothing(stranger, hers["code"])


def test_who_may_make_one(group, world):
    khatma, layla, _, stranger = group
    public = layla.create(is_public=True)["id"]
    private = layla.create(khatma_type="private")["id"]
    for each, refusal in [(khatma, NotFound), (private, NotFound), (public, Forbidden)]:
        with pytest.raises(refusal):
            make(stranger, each)
        with pytest.raises(refusal):
            listed(stranger, each)
    with pytest.raises(Conflict):
        make(layla, private)
    layla.finish(public, *range(1, 31))
    with pytest.raises(Conflict):
        make(layla, public)


def test_a_member_has_few_at_once(group):
    khatma, layla, omar, _ = group
    made = [make(omar, khatma)["id"] for _ in range(MOST_LINKS)]
    with pytest.raises(Conflict, match="Revoke one"):
        make(omar, khatma)
    make(layla, khatma)
    revoke(omar, khatma, made[0])
    make(omar, khatma)


def test_who_leaves_and_comes_back_by_it_uses_it_again(group):
    """The text of the operation says so: nobody keeps who came by which link."""
    khatma, layla, _, stranger = group
    code = make(layla, khatma, max_uses=2)["code"]
    for _ in range(2):
        join(stranger, code)
        stranger.leave(khatma)
    assert opens_nothing(stranger, code)


def test_what_lets_nobody_in_does_not_count_among_those_at_once(group, world):
    khatma, _, omar, stranger = group
    spent = make(omar, khatma, max_uses=1)["code"]
    make(omar, khatma, expires_in_days=1)
    for _ in range(MOST_LINKS - 2):
        make(omar, khatma)
    with pytest.raises(Conflict, match="Revoke one"):
        make(omar, khatma)
    join(stranger, spent)
    make(omar, khatma)
    with pytest.raises(Conflict, match="Revoke one"):
        make(omar, khatma)
    world.sleep(days=1, seconds=1)
    make(omar, khatma)


@pytest.mark.parametrize(
    "said",
    [
        {"expires_in_days": 0},
        {"expires_in_days": 31},
        {"max_uses": 0},
        {"max_uses": 101},
        {"max_uses": True},
        {"code": "mine"},
    ],
)
def test_what_no_link_can_be_is_refused(group, said):
    khatma, layla, _, _ = group
    with pytest.raises(ValidationError):
        make(layla, khatma, **said)


def test_it_goes_when_its_maker_goes(group, world):
    khatma, layla, omar, stranger = group
    left, kept = make(omar, khatma)["code"], make(layla, khatma)["code"]
    omar.leave(khatma)
    assert opens_nothing(stranger, left)
    assert show(stranger, kept)["id"] == khatma
    join(omar, kept)
    again = make(omar, khatma)["code"]
    layla.vanish()
    assert opens_nothing(stranger, kept)
    assert show(stranger, again)["id"] == khatma


def test_it_goes_with_the_khatma(group, world):
    khatma, layla, _, stranger = group
    code = make(layla, khatma)["code"]
    layla.delete(khatma)
    assert opens_nothing(stranger, code)
    assert world.rows("select 1 from link where khatma_id = :id", id=khatma) == []


def test_a_completed_khatma_is_shown_and_cannot_be_joined(group):
    khatma, layla, omar, stranger = group
    code = make(layla, khatma)["code"]
    omar.finish(khatma, 2)
    layla.finish(khatma, 1, *range(3, 31))
    assert show(stranger, code)["status"] == "completed"
    with pytest.raises(Conflict):
        join(stranger, code)


def test_a_code_has_128_bits_and_is_kept_nowhere(group, world):
    khatma, layla, _, stranger = group
    stranger.key = "a key of who joins"
    codes = set()
    for n in range(3):
        layla.key = f"a key of code {n}"
        made = make(layla, khatma)
        codes.add(made["code"])
        with pytest.raises(Conflict, match=f"the link {made['id']} "):
            make(layla, khatma)
    assert len(codes) == len(listed(layla, khatma)) == 3
    join(stranger, next(iter(codes)))
    for code in codes:
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}", code)
        for table, said in product(("link", "command", "outbox"), (code, code.encode().hex())):
            row = f"select 1 from {table} as t where cast(t as text) like :said"
            assert world.rows(row, said=f"%{said}%") == []


def test_guessing_is_throttled(group, world):
    khatma, layla, _, stranger = group
    code = make(layla, khatma)["code"]
    for n in range(MISSES):
        with pytest.raises(NotFound):
            (show, join)[n % 2](stranger, f"guess {n}")
    for tried in (GUESS, code):  # who guesses learns nothing, not even by a right one
        for each in (show, join):
            with pytest.raises(TooMany) as refused:
                each(stranger, tried)
            assert refused.value.retry_after == 120
    other = world.person()
    assert show(other, code)["id"] == khatma
    world.sleep(seconds=120)
    assert show(stranger, code)["id"] == khatma
    assert join(stranger, code)["khatma"] == khatma
    with pytest.raises(NotFound):
        show(stranger, GUESS)
    with pytest.raises(TooMany):
        show(stranger, GUESS)


@pytest.mark.parametrize("code", ["", "x", "x" * 5000, "ختمة", "' or true --", "%", "\x00"])
def test_what_is_no_code_is_a_guess(world, code):
    assert opens_nothing(world.person(), code)


def test_nothing_of_who_guessed_is_left_when_they_are_gone(world):
    stranger = world.person()
    assert opens_nothing(stranger, GUESS)
    rows = "select 1 from guesser where person_id = :id"
    assert len(world.rows(rows, id=stranger.id)) == 1
    stranger.vanish()
    assert world.rows(rows, id=stranger.id) == []


def test_who_is_gone_joins_nothing(group):
    khatma, layla, _, stranger = group
    code = make(layla, khatma)["code"]
    stranger.vanish()
    with pytest.raises(Unauthenticated):
        join(stranger, code)


def test_what_has_expired_is_forgotten(group, world):
    khatma, layla, _, stranger = group
    make(layla, khatma, expires_in_days=1)
    kept = make(layla, khatma, expires_in_days=30)["id"]
    assert opens_nothing(stranger, GUESS)
    world.sleep(days=2)
    world.service.sweep()
    assert world.rows("select id from link where khatma_id = :id", id=khatma) == [{"id": kept}]
    assert world.rows("select 1 from guesser where person_id = :id", id=stranger.id) == []


def test_round_trips(group, messages):
    khatma, layla, _, stranger = group
    assert messages(lambda: make(layla, khatma)) <= 3
    code = make(layla, khatma)["code"]
    assert messages(lambda: listed(layla, khatma)) <= 2
    assert messages(lambda: show(stranger, code)) <= 2
    assert messages(lambda: join(stranger, code)) <= 4
    assert messages(lambda: revoke(layla, khatma, listed(layla, khatma)[0])) <= 4
